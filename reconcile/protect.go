package reconcile

import (
	"wxkeep/manifests"
	"wxkeep/state"
	"wxkeep/state/material"
)

// A protection is what a manifest keeps besides by its entries, ready to be asked
// about one material, and what it kept.
type protection struct {
	expired map[material.ID]*manifests.Entry // set where it matters
	retired material.Set
	rules   []manifests.Rule

	manifest *manifests.Account
	facts    Facts
	unknown  map[material.Type][]state.Shown // shown somewhere, and not identified; set where it matters
}

func protect(m *manifests.Account, f Facts) protection {
	p := protection{
		manifest: m,
		facts:    f,
		retired:  make(material.Set, len(m.Retire)),
		rules:    m.Rules,
	}
	for _, r := range m.Retire {
		p.retired.Add(r.ID)
	}
	return p
}

// rule returns the first rule that keeps it, or nil.
func (p protection) rule(it *material.Item) *manifests.Rule {
	if p.retired.Has(it.ID) {
		return nil
	}
	for i := range p.rules {
		if p.rules[i].Matches(*it, p.facts.Now) {
			return &p.rules[i]
		}
	}
	return nil
}
