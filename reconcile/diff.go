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
	changes, _ := diff(m, items, f)
	return changes
}

// diff is Diff, and returns the uses it found.
func diff(m *manifests.Account, items []material.Item, f Facts) ([]plan.Change, usage) {
	p := protect(m, f)
	uses, unknown := resolved(m, items, f)
	p.unknown = byType(unknown)
	used := find(items, f, uses)
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
		p.decide(&c, f.Details)
		changes = append(changes, c)
	}
	// News first, since what only a deleted news uses is free.
	news := func(c *plan.Change) bool { return c.Item.Type == material.News }
	spare(changes, used, nil, func(c *plan.Change) bool { return c.Action != plan.Keep && news(c) })
	spare(changes, used, doomed(changes), func(c *plan.Change) bool { return c.Action != plan.Keep && !news(c) })
	slices.SortFunc(changes, func(a, b plan.Change) int {
		return cmp.Or(
			cmp.Compare(governed[a.Item.Type], governed[b.Item.Type]),
			cmp.Compare(a.Item.UpdateTime, b.Item.UpdateTime),
			strings.Compare(string(a.Item.ID), string(b.Item.ID)),
		)
	})
	return changes, used
}

// neverKept is said of an orphan of which nothing else is known.
const neverKept = "never kept"

// decide decides by everything but uses.
func (p protection) decide(c *plan.Change, details bool) {
	id := c.Item.ID
	if e := p.entries[id]; e != nil {
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
	if reason, detail := p.hold(c.Item); reason != "" {
		c.Action, c.Reason, c.Detail = plan.Hold, reason, detail
		return
	}
	c.Action, c.Reason, c.Detail = plan.Delete, plan.Orphan, neverKept
	if e := p.expired[id]; e != nil {
		c.Detail = fmt.Sprintf("kept until %s (%s)", e.Until.Add(-time.Second).In(material.China).Format(dateLayout), e.Position)
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
