package render

import (
	"fmt"
	"slices"
	"strings"

	"wxkeep/reconcile/plan"
)

// unfolded is how many deletions of an account are shown without being unfolded.
const unfolded = 25

// deletions is what is deleted of an account; after an apply, what became of it,
// beginning with what did not go as planned.
func (d document) deletions(s *sheet, a plan.Account) {
	var planned, other, deleted []plan.Change
	for _, c := range d.changes[a.Name] {
		switch {
		case c.Action != plan.Delete:
		case c.Outcome == "":
			planned = append(planned, c)
		case c.Outcome == plan.Deleted:
			deleted = append(deleted, c)
		default:
			other = append(other, c)
		}
	}
	s.table(changed(a, other, "not deleted", "materials that were not deleted", true))
	s.table(changed(a, deleted, "deleted", "deletions", false))
	for _, c := range causes {
		of := only(planned, c.of)
		s.table(changed(a, of, c.with("to delete", ", "), "deletions", len(of) <= unfolded && c.title != pendingTitle))
	}
	if a.Result != nil {
		s.table(remarked(a, "remarks", remarks(a)))
	}
}

func remarks(a plan.Account) []string {
	var lines []string
	for _, m := range a.Result.Messages {
		lines = append(lines, "- "+code(m)+"\n")
	}
	if a.Result.Verified {
		lines = append(lines, "- verified: the account was counted again and agrees\n")
	}
	return lines
}

// changed is a table of materials.
func changed(a plan.Account, changes []plan.Change, title, what string, open bool) table {
	t := folded(a, title, what, len(changes), open)
	t.head += row("type", "media_id", "name", "last change", "why") + row(":--", ":--", ":--", ":--", ":--")
	t.line = func(i int) string {
		c := changes[i]
		return row(code(string(c.Item.Type)), code(string(c.Item.ID)), code(cut(nameOf(c.Item), 2*nameWidth)), date(c.Item), code(fateOf(c)))
	}
	return t
}

// fateOf is why a material is deleted or not, or why it was not.
func fateOf(c plan.Change) string {
	switch {
	case c.Outcome == "" || c.Outcome == plan.Deleted:
		return why(c)
	case c.Note == "":
		return string(c.Outcome)
	}
	return string(c.Outcome) + ": " + c.Note
}

// remarked is a list of remarks.
func remarked(a plan.Account, what string, lines []string) table {
	t := folded(a, what, what, len(lines), false)
	t.line = func(i int) string { return lines[i] }
	return t
}

// folded is a part that a reader may fold away, or unfold, without its lines. title
// is in the plural.
func folded(a plan.Account, title, what string, n int, open bool) table {
	state := ""
	if open {
		state = " open"
	}
	if n == 1 {
		title = strings.TrimSuffix(title, "s")
	}
	head := fmt.Sprintf("<details%s>\n<summary>%s: %d %s</summary>\n\n", state, tagged(a.Name), n, title)
	return table{what: what, head: head, foot: "\n</details>\n\n", count: n}
}

// details is what is not deleted of an account, and why.
func (d document) details(s *sheet, a plan.Account) {
	changes := d.changes[a.Name]
	for _, c := range causes {
		s.table(changed(a, only(changes, ofBoth(toHold, c.of)), c.with("held", ", "), "holds", false))
	}
	var findings, guards []string
	for _, f := range findingsOf(a) {
		findings = append(findings, fmt.Sprintf("- %s %s\n", code(f.Kind), code(finding(f))))
	}
	for _, g := range a.Guards {
		guards = append(guards, fmt.Sprintf("- %s %s: %s\n", code(g.Name), code(g.Status), code(g.Message)))
	}
	s.table(remarked(a, "findings", findings))
	s.table(changed(a, only(changes, inUse), "in use", "materials in use", false))
	s.table(remarked(a, "guards", guards))
	if d.all {
		s.table(changed(a, only(changes, toKeep), "kept", "kept materials", false))
	}
}

// only returns the changes that are wanted.
func only(changes []plan.Change, wanted func(plan.Change) bool) []plan.Change {
	return slices.DeleteFunc(slices.Clone(changes), func(c plan.Change) bool { return !wanted(c) })
}
