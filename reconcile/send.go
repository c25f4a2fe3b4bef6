package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

// send sends what of the queue fits into the day, until something stops it.
func (a *application) send(ctx context.Context, queue []*plan.Change) {
	whole, limit := queue, ""
	if g, ok := a.limited(); ok {
		queue, limit = a.fitting(queue), g.Message
	}
	rest := a.canary(ctx, queue)
	news := slices.IndexFunc(rest, func(c *plan.Change) bool { return c.Item.Type != material.News })
	if news < 0 {
		news = len(rest)
	}
	size := a.batches(ctx, rest[:news], 2, len(queue))
	a.batches(ctx, rest[news:], size, len(queue))
	if len(queue) < len(whole) {
		a.stop(plan.QuotaUsed, errors.New(limit))
	}
	for _, c := range whole {
		if c.Outcome == "" {
			c.Outcome, c.Note = plan.Deferred, a.stopped.Error()
		}
	}
}

// waves is how many times the calls in flight a batch has at most. Its intent and
// its outcomes are an object of the journal each, which a disk takes as long to
// write as WeChat to answer a call.
const waves = 4

// batches sends changes in batches of size at first, doubled up to so many waves of
// calls, and returns the size to go on with. While the calls of one batch are in
// flight, the next is archived and its intent noted.
func (a *application) batches(ctx context.Context, changes []*plan.Change, size, total int) int {
	ready := make(chan []*plan.Change)
	go func() {
		defer close(ready)
		for len(changes) > 0 && a.goesOn(ctx) {
			size = min(size, waves*a.opt.Parallelism)
			n := min(size, len(changes))
			batch := changes[:n]
			changes = changes[n:]
			size *= 2
			ready <- a.prepare(ctx, batch)
		}
	}()
	for batch := range ready {
		a.fly(ctx, batch, total)
	}
	return size
}

// prepare archives what it can of a batch, notes that it is about to be deleted,
// and returns that. A batch of which the run then makes no call is harmless: what
// became of it is noted at the end, or told by the next run's listing.
func (a *application) prepare(ctx context.Context, changes []*plan.Change) []*plan.Change {
	var free []*plan.Change
	for _, c := range changes {
		if a.free(c) {
			free = append(free, c)
		}
	}
	safe := a.archive(ctx, free)
	if !a.goesOn(ctx) || !a.intend(safe) {
		return nil
	}
	return safe
}

// fly deletes a batch that was prepared, and notes what became of it. With
// prepare before, a crash at any instant leaves what tells the next run. What is
// not sent any more is noted at the end.
func (a *application) fly(ctx context.Context, batch []*plan.Change, total int) {
	var calls errgroup.Group
	calls.SetLimit(a.opt.Parallelism)
	for _, c := range batch {
		calls.Go(func() error {
			if a.goesOn(ctx) && a.held() { // asked when its turn comes
				a.delete(c, total)
			}
			return nil
		})
	}
	_ = calls.Wait() // none returns an error
	if err := a.journal(slices.DeleteFunc(batch, func(c *plan.Change) bool { return c.Outcome == "" })); err != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.stop(plan.Error, err)
	}
}

// free reports whether the news that uses c is gone. If not, c is left alone.
func (a *application) free(c *plan.Change) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, id := range a.used.needs(c.Item.ID) {
		if a.doomed.Has(id) && !a.vanished.Has(id) {
			c.Outcome, c.Note = plan.Changed, fmt.Sprintf("news %s still uses it", id)
			return false
		}
	}
	return true
}

// goesOn reports whether another call may begin.
func (a *application) goesOn(ctx context.Context) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stopped == nil && ctx.Err() != nil {
		a.stopped, a.status = errors.New("interrupted"), plan.Interrupted
	}
	return a.stopped == nil
}

// delete sends one id and notes what became of it.
func (a *application) delete(c *plan.Change, total int) {
	unclear, err := a.del.Delete(a.calls, c.Item.ID)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.note(c, unclear, err)
	a.sent++
	a.opt.Progress.Progress(state.Event{Account: a.Summary.Name, Stage: "deleting", Done: a.sent, Total: total})
}
