package reconcile

import (
	"context"
	"errors"
	"slices"

	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

// choose decides about everything listed. It reads on the boxes of which the run
// looked at the ends alone, if that could save a deletion, and reads again the
// pages that have a deletion which only an earlier run saw: what is there now is
// decided about again, until this run saw every deletion live. What could not be
// seen is held. The remainder is that of the saved plan.
func (d *Decision) choose(ctx context.Context, saved *plan.Plan) remainder {
	m := d.Account.Manifest
	asked, approved := material.Set{}, approvals(m.Name, saved)
	shown := func(id material.ID) bool {
		_, named := approved[id]
		return named || d.opt.All
	}
	for {
		var r remainder
		items := d.snapshot.Items
		d.live = material.IndexOf(items)
		d.roll = callRoll(m, items, d.live, d.snapshot.Complete(), d.facts.Now)
		decided := diff(m, items, d.live, d.roll, d.facts, shown)
		d.Changes, d.others, d.used = decided.changes, decided.others, decided.used
		d.attribute()
		if saved != nil {
			r = narrowTo(d.Changes, approved, d.facts.Under)
		}
		narrow(d.Changes, d.used, d.opt)
		settle(d.Changes, d.used)
		if !d.snapshot.Complete() || unknownStatus(d.places) != plan.Done {
			return r // nothing will be deleted
		}
		if d.readOn(ctx) {
			continue
		}
		ids := material.Set{}
		for id := range d.unconfirmed() {
			if !asked.Has(id) {
				ids.Add(id)
				asked.Add(id)
			}
		}
		if len(ids) == 0 || d.again != nil {
			d.holdUnconfirmed()
			return r
		}
		d.again = d.snapshot.SeeAgain(ctx, d.Account.Reader, ids, state.Options{
			Account: m.Name, Parallelism: d.opt.Parallelism, Progress: d.opt.Progress, Now: d.opt.Now,
		})
	}
}

// unconfirmed are the deletions, and the manifest's canaries, that only an earlier
// run saw; what is in its grace, if this run writes down what is an orphan; and
// what resolved_uses name, which counts only while it is live.
func (d *Decision) unconfirmed() material.Set {
	ids := material.Set{}
	for _, c := range d.Changes {
		due := c.Action == plan.Delete || c.Reason == plan.InGrace && d.lease != nil
		if due && d.snapshot.Earlier(c.Item.ID) {
			ids.Add(c.Item.ID)
		}
	}
	for _, r := range d.Account.Manifest.ResolvedUses {
		if d.snapshot.Earlier(r.MediaID) {
			ids.Add(r.MediaID)
		}
	}
	if len(d.Deletions()) == 0 {
		return ids
	}
	for _, id := range d.Account.Manifest.Canaries {
		if d.snapshot.Earlier(id) {
			ids.Add(id)
		}
	}
	return ids
}

// holdUnconfirmed holds what this run could not see, and everything when that is
// a canary of the manifest.
func (d *Decision) holdUnconfirmed() {
	lost := slices.ContainsFunc(d.Account.Manifest.Canaries, d.snapshot.Earlier)
	for i := range d.Changes {
		c := &d.Changes[i]
		switch {
		case c.Action != plan.Delete:
		case d.snapshot.Earlier(c.Item.ID):
			hold(c, plan.NotSeenAgain, "an earlier run saw it, and its page could not be read again")
		case lost:
			hold(c, plan.NotSeenAgain, "the page of a canary could not be read again")
		}
	}
	settle(d.Changes, d.used)
}

// unread notes why pages could not be read again. When it is the quota, an apply
// deletes what was seen, and the rest waits.
func (d *Decision) unread() {
	switch {
	case d.again == nil:
	case !errors.Is(d.again, state.ErrQuota):
		d.Refuse(statusOf(d.again), d.again)
	case !d.opt.Applying || len(d.Deletions()) == 0:
		d.Refuse(plan.QuotaUsed, d.kept(d.again))
	}
}
