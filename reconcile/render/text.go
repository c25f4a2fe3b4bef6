package render

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// Style says how text looks.
type Style struct {
	Color bool // ANSI colours; only for a terminal
	All   bool // list everything, however much
}

// most is how many items of one type and action are listed unless all are asked
// for.
const most = 100

// nameWidth is how many columns a name gets.
const nameWidth = 32

// Text writes a plan for people: by account what would be deleted and held, the
// findings and the guards; then what was not checked, one line per account, and
// Terraform's own last line.
func Text(w io.Writer, p *plan.Plan, style Style) error {
	t := newText(w, style)
	for _, a := range p.Accounts {
		t.account(a, p.ByAccount(a.Name))
	}
	for _, a := range p.Accounts {
		t.notChecked(a)
	}
	for _, a := range p.Accounts {
		t.summary(a)
	}
	t.line("")
	if n := p.Deletions(); n > 0 {
		t.line("changes digest: %s", p.ChangesDigest)
		t.line("Plan: 0 to add, 0 to change, %d to destroy.", n)
	} else if p.Status() == plan.Done && anySkipped(p) {
		t.line("No changes. What was looked at matches its manifest.")
	} else if p.Status() == plan.Done {
		t.line("No changes. Your material matches the manifest.")
	} else {
		t.line("Nothing is planned. See above why.")
	}
	return t.flush()
}

// Result writes what apply did: each deletion with its outcome, what was
// verified, and Terraform's own last line.
func Result(w io.Writer, p *plan.Plan, style Style) error {
	t := newText(w, style)
	t.line("")
	destroyed := 0
	for _, a := range p.Accounts {
		if a.Result == nil {
			continue
		}
		destroyed += a.Result.Outcomes[plan.Deleted]
		t.result(a, p.ByAccount(a.Name))
	}
	word := "Apply complete!"
	if p.Status() != plan.Done {
		word = "Apply incomplete."
	}
	t.line("")
	t.line("%s Resources: 0 added, 0 changed, %d destroyed.", word, destroyed)
	return t.flush()
}

type text struct {
	w     *bufio.Writer
	style Style
}

func newText(w io.Writer, style Style) *text {
	return &text{bufio.NewWriter(w), style}
}

func (t *text) flush() error { return t.w.Flush() }

func (t *text) line(format string, args ...any) {
	fmt.Fprintln(t.w, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

// The colours, as ANSI codes.
const (
	red    = "31"
	yellow = "33"
	green  = "32"
	bold   = "1"
)

func (t *text) paint(code, s string) string {
	if !t.style.Color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (t *text) account(a plan.Account, changes []plan.Change) {
	t.line("%s", t.paint(bold, fmt.Sprintf("%s (%s)", a.Name, a.AppID)))
	if a.Error != "" {
		t.line("  %s %s", t.paint(red, "error:"), Inert(a.Error))
	}
	if a.Skipped != "" {
		t.line("  %s %s", t.paint(yellow, "not looked at:"), Inert(a.Skipped))
	}
	for _, g := range byCause(changes) {
		t.group(t.paint(red, "- delete"), g.title, plan.Delete, g.changes)
	}
	for _, g := range byCause(changes) {
		t.group(t.paint(yellow, "~ hold"), g.title, plan.Hold, g.changes)
	}
	t.group(t.paint(green, "  in use"), "", plan.Keep, slices.DeleteFunc(slices.Clone(changes), func(c plan.Change) bool { return c.Reason != plan.Referenced }))
	if t.style.All {
		t.group("  keep", "", plan.Keep, slices.DeleteFunc(slices.Clone(changes), func(c plan.Change) bool { return c.Reason == plan.Referenced }))
	}
	t.findings(a)
	t.guards(a)
	t.calls(a.Calls)
	t.line("")
}

func (t *text) group(title, cause string, action plan.Action, changes []plan.Change) {
	for _, typ := range material.Types() {
		var group []plan.Change
		for _, c := range changes {
			if c.Action == action && c.Item.Type == typ {
				group = append(group, c)
			}
		}
		if len(group) == 0 {
			continue
		}
		t.line("  %s %s (%d)%s", title, typ, len(group), cause)
		show := group
		if !t.style.All && len(show) > most {
			show = show[:most]
		}
		for _, c := range show {
			reason := string(c.Reason)
			if c.Detail != "" {
				reason += ": " + Inert(c.Detail)
			}
			t.line("      %s  %s", item(c.Item), reason)
		}
		if n := len(group) - len(show); n > 0 {
			t.line("      … and %d more %s (--all lists them)", n, typ)
		}
	}
}

// item is a material in one line: what a reader can find in the console.
func item(it material.Item) string {
	date := time.Unix(it.UpdateTime, 0).In(material.China).Format("2006-01-02")
	return fmt.Sprintf("%s  %s  %s", it.ID, date, fit(Inert(it.Name), nameWidth))
}

func (t *text) findings(a plan.Account) {
	// What was not checked stands above the summary.
	show := slices.DeleteFunc(slices.Clone(a.Findings), func(f plan.Finding) bool { return f.Kind == plan.NotChecked })
	if !t.style.All && len(show) > most {
		show = show[:most]
	}
	for _, f := range show {
		where := ""
		if f.Position != "" {
			where = Inert(f.Position) + ": "
		}
		id := ""
		if f.MediaID != "" {
			id = string(f.MediaID) + " "
		}
		t.line("  %s %s%s%s", t.paint(yellow, "! "+f.Kind), where, id, Inert(f.Message))
	}
	if n := len(a.Findings) - len(show); n > 0 {
		t.line("  … and %d more findings (--all lists them)", n)
	}
}

func (t *text) guards(a plan.Account) {
	for _, g := range a.Guards {
		word := t.paint(green, g.Status)
		if g.Status == plan.Blocked {
			word = t.paint(red, "BLOCKED")
		}
		if g.Status == plan.Limited {
			word = t.paint(yellow, g.Status)
		}
		t.line("  guard %s: %s (%s)", g.Name, word, Inert(g.Message))
	}
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
	var places []string
	for _, r := range a.References {
		if r.Status == plan.Off {
			places = append(places, r.Source)
		}
	}
	if len(places) > 0 {
		t.line("%s", t.paint(yellow, fmt.Sprintf("%s: NOT CHECKED for uses: %s", a.Name, strings.Join(places, ", "))))
	}
}

func (t *text) summary(a plan.Account) {
	s := a.Summary
	if a.Skipped != "" {
		t.line("%s: not looked at", a.Name)
		return
	}
	t.line("%s: %d kept, %d in use, %d held, %d to delete, %d missing (%d live)", a.Name, s.Keep, s.InUse, s.Hold, s.Delete, s.Missing, s.Live)
	if said := divided(a); said != "" {
		t.line("%s: %s", a.Name, said)
	}
}

func (t *text) result(a plan.Account, changes []plan.Change) {
	shown, hidden := 0, 0
	for _, c := range changes {
		if c.Outcome == "" {
			continue
		}
		if c.Outcome == plan.Deleted && shown >= most && !t.style.All {
			hidden++
			continue
		}
		shown++
		note := ""
		if c.Note != "" {
			note = "  " + Inert(c.Note)
		}
		t.line("%s: %s %s %s%s", a.Name, t.paint(colorOf(c.Outcome), string(c.Outcome)), c.Item.Type, item(c.Item), note)
	}
	if hidden > 0 {
		t.line("%s: … and %d more deleted (--all lists them)", a.Name, hidden)
	}
	for _, m := range a.Result.Messages {
		t.line("%s: %s", a.Name, Inert(m))
	}
	if a.Result.Verified {
		t.line("%s: verified: the account was counted again and agrees", a.Name)
	}
	t.line("%s: %s", a.Name, outcomes(a.Result.Outcomes))
}

func colorOf(o plan.Outcome) string {
	switch o {
	case plan.Deleted, plan.AlreadyAbsent:
		return green
	case plan.Failed, plan.Undecided, plan.ArchiveFailed:
		return red
	}
	return yellow
}

// outcomes lists how many there are of each, in the order of the plan package.
func outcomes(n map[plan.Outcome]int) string {
	var words []string
	for _, o := range []plan.Outcome{plan.Deleted, plan.AlreadyAbsent, plan.Changed, plan.Refused, plan.ArchiveFailed, plan.Deferred, plan.Failed, plan.Undecided} {
		if n[o] > 0 {
			words = append(words, fmt.Sprintf("%d %s", n[o], strings.ReplaceAll(string(o), "_", " ")))
		}
	}
	return strings.Join(words, ", ")
}
