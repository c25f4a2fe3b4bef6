package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// narrow holds the deletions that this run leaves out. It never adds one.
func narrow(changes []plan.Change, opt Options) {
	if opt.OnlyID != nil {
		for i := range changes {
			if c := &changes[i]; c.Action == plan.Delete && !opt.OnlyID.Has(c.Item.ID) {
				hold(c, plan.NotInThisChange, "not named by --only-id")
			}
		}
	}
	if opt.Limit > 0 {
		limit(changes, opt.Limit)
	}
}

// limit leaves the n oldest deletions.
func limit(changes []plan.Change, n int) {
	var due []*plan.Change
	for i := range changes {
		if changes[i].Action == plan.Delete {
			due = append(due, &changes[i])
		}
	}
	if len(due) <= n {
		return
	}
	slices.SortFunc(due, byAge)
	for _, c := range due[n:] {
		hold(c, plan.OverLimit, fmt.Sprintf("not among the %d oldest (--limit)", n))
	}
}

// narrowTo holds the deletions that a saved plan does not have as they are now,
// and returns how many of the saved ones are left, and a sentence about those
// that are not.
func narrowTo(changes []plan.Change, saved []plan.Change) (left, total int, message string) {
	approved := make(map[material.ID]material.Item, len(saved))
	for _, s := range saved {
		if s.Action == plan.Delete {
			approved[s.Item.ID] = s.Item
		}
	}
	total = len(approved)
	var kept, held, changed int
	for i := range changes {
		c := &changes[i]
		was, planned := approved[c.Item.ID]
		delete(approved, c.Item.ID)
		switch {
		case !planned:
			if c.Action == plan.Delete {
				hold(c, plan.NotInThisChange, "not in the saved plan")
			}
		case c.Action == plan.Keep:
			kept++
		case was.Type != c.Item.Type || was.Name != c.Item.Name || was.UpdateTime != c.Item.UpdateTime:
			changed++
			hold(c, plan.NotInThisChange, "changed since the plan: "+difference(was, c.Item))
			c.Outcome = plan.Changed
		case c.Action == plan.Hold:
			held++
		default:
			left++
		}
	}
	if left == total {
		return left, total, ""
	}
	var why []string
	for _, w := range []struct {
		n    int
		what string
	}{{kept, "kept since"}, {held, "held since"}, {changed, "changed since"}, {len(approved), "gone since"}} {
		if w.n > 0 {
			why = append(why, fmt.Sprintf("%d %s", w.n, w.what))
		}
	}
	return left, total, fmt.Sprintf("%d of %d: %s", left, total, strings.Join(why, ", "))
}

func difference(was, is material.Item) string {
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
