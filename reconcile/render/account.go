package render

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

func (t *text) account(a plan.Account, changes []plan.Change) {
	t.line("%s", t.paint(bold, fmt.Sprintf("%s (%s)", Inert(a.Name), Inert(a.AppID))))
	if a.Error != "" {
		t.wrap("  "+t.paint(red, "error:")+" ", Inert(a.Error))
	}
	if a.Skipped != "" {
		t.wrap("  "+t.paint(yellow, "not looked at:")+" ", Inert(a.Skipped))
	}
	sections := t.sections(changes)
	l := t.layout(sections)
	for _, s := range sections {
		for _, g := range s.groups {
			t.group(s, g, l)
		}
	}
	t.findings(a)
	for _, g := range a.Guards {
		t.guard(g)
	}
	t.calls(a.Calls)
	t.line("")
}

// sections are what an account's materials are listed under.
func (t *text) sections(changes []plan.Change) []section {
	var all []section
	for _, c := range causes {
		all = append(all, section{t.paint(red, "- delete"), c, t.most.deletions, grouped(changes, ofBoth(toDelete, c.of))})
	}
	for _, c := range causes {
		all = append(all, section{t.paint(yellow, "~ hold"), c, t.most.others, grouped(changes, ofBoth(toHold, c.of))})
	}
	all = append(all, section{t.paint(green, "  in use"), cause{}, t.most.others, grouped(changes, inUse)})
	if t.style.All {
		all = append(all, section{"  keep", cause{}, 0, grouped(changes, toKeep)})
	}
	return all
}

// A section is all that has one fate, by one cause.
type section struct {
	title  string
	cause  cause
	most   int // how many lines of a batch are shown
	groups []group
}

// group lists materials of one type, reason by reason.
func (t *text) group(s section, g group, l layout) {
	typ := Inert(string(g.typ))
	t.line("  %s", s.cause.with(fmt.Sprintf("%s %s (%d)", s.title, typ, g.count()), ", "))
	for _, r := range g.reasons {
		for _, b := range r.batches() {
			title := b.why
			if title == "" && len(g.reasons) > 1 {
				title = Inert(string(r.reason))
			}
			if title != "" {
				t.wrap("    ", fmt.Sprintf("%s (%d)", title, len(b.changes)))
			}
			shown := t.shown(len(b.changes), s.most)
			for _, c := range b.changes[:shown] {
				t.row(c, l, b.why == "")
			}
			if n := len(b.changes) - shown; n > 0 {
				t.line("%s… and %d more %s (--all lists them)", rowIndent, n, typ)
			}
		}
	}
}

// nameWidth is how many columns a name gets at most.
const nameWidth = 32

// A layout is how wide the columns of an account's materials are.
type layout struct {
	id, name int
	two      bool // the terminal is too narrow: what a material is, and below it why
}

const rowIndent = "      "

// layout finds the columns for the rows that are shown.
func (t *text) layout(sections []section) layout {
	var l layout
	reason := 0
	for _, s := range sections {
		for _, g := range s.groups {
			for _, r := range g.reasons {
				for _, b := range r.batches() {
					for _, c := range b.changes[:t.shown(len(b.changes), s.most)] {
						l.id = max(l.id, len(c.Item.ID))
						l.name = max(l.name, min(nameWidth, widthOf(nameOf(c.Item))))
						if b.why == "" {
							reason = max(reason, len("  ")+widthOf(why(c)))
						}
					}
				}
			}
		}
	}
	beforeName := len(rowIndent) + l.id + len("  2006-01-02  ")
	l.two = t.style.Width > 0 && beforeName+l.name+reason > t.style.Width
	if l.two {
		const least = 12
		l.name = min(l.name, max(least, t.style.Width-beforeName))
	}
	return l
}

// row is a material, and why if that is not told for many at once.
func (t *text) row(c plan.Change, l layout, tell bool) {
	what := fmt.Sprintf("%s%-*s  %s  %s", rowIndent, l.id, Inert(string(c.Item.ID)), date(c.Item), fit(nameOf(c.Item), l.name))
	switch {
	case !tell:
		t.line("%s", what)
	case l.two:
		t.line("%s", what)
		t.wrap(rowIndent+"  ", why(c))
	default:
		t.line("%s  %s", what, why(c))
	}
}

// why is the reason of a change and what it rests on.
func why(c plan.Change) string {
	reason := Inert(string(c.Reason))
	if c.Detail != "" {
		reason += ": " + Inert(c.Detail)
	}
	return reason
}

// nameOf is an item's name as a reader may see it. A voice or a picture may have
// none.
func nameOf(it material.Item) string { return Inert(it.Name) }

// date is the day on which a material was last changed, in WeChat's zone.
func date(it material.Item) string {
	return day(it.UpdateTime)
}

func (t *text) findings(a plan.Account) {
	findings := findingsOf(a)
	shown := t.shown(len(findings), t.most.deletions)
	for _, f := range findings[:shown] {
		t.wrap("  "+t.paint(yellow, "! "+Inert(f.Kind))+" ", finding(f))
	}
	if n := len(findings) - shown; n > 0 {
		t.line("  … and %d more findings (--all lists them)", n)
	}
}

// finding is what a finding says of what, and where that stands.
func finding(f plan.Finding) string {
	said := Inert(f.Message)
	if f.MediaID != "" {
		said = Inert(string(f.MediaID)) + " " + said
	}
	if f.Position != "" {
		said = Inert(f.Position) + ": " + said
	}
	return said
}

func (t *text) guard(g plan.Guard) {
	word := t.paint(green, Inert(g.Status))
	switch g.Status {
	case plan.Blocked:
		word = t.paint(red, "BLOCKED")
	case plan.Limited:
		word = t.paint(yellow, g.Status)
	}
	t.wrap(fmt.Sprintf("  guard %s: %s ", Inert(g.Name), word), "("+Inert(g.Message)+")")
}

// calls says what plan and apply take of the quotas that are known, and what was
// left of them before: so it says the same before and after.
func (t *text) calls(calls plan.Calls) {
	for _, path := range slices.Sorted(maps.Keys(calls)) {
		c := calls[path]
		if c.Left == nil || c.Needed == 0 {
			continue
		}
		line := fmt.Sprintf("calls %s: %d needed of %d left today", Inert(path), c.Needed, c.Used+*c.Left)
		if c.Needed-c.Used > *c.Left {
			line = t.paint(yellow, line)
		}
		t.line("  %s", line)
	}
}

func (t *text) notChecked(a plan.Account) {
	if places := notChecked(a); len(places) > 0 {
		t.line("%s", t.paint(yellow, fmt.Sprintf("%s: NOT CHECKED for uses: %s", Inert(a.Name), strings.Join(places, ", "))))
	}
}
