package manifests

import (
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"wxkeep/state/material"
)

var ruleKeys = []string{"name", "types", "newer_than", "older_than", "before", "reason", "owner"}

// conditions is how many of ruleKeys, from the first, are conditions.
const conditions = 5

// Matches reports whether all conditions of r hold for it at now. Names are
// compared case-sensitively. Ages count from update_time, which an upload sets
// and a rename moves.
func (r Rule) Matches(it material.Item, now time.Time) bool {
	changed := time.Unix(it.UpdateTime, 0)
	switch {
	case len(r.Types) > 0 && !slices.Contains(r.Types, it.Type):
		return false
	case r.Name != "" && !match(r.Name, it.Name):
		return false
	case r.NewerThan > 0 && !changed.After(now.Add(-r.NewerThan)):
		return false
	case r.OlderThan > 0 && changed.After(now.Add(-r.OlderThan)):
		return false
	case !r.Before.IsZero() && !changed.Before(r.Before):
		return false
	}
	return true
}

// A typeAt is a type and where it is written.
type typeAt struct {
	material.Type
	at Position
}

// rules reads keep_rules, and the types that they name.
func (w *walker) rules(n *yaml.Node) ([]Rule, []typeAt) {
	items, _ := w.list(n, "keep_rules")
	var rules []Rule
	var named []typeAt
	for _, item := range items {
		r, types, ok := w.rule(item)
		if ok {
			rules = append(rules, r)
			named = append(named, types...)
		}
	}
	return rules, named
}

func (w *walker) rule(n *yaml.Node) (Rule, []typeAt, bool) {
	m, ok := w.mapping(n, "keep_rules", ruleKeys)
	if !ok {
		return Rule{}, nil, false
	}
	if !slices.ContainsFunc(ruleKeys[:conditions], m.has) {
		w.errorf(n, "this rule has no condition and would keep everything; give it name, types, newer_than, older_than or before")
		return Rule{}, nil, false
	}
	r := Rule{Position: w.position(n)}
	var named []typeAt
	if v := m.value("name"); v != nil {
		r.Name = w.pattern(v)
	}
	if v := m.value("types"); v != nil {
		named = w.types(v, "types")
		r.Types = bareTypes(named)
	}
	if v := m.value("newer_than"); v != nil {
		r.NewerThan, _ = w.span(v, "newer_than")
	}
	if v := m.value("older_than"); v != nil {
		r.OlderThan, _ = w.span(v, "older_than")
	}
	if v := m.value("before"); v != nil {
		r.Before, _ = w.date(v, "before")
	}
	if v := m.value("reason"); v != nil {
		r.Reason = w.remark(v, "reason")
	}
	if v := m.value("owner"); v != nil {
		r.Owner = w.remark(v, "owner")
	}
	return r, named, true
}

func (w *walker) pattern(n *yaml.Node) string {
	s, ok := w.word(n, "name")
	if !ok {
		return ""
	}
	if err := checkPattern(s); err != nil {
		w.errorf(n, "name: %v", err)
	}
	return s
}

// types reads a list of at least one type.
func (w *walker) types(n *yaml.Node, what string) []typeAt {
	items, _ := w.filledList(n, what)
	var types []typeAt
	for _, item := range items {
		s, ok := w.choice(item, what, typeNames()...)
		switch t := material.Type(s); {
		case !ok:
		case slices.Contains(bareTypes(types), t):
			w.errorf(item, "%s: %q is there twice", what, t)
		default:
			types = append(types, typeAt{t, w.position(item)})
		}
	}
	return types
}

func bareTypes(types []typeAt) []material.Type {
	var bare []material.Type
	for _, t := range types {
		bare = append(bare, t.Type)
	}
	return bare
}

func typeNames() []string {
	var names []string
	for _, t := range material.Types() {
		names = append(names, string(t))
	}
	return names
}
