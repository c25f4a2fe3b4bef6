package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

// queue returns the deletions in the order in which they are sent: the canary,
// then news (their covers are free only when they are gone), then by age.
func (d *Decision) queue() []*plan.Change {
	var queue []*plan.Change
	for i := range d.Changes {
		if d.Changes[i].Action == plan.Delete {
			queue = append(queue, &d.Changes[i])
		}
	}
	slices.SortStableFunc(queue, func(a, b *plan.Change) int {
		return cmp.Or(newsFirst(a, b), byAge(a, b))
	})
	if canary := d.chooseCanary(queue); canary > 0 {
		c := queue[canary]
		queue = slices.Insert(slices.Delete(queue, canary, canary+1), 0, c)
	}
	return queue
}

// newsFirst orders news before everything else: its covers are free only when it
// is gone.
func newsFirst(a, b *plan.Change) int {
	aNews, bNews := a.Item.Type == material.News, b.Item.Type == material.News
	switch {
	case aNews && !bNews:
		return -1
	case bNews && !aNews:
		return 1
	}
	return 0
}

// chooseCanary returns the place of the oldest image in the queue, else of the
// oldest of all. What waits for news to be gone is no canary.
func (d *Decision) chooseCanary(queue []*plan.Change) int {
	best := 0
	better := func(c, than *plan.Change) bool {
		cImage, thanImage := c.Item.Type == material.Image, than.Item.Type == material.Image
		if cImage != thanImage {
			return cImage
		}
		return byAge(c, than) < 0
	}
	for i, c := range queue {
		waits := slices.ContainsFunc(d.used.needs(c.Item.ID), d.doomed.Has)
		if !waits && better(c, queue[best]) {
			best = i
		}
	}
	return best
}

// canary deletes one material and looks whether it is gone from this very
// account, and nothing else with it. It returns what is left of the queue. A
// material that WeChat refuses to delete is no canary; then the next one is.
func (a *application) canary(ctx context.Context, queue []*plan.Change) (rest []*plan.Change) {
	for i, c := range queue {
		if !a.goesOn(ctx) {
			return queue[i:]
		}
		a.fly(ctx, a.prepare(ctx, queue[i:i+1]), len(queue))
		_, gone := a.unclear[c.Item.ID]
		if c.Outcome == plan.Deleted || gone {
			a.look(c)
			a.settled = len(queue) == 1 && a.stopped == nil
			return queue[i+1:]
		}
	}
	return nil
}

// look counts again after the first deletion. When the count is not down by
// one, the page on which the material stood is read again.
func (a *application) look(c *plan.Change) {
	t := c.Item.Type
	counts, err := a.Account.Reader.Counts(a.calls)
	if err != nil {
		a.doubts[t] = struct{}{}
		a.stop(statusOf(err), fmt.Errorf("count again after the first deletion: %w", err))
		return
	}
	before := a.counted(t)
	if c.Outcome == plan.Deleted && counts[t] == before-1 {
		return
	}
	still, err := a.stillListed(c, counts[t]-before)
	switch {
	case err != nil:
		a.doubts[t] = struct{}{}
		a.stop(statusOf(err), fmt.Errorf("read again after the first deletion: %w", err))
	case still && c.Outcome == plan.Deleted:
		a.doubts[t] = struct{}{}
		a.stop(plan.Foreign, errors.New("the first deletion was accepted, but the material is still listed: this is not the account that was listed"))
	case still:
		a.stop(plan.Foreign, fmt.Errorf("the first media_id is listed, but not valid for deletion: %s", c.Note))
	}
}

// stillListed reads the page around where c stood. more is how many more
// materials there are now than before: what was uploaded moved it down.
func (a *application) stillListed(c *plan.Change, more int) (bool, error) {
	at := max(0, a.remains.offsets[c.Item.ID]+more-state.PageSize/2)
	page, err := a.Account.Reader.Page(a.calls, c.Item.Type, at, state.PageSize)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(page.Items, func(it material.Item) bool { return it.ID == c.Item.ID }), nil
}

// counted is what get_materialcount said when the account was listed.
func (a *application) counted(t material.Type) int {
	for _, l := range a.snapshot.Listings {
		if l.Type == t {
			return l.Counted
		}
	}
	return 0
}
