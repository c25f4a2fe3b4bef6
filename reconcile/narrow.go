package reconcile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// narrow holds the deletions that this run leaves out. It never adds one.
func narrow(changes []plan.Change, used usage, opt Options) {
	if opt.OnlyID != nil {
		for i := range changes {
			if c := &changes[i]; c.Action == plan.Delete && !opt.OnlyID.Has(c.Item.ID) {
				hold(c, plan.NotInThisChange, "not named by --only-id")
			}
		}
	}
	if opt.OnlyChange {
		onlyChange(changes)
	}
	if opt.Limit > 0 {
		limit(changes, used, opt.Limit)
	}
}

// limit leaves the n oldest deletions. What news uses comes behind that news:
// else n old covers of younger news, which all stay while it does, would leave
// nothing to delete, in this run and in every later one.
func limit(changes []plan.Change, used usage, n int) {
	var due []*plan.Change
	news := map[material.ID]int64{}
	for i := range changes {
		if c := &changes[i]; c.Action == plan.Delete {
			due = append(due, c)
			if c.Item.Type == material.News {
				news[c.Item.ID] = c.Item.UpdateTime
			}
		}
	}
	if len(due) <= n {
		return
	}
	free := func(c *plan.Change) int64 { // as old as this, and no older
		at := c.Item.UpdateTime
		for _, id := range used.needs(c.Item.ID) {
			at = max(at, news[id])
		}
		return at
	}
	slices.SortFunc(due, func(a, b *plan.Change) int {
		return cmp.Or(cmp.Compare(free(a), free(b)), newsFirst(a, b), byAge(a, b))
	})
	for _, c := range due[n:] {
		hold(c, plan.OverLimit, fmt.Sprintf("not among the %d oldest (--limit)", n))
	}
}

// A remainder is what is left of a saved plan.
type remainder struct {
	total   int    // approved
	left    int    // to be deleted now
	waiting int    // to be deleted when their grace ends
	message string // about those that are not left
}

// approvals is what a saved plan approves of an account: what it deletes, and what
// it holds in grace.
func approvals(account string, saved *plan.Plan) map[material.ID]material.Item {
	approved := map[material.ID]material.Item{}
	if saved == nil {
		return approved
	}
	for i := range saved.Changes {
		s := &saved.Changes[i]
		if s.Account == account && (s.Action == plan.Delete || s.Reason == plan.InGrace) {
			approved[s.Item.ID] = s.Item
		}
	}
	return approved
}

// narrowTo holds the deletions that a saved plan does not have as they are now.
// done are the ids that were deleted under it before. Among the changes has to be
// every live material that it approves, also those that are kept by now.
func narrowTo(changes []plan.Change, approved map[material.ID]material.Item, done material.Set) remainder {
	r := remainder{total: len(approved)}
	absent := maps.Clone(approved)
	var kept, held, changed, again int
	for i := range changes {
		c := &changes[i]
		was, planned := approved[c.Item.ID]
		delete(absent, c.Item.ID)
		switch {
		case !planned:
			if c.Action == plan.Delete {
				hold(c, plan.NotInThisChange, "not in the saved plan")
			}
		case c.Action == plan.Keep:
			kept++
		case done.Has(c.Item.ID):
			hold(c, plan.NotInThisChange, "deleted under this plan before")
			again++
		case was.Type != c.Item.Type || was.Name != c.Item.Name || was.UpdateTime != c.Item.UpdateTime:
			changed++
			hold(c, plan.NotInThisChange, "changed since the plan: "+changedBy(was, c.Item))
			c.Outcome = plan.Changed
		case c.Reason == plan.InGrace:
			r.waiting++
		case c.Action == plan.Hold:
			held++
		default:
			r.left++
		}
	}
	if r.left == r.total {
		return r
	}
	gone := 0
	for id := range absent {
		if done.Has(id) {
			again++
		} else {
			gone++
		}
	}
	var why []string
	for _, w := range []struct {
		n    int
		what string
	}{{kept, "kept since"}, {held, "held since"}, {changed, "changed since"}, {r.waiting, "still in grace"}, {again, "deleted under it before"}, {gone, "gone since"}} {
		if w.n > 0 {
			why = append(why, fmt.Sprintf("%d %s", w.n, w.what))
		}
	}
	r.message = fmt.Sprintf("%d of %d: %s", r.left, r.total, strings.Join(why, ", "))
	return r
}

func changedBy(was, is material.Item) string {
	switch {
	case was.Type != is.Type:
		return fmt.Sprintf("type was %s", was.Type)
	case was.Name != is.Name:
		return fmt.Sprintf("name was %q", was.Name)
	}
	return fmt.Sprintf("update_time was %s", day(was.UpdateTime))
}

func hold(c *plan.Change, r plan.Reason, detail string) {
	c.Action, c.Reason, c.Detail = plan.Hold, r, detail
}

func byAge(a, b *plan.Change) int {
	return cmp.Or(cmp.Compare(a.Item.UpdateTime, b.Item.UpdateTime), strings.Compare(string(a.Item.ID), string(b.Item.ID)))
}
