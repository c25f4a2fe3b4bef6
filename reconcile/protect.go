package reconcile

import (
	"time"

	"wxkeep/manifests"
	"wxkeep/state/material"
)

// A protection is what a manifest keeps, ready to be asked about one material.
type protection struct {
	entries map[material.ID]*manifests.Entry // unexpired
	expired map[material.ID]*manifests.Entry
	retired material.Set
	rules   []manifests.Rule
	now     time.Time
}

func protect(m *manifests.Account, now time.Time) protection {
	p := protection{
		entries: make(map[material.ID]*manifests.Entry, len(m.Keep)),
		expired: map[material.ID]*manifests.Entry{},
		retired: make(material.Set, len(m.Retire)),
		rules:   m.Rules,
		now:     now,
	}
	for i := range m.Keep {
		e := &m.Keep[i]
		switch {
		case e.Expired(now):
			p.expired[e.ID] = e
		case p.entries[e.ID] == nil:
			p.entries[e.ID] = e
		}
	}
	for _, r := range m.Retire {
		p.retired.Add(r.ID)
	}
	return p
}

// rule returns the first rule that keeps it, or nil.
func (p protection) rule(it material.Item) *manifests.Rule {
	if p.retired.Has(it.ID) {
		return nil
	}
	for i := range p.rules {
		if p.rules[i].Matches(it, p.now) {
			return &p.rules[i]
		}
	}
	return nil
}
