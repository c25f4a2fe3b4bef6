package reconcile

import (
	"context"
	"io"
	"slices"
	"time"

	"wxkeep/state"
)

// recallListing is what an earlier run listed, for this one to build on: without
// what runs deleted since, and nothing that is older than the run allows. What
// cannot be read is nothing, for the account is listed anew then. After a run that
// was cut nothing is built on, since only a new listing tells what became of its
// deletions.
func (d *Decision) recallListing(ctx context.Context) []state.Remembered {
	if d.opt.SnapshotMaxAge <= 0 || d.Account.Ledger == nil || d.history == nil {
		return nil
	}
	if len(d.history.Open()) > 0 {
		return nil
	}
	var o observation
	err := d.Account.Ledger.Snapshot(ctx, func(_ time.Time, r io.Reader) (err error) {
		o, err = readObservation(r)
		return err
	})
	if err != nil {
		return nil
	}
	gone := d.history.Deleted(o.Snapshot.ObservedAt)
	all := slices.DeleteFunc(o.Snapshot.Remembered(), func(r state.Remembered) bool {
		return d.opt.Now().Sub(r.Full).Abs() > d.opt.SnapshotMaxAge // one from the future is a clock's mistake
	})
	for i := range all {
		all[i].Drop(gone)
	}
	return all
}

// listed is how many calls the listing took, or would have taken had they been
// answered.
func (d *Decision) listed() int {
	n := 0
	for _, l := range d.snapshot.Listings {
		if !l.Reused {
			n += state.PageCount(l.Counted)
		}
	}
	return n
}
