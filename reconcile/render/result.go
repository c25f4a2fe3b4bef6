package render

import (
	"fmt"

	"wxkeep/reconcile/plan"
)

// result tells what became of one account's deletions, in their order. Of one
// outcome no more are listed than of anything else.
func (t *text) result(a plan.Account, changes []plan.Change) {
	listed, hidden := map[plan.Outcome]int{}, map[plan.Outcome]int{}
	var order []plan.Outcome
	for _, c := range changes {
		switch {
		case c.Outcome == "":
		case t.style.All || listed[c.Outcome] < t.most.deletions:
			listed[c.Outcome]++
			t.fate(c)
		default:
			if hidden[c.Outcome] == 0 {
				order = append(order, c.Outcome)
			}
			hidden[c.Outcome]++
		}
	}
	name := Inert(a.Name)
	for _, o := range order {
		t.line("%s: … and %d more %s (--all lists them)", name, hidden[o], Inert(string(o)))
	}
	for _, m := range a.Result.Messages {
		t.line("%s: %s", name, Inert(m))
	}
	if a.Result.Verified {
		t.line("%s: verified: the account was counted again and agrees", name)
	}
	t.line("%s: %s", name, outcomes(a.Result.Outcomes))
}

// fate is what became of one deletion, in one line or, where the terminal is too
// narrow, in two.
func (t *text) fate(c plan.Change) {
	what := fmt.Sprintf("%s %s", Inert(string(c.Item.Type)), Inert(string(c.Item.ID)))
	more := fmt.Sprintf("%s  %s", date(c.Item), cut(nameOf(c.Item), nameWidth))
	if c.Note != "" {
		more += "  " + Inert(c.Note)
	}
	account, outcome := Inert(c.Account), Inert(string(c.Outcome))
	begin := fmt.Sprintf("%s: %s %s", account, t.paint(colorOf(c.Outcome), outcome), what)
	if line := fmt.Sprintf("%s: %s %s  %s", account, outcome, what, more); t.style.Width == 0 || widthOf(line) <= t.style.Width {
		t.line("%s  %s", begin, more)
		return
	}
	t.line("%s", begin)
	t.wrap(rowIndent, more)
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
