package manifests

import (
	"regexp"

	"gopkg.in/yaml.v3"
)

var approvalKeys = []string{"changes", "until", "reason"}

var changesDigest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// approvals reads the sets of deletions that may exceed two of the guards.
func (w *walker) approvals(n *yaml.Node) []Approval {
	items, _ := w.list(n, "approvals")
	var approvals []Approval
	for _, item := range items {
		if m, ok := w.mapping(item, "approvals", approvalKeys); ok {
			approvals = append(approvals, w.approval(&m))
		}
	}
	return approvals
}

func (w *walker) approval(m *mapping) Approval {
	w.require(m, "changes", "give the changes_digest of the plan that is approved")
	w.require(m, "until", "give the last day on which the approval holds")
	a := Approval{Position: w.position(m.node)}
	if v := m.value("changes"); v != nil {
		a.Changes = w.form(v, "changes", changesDigest, "sha256: and 64 characters of 0-9 a-f, a plan's changes_digest")
	}
	if v := m.value("until"); v != nil {
		a.Until, _ = w.lastDay(v, "until")
	}
	if v := m.value("reason"); v != nil {
		a.Reason = w.remark(v, "reason")
	}
	return a
}

// form reads a word that has the form of a pattern.
func (w *walker) form(n *yaml.Node, what string, pattern *regexp.Regexp, want string) string {
	s, ok := w.word(n, what)
	if ok && !pattern.MatchString(s) {
		w.errorf(n, "%s: want %s, not %s", what, want, w.quoted(s))
		return ""
	}
	return s
}
