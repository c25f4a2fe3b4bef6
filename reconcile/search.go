package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

// A searched place is what a run knows about uses in it.
type searched struct {
	place string
	off   bool // left out by the manifest
	found int
	err   error // unknown, not empty
}

// listedTypes are the types that are listed: the governed ones, and news if it
// is searched for uses.
func listedTypes(m *manifests.Account) []material.Type {
	types := slices.Clone(m.Types)
	if slices.Contains(m.References.Places, state.PlaceNews) && !slices.Contains(types, material.News) {
		types = append(types, material.News)
	}
	return types
}

// whole are the types of which nothing may be missing: a cover of news that was
// not seen would look free.
func whole(m *manifests.Account) []material.Type {
	if slices.Contains(m.References.Places, state.PlaceNews) {
		return []material.Type{material.News}
	}
	return nil
}

// A searchResult is what one search returned.
type searchResult struct {
	searched
	state.Search
}

func searchOne(ctx context.Context, s state.Searcher) searchResult {
	found, err := s.Search(ctx)
	return resultOf(s, found, err)
}

func resultOf(s state.Searcher, found state.Search, err error) searchResult {
	return searchResult{searched{place: s.Place(), found: len(found.Uses) + len(found.Shown), err: err}, found}
}

// search looks for uses in every place that the API knows and the manifest or its
// base names, all at once.
func (d *Decision) search(ctx context.Context) sight {
	results := make([]searchResult, len(d.Account.Searchers))
	var g errgroup.Group
	for i, s := range d.Account.Searchers {
		g.Go(func() error {
			results[i] = searchOne(ctx, s)
			return nil
		})
	}
	_ = g.Wait() // no goroutine returns an error
	var found sight
	for _, r := range results {
		d.add(&found, r)
	}
	return found
}

// add adds what one search returned.
func (d *Decision) add(found *sight, r searchResult) {
	d.takeScan(&r)
	found.uses, found.shown, found.places = append(found.uses, r.Uses...), append(found.shown, r.Shown...), append(found.places, r.searched)
}

// searchedNews is what the listing says about news as a place. failed is the
// error that the listing ended with, or nil.
func searchedNews(snap *state.Snapshot, failed error) searched {
	s := searched{place: state.PlaceNews, found: len(snap.Uses)}
	for _, l := range snap.Listings {
		switch {
		case l.Type != material.News || l.Whole():
		case failed != nil:
			s.err = failed
		case l.Problem != "":
			s.err = fmt.Errorf("%w: %s", state.ErrBusy, l.Problem)
		default:
			s.err = fmt.Errorf("%w: %d of %d news listed", state.ErrBusy, l.Listed, l.Most)
		}
	}
	return s
}

// allPlaces completes places with those that the manifest leaves out, in the
// order of the design.
func allPlaces(m *manifests.Account, places []searched) []searched {
	var all []searched
	for _, name := range []string{state.PlaceMenu, state.PlaceAutoReply, state.PlaceDrafts, state.PlacePublished, state.PlaceNews, state.PlaceFiles} {
		i := slices.IndexFunc(places, func(s searched) bool { return s.place == name })
		switch {
		case i >= 0:
			all = append(all, places[i])
		case names(m, name):
			all = append(all, searched{place: name, err: errors.New("it was not searched")})
		case name != state.PlaceFiles: // no files are the rule
			all = append(all, searched{place: name, off: true})
		}
	}
	return all
}

// names reports whether the manifest names a place.
func names(m *manifests.Account, place string) bool {
	if place == state.PlaceFiles {
		return len(m.References.Files) > 0
	}
	return slices.Contains(m.References.Places, place)
}

func references(places []searched) []plan.Reference {
	refs := []plan.Reference{}
	for _, s := range places {
		r := plan.Reference{Source: s.place, Status: plan.Scanned, Found: s.found}
		switch {
		case s.off:
			r.Status = plan.Off
		case s.err != nil:
			r.Status = plan.Unknown
		}
		refs = append(refs, r)
	}
	return refs
}

// unknownStatus is the exit status of places that could not be read wholly. One
// that is not granted is unknown, and no matter of credentials.
func unknownStatus(places []searched) plan.Status {
	status := plan.Done
	for _, s := range places {
		switch {
		case s.err == nil:
		case errors.Is(s.err, state.ErrCredential), errors.Is(s.err, state.ErrQuota),
			errors.Is(s.err, context.Canceled), errors.Is(s.err, context.DeadlineExceeded):
			status = plan.Worst(status, statusOf(s.err))
		default:
			status = plan.Worst(status, plan.Unseen)
		}
	}
	return status
}

// referencesUnknown blocks while a place that the manifest names could not be
// read wholly.
func referencesUnknown(c check) plan.Guard {
	var problems []string
	advice := ""
	for _, s := range c.places {
		if s.err == nil {
			continue
		}
		problems = append(problems, fmt.Sprintf("%s: %v", s.place, s.err))
		if !errors.Is(s.err, state.ErrCredential) && !errors.Is(s.err, state.ErrQuota) { // these say what to do themselves
			advice = ": run again, or leave the place out of references, where a reviewer sees it"
		}
	}
	if len(problems) == 0 {
		return result(plan.ReferencesUnknown, false, 0, 0, "every place named in references was searched")
	}
	return result(plan.ReferencesUnknown, true, float64(len(problems)), 0,
		strings.Join(problems, "; ")+advice)
}
