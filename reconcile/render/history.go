package render

import (
	"fmt"
	"io"

	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// History writes runs for people, the oldest first.
func History(w io.Writer, h plan.History, style Style) error {
	t := newText(w, style)
	for _, r := range h.Runs {
		t.line("%s", t.paint(bold, fmt.Sprintf("%s  %s (%s)", Inert(r.Run), Inert(r.Account), Inert(r.AppID))))
		for _, it := range r.Items {
			more := ""
			if it.New != "" {
				more = "  now " + Inert(string(it.New))
			}
			if it.Note != "" {
				more += "  " + Inert(it.Note)
			}
			t.line("  %s %s %s  %s  %s%s", it.At.In(material.China).Format("2006-01-02 15:04:05"), t.paint(colorOf(it.Outcome), Inert(string(it.Outcome))),
				Inert(string(it.Type)), Inert(string(it.MediaID)), fit(Inert(it.Name), nameWidth), more)
		}
	}
	if len(h.Runs) == 0 {
		t.line("Nothing is in the journal that fits.")
	}
	return t.flush()
}

// Restoration writes what was brought back, or would be.
func Restoration(w io.Writer, r plan.Restoration, style Style) error {
	t := newText(w, style)
	for _, it := range r.Restored {
		to := Inert(string(it.New))
		if to == "" {
			to = "-"
		}
		note := ""
		if it.Note != "" {
			note = "  " + Inert(it.Note)
		}
		t.line("%s → %s  %s  %s%s", Inert(string(it.Old)), to, Inert(string(it.Type)), fit(Inert(it.Name), nameWidth), note)
	}
	return t.flush()
}

// Explanation writes the verdict about one material and everything that bears on
// it: * is what counts.
func Explanation(w io.Writer, e plan.Explanation, style Style) error {
	t := newText(w, style)
	title := Inert(e.Account)
	if e.MediaID != "" {
		title += ": " + Inert(string(e.MediaID))
	}
	if e.Item != nil {
		title += fmt.Sprintf("  %s  %s  %s", Inert(string(e.Item.Type)), date(*e.Item), cut(nameOf(*e.Item), nameWidth))
	}
	t.line("%s", t.paint(bold, title))
	verdict := Inert(e.Detail)
	if e.Action != "" {
		verdict = fmt.Sprintf("%s: %s %s", e.Action, e.Reason, verdict)
	}
	t.line("  %s", verdict)
	for _, c := range e.Considered {
		mark := " "
		if c.Counts {
			mark = t.paint(yellow, "*")
		}
		t.line("  %s %-11s %s", mark, c.What, Inert(c.Detail))
	}
	return t.flush()
}
