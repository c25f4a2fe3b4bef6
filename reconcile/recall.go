package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"wxkeep/reconcile/plan"
	"wxkeep/state/ledger"
)

// recall adds what the ledger remembers to the facts. Without a ledger nothing
// is remembered, which makes nothing due sooner.
func (d *Decision) recall(ctx context.Context, saved *plan.Plan) error {
	l := d.Account.Ledger
	if l == nil {
		return nil
	}
	if err := d.recallPages(ctx); err != nil {
		return err
	}
	if err := d.recallScans(ctx); err != nil {
		return err
	}
	d.recallQuotas(ctx)
	now := d.opt.Now()
	seen, err := l.Seen(ctx)
	if err != nil {
		return err
	}
	if d.facts.Remembered, err = l.Uses(ctx); err != nil {
		return err
	}
	since := now.Add(-max(restoredFor, d.opt.SnapshotMaxAge))
	if saved != nil && saved.CreatedAt.Before(since) {
		since = saved.CreatedAt
	}
	if d.history, err = l.History(ctx, since); err != nil {
		return err
	}
	d.facts.Since = seen
	d.facts.Refused = d.history.Refused(now.Add(-refusedFor))
	d.facts.Restored = d.history.Restored(now.Add(-restoredFor))
	if saved != nil {
		d.facts.Under = d.history.DeletedUnder(saved.Digest)
	}
	return nil
}

// recallQuotas adds what was known of the quotas today. What cannot be read is
// asked for again.
func (d *Decision) recallQuotas(ctx context.Context) {
	quotas, err := d.Account.Ledger.Quotas(ctx)
	if err != nil {
		return
	}
	d.budget.remember(quotas)
	for path, q := range d.budget.known {
		if d.Account.Paced != nil && q.Rate.Known() {
			d.Account.Paced(path, q.Rate)
		}
	}
}

// record writes down what this run saw: since when each orphan has been one, and
// every use. Orphans are recorded only when nothing was left unseen, and only
// those that this run saw. The run holds the lease.
func (d *Decision) record(ctx context.Context) error {
	l := d.Account.Ledger
	if _, err := l.RecordUses(ctx, d.usesFound()); err != nil {
		return err
	}
	unseen := !d.snapshot.Complete() || slices.ContainsFunc(d.places, func(s searched) bool { return s.err != nil })
	if unseen {
		return nil
	}
	if _, err := l.RecordSeen(ctx, d.orphans()); err != nil {
		return err
	}
	return l.SaveSnapshot(ctx, d.snapshot.ObservedAt, d.writeObservation)
}

// usesFound are this run's uses of live materials. Those by news are left out:
// news is listed wholly in every run, so when it is gone its covers are free.
func (d *Decision) usesFound() []ledger.Use {
	var found []ledger.Use
	for id, uses := range d.used {
		for _, u := range uses {
			if u.by == "" && u.last.IsZero() {
				found = append(found, ledger.Use{ID: id, Place: u.place, Where: u.where, First: u.seen, Last: u.seen})
			}
		}
	}
	return found
}

// maxDeletesPerDay counts the deletions of the last 24 hours, whatever run made
// them, so that slicing does not get round max_deletes.
func maxDeletesPerDay(c check) plan.Guard {
	limit := c.manifest.Guards.MaxDeletesPerDay
	if !c.manifest.Guards.DayLimited {
		return result(plan.MaxDeletesPerDay, false, 0, 0, "guards.max_deletes_per_day is not set")
	}
	if c.history == nil {
		return result(plan.MaxDeletesPerDay, len(c.deletions) > 0, float64(len(c.deletions)), float64(limit),
			"nobody knows how many were deleted in the last 24 hours: there is no ledger")
	}
	before := len(c.history.Deleted(c.now.Add(-24 * time.Hour)))
	n := before + len(c.deletions)
	over := n > limit && len(c.deletions) > 0
	message := fmt.Sprintf("%d deletions and %d in the last 24 hours, at most %d", len(c.deletions), before, limit)
	if over {
		message += fmt.Sprintf(": wait, use --limit %d, or raise guards.max_deletes_per_day", max(0, limit-before))
	}
	return result(plan.MaxDeletesPerDay, over, float64(n), float64(limit), message)
}
