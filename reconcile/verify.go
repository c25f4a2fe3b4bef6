package reconcile

import (
	"errors"
	"slices"

	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

// verify looks at the account again: it counts, and lists anew the types whose
// count differs by more than what was uploaded meanwhile, and those where an
// answer was unclear. Only a new listing turns "not valid" into "absent".
func (a *application) verify(queue []*plan.Change) {
	deleted := map[material.Type]int{}
	sent := 0
	for _, c := range queue {
		if c.Outcome == plan.Deleted {
			deleted[c.Item.Type]++
		}
		if c.Outcome != plan.Deferred {
			sent++
		}
	}
	if len(queue) == 0 {
		a.result.Verified = true // the listing just made says all there is to say
		return
	}
	if sent == 0 {
		return
	}
	if a.settled && len(a.doubts) == 0 {
		a.result.Verified = true
		return
	}
	if err := a.calls.Err(); err != nil {
		a.unverified(err)
		return
	}
	counts, err := a.Account.Reader.Counts(a.calls)
	if err != nil {
		a.unverified(err)
		return
	}
	var types []material.Type
	for _, l := range a.snapshot.Listings {
		_, doubt := a.doubts[l.Type]
		if !slices.Contains(a.Account.Manifest.Types, l.Type) {
			continue // listed for its uses alone
		}
		if doubt || !a.explained(l, counts[l.Type]-(l.Counted-deleted[l.Type])) {
			types = append(types, l.Type)
		}
	}
	a.result.Verified = len(types) == 0 || a.relist(queue, types)
}

// explained reports whether more materials than expected are no more than the
// new ones on the first page. A new one that is taken for a known one costs a new
// listing, and nothing else.
func (a *application) explained(l state.Listing, more int) bool {
	if more <= 0 {
		return more == 0
	}
	page, err := a.Account.Reader.Page(a.calls, l.Type, 0, state.PageSize)
	if err != nil {
		return false
	}
	uploaded := 0
	for _, it := range page.Items {
		if !a.remains.known.MayHave(it.ID) {
			uploaded++
		}
	}
	if uploaded == more {
		a.result.Say("%d %s uploaded meanwhile", more, l.Type)
	}
	return uploaded == more
}

// relist lists types anew and corrects the outcomes by what is there.
func (a *application) relist(queue []*plan.Change, types []material.Type) (verified bool) {
	snap, err := state.Observe(a.calls, a.Account.Reader, types, state.Options{
		Account: a.Summary.Name, Parallelism: a.opt.Parallelism, Progress: a.opt.Progress, Now: a.opt.Now,
	})
	if err != nil {
		a.unverified(err)
	} else if !snap.Complete() {
		a.unverified(errors.New("the new listing is incomplete"))
	}
	relisted := map[material.Type]bool{}
	for _, l := range snap.Listings {
		relisted[l.Type] = l.Whole() && err == nil
	}
	live := snap.IDs()
	stillThere := 0
	for _, c := range queue {
		_, gone := a.unclear[c.Item.ID]
		switch {
		case c.Outcome == plan.ArchiveFailed && relisted[c.Item.Type] && !live.Has(c.Item.ID):
			c.Outcome, c.Note = plan.AlreadyAbsent, "gone before its turn came"
		case !tried(c.Outcome):
		case live.Has(c.Item.ID):
			if c.Outcome == plan.Deleted {
				c.Note = "accepted, but still listed"
			}
			if gone {
				stillThere++
			}
			c.Outcome = plan.Failed
			if a.refused[c.Item.ID] {
				c.Outcome = plan.Refused
			}
		case relisted[c.Item.Type] && c.Outcome == plan.Undecided:
			a.absent(c, gone)
		}
	}
	if stillThere >= streak && a.gone >= streak {
		a.stop(plan.Foreign, nil)
	}
	return err == nil && snap.Complete()
}

// tried reports whether an outcome is one that a new listing may correct.
func tried(o plan.Outcome) bool { return o == plan.Deleted || o == plan.Undecided }

// absent notes a material that is not listed any more although no answer said
// that it was deleted.
func (a *application) absent(c *plan.Change, gone bool) {
	c.Outcome, c.Note = plan.Deleted, "the answer was lost; a new listing shows it is gone"
	if gone && !a.unclear[c.Item.ID] {
		c.Outcome, c.Note = plan.AlreadyAbsent, "gone before its turn came"
	}
}

// unverified notes that nobody looked whether what was deleted is gone.
func (a *application) unverified(err error) {
	status := statusOf(err)
	switch status {
	case plan.Interrupted:
		err = errors.New("interrupted")
	case plan.QuotaUsed:
	default:
		status = plan.Incomplete
	}
	a.result.Say("not verified: %v; run again", err)
	a.status = plan.Worst(a.status, status)
}
