package manifests

import (
	"gopkg.in/yaml.v3"

	"wxkeep/state/material"
)

var guardKeys = []string{
	"max_delete_percent", "max_deletes", "min_keep_live_percent", "min_age",
	"quota_reserve_percent", "allow_empty", "allow_irreversible", "max_deletes_per_day",
}

// DefaultGuards returns the limits that hold when a manifest does not say
// otherwise (DESIGN 3).
func DefaultGuards() Guards {
	return Guards{
		MaxDeletePercent:    25,
		MaxDeletes:          500,
		MinKeepLivePercent:  50,
		MinAge:              week,
		QuotaReservePercent: 20,
	}
}

// guards reads the limits that stop a run.
func (w *walker) guards(d *document, n *yaml.Node) Guards {
	g := DefaultGuards()
	m, ok := w.mapping(n, "guards", guardKeys)
	if !ok {
		return g
	}
	d.noted.note(w, "guards.", &m)
	for key, p := range map[string]*float64{
		"max_delete_percent":    &g.MaxDeletePercent,
		"min_keep_live_percent": &g.MinKeepLivePercent,
		"quota_reserve_percent": &g.QuotaReservePercent,
	} {
		if v := m.value(key); v != nil {
			*p, _ = w.percent(v, key)
		}
	}
	if v := m.value("max_deletes"); v != nil {
		g.MaxDeletes, _ = w.count(v, "max_deletes")
	}
	if v := m.value("max_deletes_per_day"); v != nil {
		g.MaxDeletesPerDay, g.DayLimited = w.count(v, "max_deletes_per_day")
	}
	if v := m.value("min_age"); v != nil {
		g.MinAge, _ = w.duration(v, "min_age")
	}
	if v := m.value("allow_empty"); v != nil {
		g.AllowEmpty = w.truth(v, "allow_empty")
	}
	if v := m.value("allow_irreversible"); v != nil {
		g.AllowIrreversible = w.irreversible(v)
	}
	return g
}

// irreversible reads the types that may be deleted although the API cannot
// bring them back.
func (w *walker) irreversible(n *yaml.Node) []material.Type {
	items, _ := w.list(n, "allow_irreversible")
	var types []material.Type
	for _, item := range items {
		if s, ok := w.choice(item, "allow_irreversible", irreversibleTypes()...); ok {
			types = append(types, material.Type(s))
		}
	}
	return types
}

// irreversibleTypes are those that cannot be uploaded again.
func irreversibleTypes() []string {
	var names []string
	for _, t := range material.Types() {
		if !t.Restorable() {
			names = append(names, string(t))
		}
	}
	return names
}
