package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

// searched is the manifest with the places of its base, too. Both are searched:
// what is used in a place that a change leaves out is deleted because of that.
func (a *Account) searched() *manifests.Account {
	if a.Base == nil {
		return a.Manifest
	}
	m := *a.Manifest
	m.References.Places = slices.Clone(m.References.Places)
	for _, p := range a.Base.References.Places {
		if !slices.Contains(m.References.Places, p) {
			m.References.Places = append(m.References.Places, p)
		}
	}
	return &m
}

// Places are the places, but for local files, in which uses are searched: those
// that the manifest or its base names.
func (a *Account) Places() []string { return a.searched().References.Places }

// A sight is what was found in the places that were searched.
type sight struct {
	uses   []state.Use
	shown  []state.Shown
	places []searched
}

// within leaves what was found in the places that m names.
func (s sight) within(m *manifests.Account) sight {
	return sight{
		uses:  slices.DeleteFunc(slices.Clone(s.uses), func(u state.Use) bool { return !names(m, u.Place) }),
		shown: slices.DeleteFunc(slices.Clone(s.shown), func(u state.Shown) bool { return !names(m, placeOf(u)) }),
		places: slices.DeleteFunc(slices.Clone(s.places), func(p searched) bool {
			return !names(m, p.place)
		}),
	}
}

// without leaves out what was found in a place.
func (s sight) without(place string) sight {
	return sight{
		uses:   slices.DeleteFunc(slices.Clone(s.uses), func(u state.Use) bool { return u.Place == place }),
		shown:  slices.DeleteFunc(slices.Clone(s.shown), func(u state.Shown) bool { return placeOf(u) == place }),
		places: slices.DeleteFunc(slices.Clone(s.places), func(p searched) bool { return p.place == place }),
	}
}

// placeOf is the place that a spot is in.
func placeOf(u state.Shown) string {
	place, _, _ := strings.Cut(u.Place, "/")
	return place
}

// files adds what local files use.
func (s *sight) files(ctx context.Context, files *state.FileSearch, items []material.Item) {
	if files == nil {
		return
	}
	files.Live = material.IndexOf(items).Has
	found := searchOne(ctx, files)
	files.Live = nil // the search outlives the listing
	s.uses, s.places = append(s.uses, found.Uses...), append(s.places, found.searched)
}

// see takes what was found in the places that the API knows, and searches the
// local files. A change and its base each have their own places and files.
func (d *Decision) see(ctx context.Context, found sight) {
	a, items := d.Account, d.snapshot.Items
	d.found = found
	own := found
	if a.Base != nil {
		own = found.within(a.Manifest)
		d.base = found.within(a.Base)
		d.base.files(ctx, a.BaseFiles, items)
		d.base.places = allPlaces(a.Base, d.base.places)
	}
	own.files(ctx, a.Files, items)
	d.facts.Uses, d.facts.Shown, d.places = own.uses, own.shown, allPlaces(a.Manifest, own.places)
}

// attribute says of everything that is not kept whose doing that is: the base is
// asked about the same items and facts. A base of which a place could not be read
// would delete nothing.
func (d *Decision) attribute() {
	a := d.Account
	if a.Base == nil {
		return
	}
	facts := d.facts
	facts.Uses, facts.Shown, facts.Details = d.base.uses, d.base.shown, true
	before := map[material.ID]plan.Change{}
	for i := range d.Changes {
		if d.Changes[i].Action != plan.Keep {
			before[d.Changes[i].Item.ID] = plan.Change{}
		}
	}
	known := unknownStatus(d.base.places) == plan.Done
	if known {
		items := d.snapshot.Items
		was := diff(a.Base, items, d.live, callRoll(a.Base, items, d.live, false, facts.Now), facts, func(id material.ID) bool {
			_, asked := before[id]
			return asked
		})
		for _, c := range was.changes {
			before[c.Item.ID] = c
		}
	}
	for i := range d.Changes {
		c := &d.Changes[i]
		was := before[c.Item.ID]
		switch {
		case c.Action == plan.Keep:
		case farther(c.Action, was.Action):
			c.Cause = plan.ThisChange
			if c.Action == plan.Delete && known {
				c.Detail = lately(c.Detail, was)
			}
		default:
			c.Cause = plan.Pending
		}
	}
}

// lately says of a deletion what the base made of the material.
func lately(detail string, was plan.Change) string {
	said := "not governed in the base"
	if was.Action != "" {
		said = string(was.Reason) + " in the base: " + was.Detail
	}
	if detail == neverKept {
		return said
	}
	return detail + "; " + said
}

// farther reports whether an action is nearer to the end than the one before it,
// which may be none: held is farther than kept, and deleted than held.
func farther(is, was plan.Action) bool {
	far := map[plan.Action]int{plan.Hold: 1, plan.Delete: 2}
	return far[is] > far[was]
}

// onlyChange holds what was pending before the change, and what is in its grace
// already: an apply of the saved plan would delete that when it is due.
func onlyChange(changes []plan.Change) {
	for i := range changes {
		c := &changes[i]
		if c.Cause == plan.Pending && (c.Action == plan.Delete || c.Reason == plan.InGrace) {
			hold(c, plan.NotInThisChange, "pending before this change")
		}
	}
}

// divide counts the deletions by whose doing they are, and says which settings
// were the base's, and of which places the base is not known.
func (d *Decision) divide() {
	b := d.Summary.Base
	if b == nil {
		return
	}
	for _, c := range d.Deletions() {
		if c.Cause == plan.ThisChange {
			b.ThisChange++
		} else {
			b.Pending++
		}
	}
	m := d.Account.Manifest
	for _, setting := range m.Untrusted(d.Account.Base) {
		f := plan.Finding{Kind: plan.TakenFromBase, Message: setting + " differs from the base's, which this plan was made with; it counts once it is merged"}
		if at, written := m.Written[setting]; written {
			f.Position = at.String()
		}
		d.Summary.Findings = append(d.Summary.Findings, f)
	}
	for _, s := range d.base.places {
		if s.err != nil {
			d.Summary.Findings = append(d.Summary.Findings, plan.Finding{Kind: plan.BaseUnknown, Message: fmt.Sprintf(
				"the base searches %s, which could not be read: %v; it would delete nothing, so every deletion counts as this change's", s.place, s.err)})
		}
	}
}

// guardsLoosened blocks a change that loosens a setting and, by the same change,
// has something deleted, now or later: a reviewer would look at one and miss the
// other. What a limit leaves out counts, since the next run does not.
func guardsLoosened(c check) plan.Guard {
	var loosened []string
	for _, l := range c.manifest.Loosened(c.base) {
		loosened = append(loosened, l.String())
	}
	n := 0
	for _, ch := range c.changes {
		if ch.Cause == plan.ThisChange {
			n++
		}
	}
	settings := strings.Join(loosened, ", ")
	switch {
	case loosened == nil:
		return result(plan.GuardsLoosened, false, 0, 0, "this change loosens no setting")
	case n == 0:
		return result(plan.GuardsLoosened, false, float64(len(loosened)), 0, "this change loosens "+settings+", and deletes nothing by itself")
	}
	return result(plan.GuardsLoosened, true, float64(len(loosened)), 0, fmt.Sprintf(
		"this change loosens %s, and deletes %d, now or when due, that the base would not: make two changes of it, or keep what is deleted", settings, n))
}

// Skip is the decision about an account at which the run does not look, and why:
// no call was made, and nothing is deleted.
func Skip(a *Account, why string) *Decision {
	d := newDecision(a, Options{})
	d.Summary.Skipped, d.Summary.Applicable = why, true
	return d
}
