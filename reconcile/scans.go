package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"golang.org/x/sync/errgroup"

	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

// scans is what was read of the places that are lists, by place: what the ledger
// remembers, and what this run adds.
type scans map[string]*state.Scan

// scansHead is scans as the ledger keeps it.
type scansHead struct {
	Scans []*state.Scan `json:"scans"`
}

func (s scans) write(w io.Writer) error {
	var head scansHead
	for _, place := range []string{state.PlaceDrafts, state.PlacePublished} {
		if scan := s[place]; scan != nil {
			head.Scans = append(head.Scans, scan)
		}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(head)
}

func readScans(r io.Reader) (scans, error) {
	var head scansHead
	if err := json.NewDecoder(r).Decode(&head); err != nil {
		return nil, err
	}
	s := scans{}
	for _, scan := range head.Scans {
		s[scan.Place] = scan
	}
	return s, nil
}

// recallScans takes from the ledger what earlier runs read of places.
func (d *Decision) recallScans(ctx context.Context) error {
	if d.opt.Remembered {
		return nil
	}
	err := d.Account.Ledger.Scans(ctx, func(r io.Reader) error {
		remembered, err := readScans(r)
		if err != nil {
			return fmt.Errorf("what an earlier run read of drafts and publications cannot be read; remove accounts/%s/scans in the ledger, then the next run searches anew: %w", d.Summary.AppID, err)
		}
		d.scans = remembered
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// resumeScan gives a searcher what an earlier run read of its place. A whole scan
// that is too old to be built on is nothing; but what took several runs to read
// would again, and is gone on with.
func (d *Decision) resumeScan(s state.Searcher) {
	r, ok := s.(state.Resumer)
	scan := d.scans[s.Place()]
	if !ok || scan == nil {
		return
	}
	now, age := d.opt.Now(), d.opt.SnapshotMaxAge
	switch {
	case !scan.Whole, age > 0 && now.Sub(scan.Read).Abs() <= age: // a time far ahead is that of a clock that was wrong
		r.Resume(scan)
	case scan.Joined && state.Fresh(scan.Read, now):
		cut := *scan
		cut.Whole = false
		r.Resume(&cut)
	}
}

// takeScan notes what a later run may go on with or build on, and of what this run
// looked at the ends alone.
func (d *Decision) takeScan(r *searchResult) {
	delete(d.partly, r.place)
	if r.Scan == nil {
		return
	}
	if r.Partly {
		d.partly[r.place] = r.Seen
	}
	d.scans[r.place], d.scanned = r.Scan, true
	if !errors.Is(r.err, state.ErrQuota) || d.lease == nil {
		return
	}
	r.err = fmt.Errorf("%w; %d are read and kept in the ledger: come back after %s (UTC+8), and the next run goes on from there", r.err, len(r.Scan.Rows()), moment(nextDay(d.opt.Now())))
}

// keepScans writes down what was read, of which nobody needs more in this run.
func (d *Decision) keepScans(ctx context.Context) error {
	read := d.scans
	d.scans, d.found = nil, sight{}
	if d.lease == nil || !d.scanned {
		return nil
	}
	return d.Account.Ledger.SaveScans(context.WithoutCancel(ctx), d.opt.Now(), read.write) // an interruption loses nothing
}

// readOn reads wholly the places of which this run looked at the ends alone, if
// that could make a difference: a draft may have been edited where it stands. It
// reports whether everything is to be decided again.
func (d *Decision) readOn(ctx context.Context) bool {
	places := d.halfRead()
	if len(places) == 0 || !d.consequential() {
		return false
	}
	results := make([]searchResult, len(places))
	var g errgroup.Group
	for i, r := range places {
		g.Go(func() error {
			rest, err := r.Rest(ctx)
			results[i] = resultOf(r, rest, err)
			return nil
		})
	}
	_ = g.Wait() // no goroutine returns an error
	found := d.found
	for _, r := range results {
		found = found.without(r.place)
		d.add(&found, r)
	}
	d.see(ctx, found)
	return true
}

// consequential reports whether a use more would change what this run does: what it
// deletes, or what it writes down to be an orphan, from which a grace is counted.
func (d *Decision) consequential() bool {
	graced := d.lease != nil && d.Account.Manifest.Grace > 0
	return slices.ContainsFunc(d.Changes, func(c plan.Change) bool {
		return c.Action == plan.Delete || graced && c.Action == plan.Hold
	})
}

// halfRead are the places of which this run looked at the ends alone, but for one
// that cannot be read in a day.
func (d *Decision) halfRead() []state.Resumer {
	var all []state.Resumer
	for _, s := range d.Account.Searchers {
		r, ok := s.(state.Resumer)
		if ok && d.partly[s.Place()] > 0 && !d.tooLong(s.Place()) {
			all = append(all, r)
		}
	}
	return all
}

// publishedDaily is how many calls a day WeChat documents for freepublish/batchget
// (wechat-api.md section 8.5).
const publishedDaily = 100

// tooLong reports whether a day has too few calls for a place. What was read of it
// over several days counts as long as it can be gone on with.
func (d *Decision) tooLong(place string) bool {
	if place != state.PlacePublished || !state.Fresh(d.scans[place].Read, d.opt.Now()) {
		return false
	}
	daily := publishedDaily
	if q, ok := d.budget.known[pathPublished]; ok {
		daily = q.Limit
	}
	return state.PageCount(d.partly[place]) > daily
}

// orphans are the materials whose grace is counted from now on at the latest. While
// nobody needs to know, and a place is not read wholly, there are none: then a
// grace that is asked for later begins later.
func (d *Decision) orphans() material.Set {
	ids := material.Set{}
	if len(d.halfRead()) > 0 {
		return ids
	}
	for _, c := range d.Changes {
		if c.Action != plan.Keep && !d.snapshot.Earlier(c.Item.ID) { // it may be kept by its new name
			ids.Add(c.Item.ID)
		}
	}
	return ids
}
