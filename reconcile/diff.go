package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// dateLayout is how dates are shown; they are days of UTC+8, as in manifests.
const dateLayout = "2006-01-02"

// China is the zone in which WeChat's days and a manifest's dates begin.
var china = time.FixedZone("UTC+8", 8*60*60)

// Diff decides about every item of a governed type: what the manifest keeps is
// kept, what is too new is held, and the rest is deleted. Items of other types
// have no change.
//
// It is pure, and the order of the manifest and of the items does not matter:
// the changes are sorted by type, then oldest first, then by id. details asks
// for the reason of kept items in words, too.
func Diff(m *manifests.Account, items []material.Item, now time.Time, details bool) []plan.Change {
	p := protect(m, now)
	governed := map[material.Type]int{}
	for i, t := range material.Types() {
		if slices.Contains(m.Types, t) {
			governed[t] = i + 1
		}
	}
	changes := make([]plan.Change, 0, len(items))
	for _, it := range items {
		if governed[it.Type] == 0 {
			continue
		}
		c := plan.Change{Account: m.Name, Item: it}
		decide(&c, m, p, details)
		changes = append(changes, c)
	}
	slices.SortFunc(changes, func(a, b plan.Change) int {
		return cmp.Or(
			cmp.Compare(governed[a.Item.Type], governed[b.Item.Type]),
			cmp.Compare(a.Item.UpdateTime, b.Item.UpdateTime),
			strings.Compare(string(a.Item.ID), string(b.Item.ID)),
		)
	})
	return changes
}

func decide(c *plan.Change, m *manifests.Account, p protection, details bool) {
	if e := p.entries[c.Item.ID]; e != nil {
		c.Action, c.Reason = plan.Keep, plan.Listed
		if details {
			c.Detail = because(e.Position.String(), e.Reason)
		}
		return
	}
	if r := p.rule(c.Item); r != nil {
		c.Action, c.Reason = plan.Keep, plan.Rule
		if details {
			c.Detail = because(r.Position.String(), r.Reason)
		}
		return
	}
	if due := time.Unix(c.Item.UpdateTime, 0).Add(m.Guards.MinAge); due.After(p.now) {
		c.Action, c.Reason = plan.Hold, plan.TooNew
		c.Detail = fmt.Sprintf("changed %s, deletable from %s", day(c.Item.UpdateTime), due.In(china).Format("2006-01-02 15:04"))
		return
	}
	c.Action, c.Reason, c.Detail = plan.Delete, plan.Orphan, "never kept"
	if e := p.expired[c.Item.ID]; e != nil {
		c.Detail = fmt.Sprintf("kept until %s (%s)", e.Until.Add(-time.Second).In(china).Format(dateLayout), e.Position)
	} else if p.retired.Has(c.Item.ID) {
		c.Detail = "retired"
	}
}

func because(position, reason string) string {
	if reason == "" {
		return position
	}
	return reason + " (" + position + ")"
}

func day(unix int64) string { return time.Unix(unix, 0).In(china).Format(dateLayout) }
