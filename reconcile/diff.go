package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

// dateLayout is how dates are shown; they are days of UTC+8, as in manifests.
const dateLayout = "2006-01-02"

// Diff decides about every item of a governed type: what the manifest keeps or
// something uses is kept, what is too new or doubtful is held, and the rest is
// deleted. Items of other types have no change.
//
// It is pure, and the order of the manifest, the items and the facts does not
// matter: the changes are sorted by type, then oldest first, then by id.
func Diff(m *manifests.Account, items []material.Item, f Facts) []plan.Change {
	return everything(m, items, f).changes
}

// everything is diff with a change for every material.
func everything(m *manifests.Account, items []material.Item, f Facts) difference {
	live := material.IndexOf(items)
	return diff(m, items, live, callRoll(m, items, live, false, f.Now), f, func(material.ID) bool { return true })
}

// A difference is what diff decided.
type difference struct {
	changes []plan.Change
	others  int   // that are kept by an entry or a rule, and are not among the changes
	used    usage // the uses it found
}

// diff is Diff with everything looked up before, and, if details are wanted, the
// keep list unpacked. What an entry or a rule keeps, which is nearly everything,
// has a change only if shown says so: 100,000 of them would be as much again as
// the listing.
func diff(m *manifests.Account, items []material.Item, live *material.Index, r roll, f Facts, shown func(material.ID) bool) difference {
	p := protect(m, f)
	p.expired = r.expired
	uses, unknown := resolved(m, items, live, f)
	p.unknown = byType(unknown)
	d := difference{used: find(items, live, f, uses)}
	for i := range items {
		it := &items[i]
		if !slices.Contains(m.Types, it.Type) {
			continue
		}
		entry, listed := r.keeps(i)
		if (listed || p.rule(it) != nil) && !shown(it.ID) {
			d.others++
			continue
		}
		c := plan.Change{Account: m.Name, Item: *it}
		if listed {
			c.Action, c.Reason = plan.Keep, plan.Listed
			if f.Details {
				e := &m.Keep[entry]
				c.Detail = because(e.Position.String(), e.Reason)
			}
		} else {
			p.decide(&c, f.Details)
		}
		d.changes = append(d.changes, c)
	}
	// News first, since what only a deleted news uses is free.
	news := func(c *plan.Change) bool { return c.Item.Type == material.News }
	spare(d.changes, d.used, nil, func(c *plan.Change) bool { return c.Action != plan.Keep && news(c) })
	spare(d.changes, d.used, doomed(d.changes), func(c *plan.Change) bool { return c.Action != plan.Keep && !news(c) })
	types := material.Types()
	slices.SortFunc(d.changes, func(a, b plan.Change) int {
		return cmp.Or(
			cmp.Compare(slices.Index(types, a.Item.Type), slices.Index(types, b.Item.Type)),
			cmp.Compare(a.Item.UpdateTime, b.Item.UpdateTime),
			strings.Compare(string(a.Item.ID), string(b.Item.ID)),
		)
	})
	return d
}

// neverKept is said of an orphan of which nothing else is known.
const neverKept = "never kept"

// decide decides by everything but entries and uses.
func (p protection) decide(c *plan.Change, details bool) {
	id := c.Item.ID
	if r := p.rule(&c.Item); r != nil {
		c.Action, c.Reason = plan.Keep, plan.Rule
		if details {
			c.Detail = because(r.Position.String(), r.Reason)
		}
		return
	}
	if reason, detail := p.hold(c.Item); reason != "" {
		c.Action, c.Reason, c.Detail = plan.Hold, reason, detail
		return
	}
	c.Action, c.Reason, c.Detail = plan.Delete, plan.Orphan, neverKept
	if e := p.expired[id]; e != nil {
		c.Detail = fmt.Sprintf("kept until %s (%s)", lastDay(e), e.Position)
	} else if p.retired.Has(id) {
		c.Detail = "retired"
	}
}

// hold says why an orphan is not deleted now, or nothing.
func (p protection) hold(it material.Item) (plan.Reason, string) {
	now, guards := p.facts.Now, p.manifest.Guards
	if due := time.Unix(it.UpdateTime, 0).Add(guards.MinAge); due.After(now) {
		return plan.TooNew, fmt.Sprintf("changed %s, deletable from %s", day(it.UpdateTime), moment(due))
	}
	if at, ok := p.facts.Restored[it.ID]; ok && at.Add(restoredFor).After(now) {
		return plan.Restored, "restored, deletable from " + moment(at.Add(restoredFor))
	}
	if at, ok := p.facts.Refused[it.ID]; ok && at.Add(refusedFor).After(now) {
		return plan.RefusedBefore, fmt.Sprintf("WeChat refused to delete it on %s, tried again from %s", at.In(material.China).Format(dateLayout), moment(at.Add(refusedFor)))
	}
	if shown := p.unknown[it.Type]; len(shown) > 0 {
		return plan.MaybeInUse, maybe(shown, it.ID)
	}
	if grace := p.manifest.Grace; grace > 0 {
		since, ok := p.facts.Since[it.ID]
		if !ok || since.After(now) {
			since = now
		}
		if due := since.Add(grace); due.After(now) {
			return plan.InGrace, fmt.Sprintf("an orphan since %s, due %s", since.In(material.China).Format(dateLayout), moment(due))
		}
	}
	return "", ""
}

// maybe says what is shown that the API does not identify, and what to write
// into the manifest if it is this material.
func maybe(shown []state.Shown, id material.ID) string {
	s := shown[0]
	text := fmt.Sprintf("%s shows one that the API does not identify; if it is this one, add to resolved_uses: {place: %q, media_id: %q, sha256: %q}", s.Place, s.Place, id, s.SHA256)
	if n := len(shown) - 1; n > 0 {
		text += fmt.Sprintf(" (and %d more places)", n)
	}
	return text
}

func because(position, reason string) string {
	if reason == "" {
		return position
	}
	return reason + " (" + position + ")"
}

// moment is an instant to the minute, in UTC+8.
func moment(t time.Time) string { return t.In(material.China).Format("2006-01-02 15:04") }

func day(unix int64) string { return time.Unix(unix, 0).In(material.China).Format(dateLayout) }
