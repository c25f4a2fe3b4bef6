package reconcile

import (
	"errors"
	"fmt"
	"time"

	"wxkeep/reconcile/plan"
	"wxkeep/state"
)

// note turns an answer into an outcome. An answer that was lost leaves it
// unknown until a new listing tells.
func (a *application) note(c *plan.Change, unclear bool, err error) {
	if err == nil {
		c.Outcome = plan.Deleted
		a.gone, a.lost = 0, 0
		a.vanished.Add(c.Item.ID)
		return
	}
	c.Note = err.Error()
	switch {
	case errors.Is(err, state.ErrGone):
		c.Outcome = plan.Undecided
		a.notValid(c, unclear, err)
	case errors.Is(err, state.ErrInUse), errors.Is(err, state.ErrProtected):
		c.Outcome = plan.Refused
		a.gone, a.lost = 0, 0
	case errors.Is(err, state.ErrItem):
		c.Outcome = plan.Failed
	case errors.Is(err, state.ErrNotApproved):
		c.Outcome = plan.Failed
		a.stop(plan.Error, fmt.Errorf("this is a mistake in wxkeep, please report it: %w", err))
	case a.barred(c, err), a.interrupted(c):
	case a.unanswered(err):
		c.Outcome = plan.Failed
	default:
		c.Outcome = plan.Undecided
		a.stop(plan.Error, err)
	}
	if unclear {
		a.refused[c.Item.ID] = c.Outcome == plan.Refused
		c.Outcome = plan.Undecided
	}
	if c.Outcome == plan.Undecided {
		a.doubts[c.Item.Type] = struct{}{}
	}
}

// barred reports whether err is one with which every further call would end, too.
// Then c is deferred and the run stops.
func (a *application) barred(c *plan.Change, err error) bool {
	switch {
	case errors.Is(err, state.ErrQuota):
		a.stop(plan.QuotaUsed, err)
	case errors.Is(err, state.ErrCredential), errors.Is(err, state.ErrNotGranted):
		a.stop(plan.Denied, err)
	default:
		return false
	}
	c.Outcome = plan.Deferred
	return true
}

// interrupted reports whether the calls in flight were cut. Then c is deferred.
func (a *application) interrupted(c *plan.Change) bool {
	if a.calls.Err() == nil {
		return false
	}
	c.Outcome = plan.Deferred
	a.stop(plan.Interrupted, errors.New("interrupted"))
	return true
}

// unanswered reports whether a call got no answer of its own, and stops the run
// when that happens too often in a row.
func (a *application) unanswered(err error) bool {
	if !errors.Is(err, state.ErrBusy) && !errors.Is(err, state.ErrUnreachable) && !errors.Is(err, state.ErrRate) {
		return false
	}
	if a.lost++; a.lost == streak {
		a.stop(plan.Incomplete, err)
	}
	return true
}

// notValid notes a 40007: gone, foreign or malformed look the same.
func (a *application) notValid(c *plan.Change, unclear bool, err error) {
	a.unclear[c.Item.ID] = unclear
	a.lost = 0
	if unclear {
		return // most likely our own deletion, of which the answer was lost
	}
	if a.gone++; a.gone == streak {
		a.stop(plan.Incomplete, fmt.Errorf("%d media_ids in a row are not valid: %w", streak, err))
	}
}

// stop ends the run after the calls in flight; the first reason stays.
func (a *application) stop(status plan.Status, err error) {
	a.status = plan.Worst(a.status, status)
	if a.stopped == nil {
		a.stopped = err
	}
}

// sumUp counts the outcomes, makes them the account's status, and says why the
// run stopped, if it did.
func (a *application) sumUp(queue []*plan.Change) {
	status := a.status
	for _, c := range a.Changes {
		if c.Outcome != "" {
			a.result.Outcomes[c.Outcome]++
		}
		if c.Outcome == plan.Failed || c.Outcome == plan.Undecided || c.Outcome == plan.ArchiveFailed {
			status = plan.Worst(status, plan.Incomplete)
		}
	}
	switch n := a.result.Outcomes[plan.Deferred]; {
	case n > 0 && a.stopped == nil:
		a.result.Say("%d of %d deferred, since their content cannot be had: %v; run again to go on", n, len(queue), a.noContent)
	case n > 0:
		a.result.Say("stopped: %v; %d of %d deferred, run again to go on", a.stopped, n, len(queue))
	case a.stopped != nil:
		a.result.Say("stopped: %v", a.stopped)
	}
	if a.again != nil {
		status = plan.Worst(status, statusOf(a.again))
		a.result.Say("not all pages of earlier runs were read again: %s; what stands on the others is held", a.remains.again)
	}
	a.Summary.Status = plan.Worst(a.Summary.Status, status)
	a.recount()
	a.result.FinishedAt = a.opt.Now().UTC().Truncate(time.Second)
}
