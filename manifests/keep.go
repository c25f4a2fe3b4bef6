package manifests

import (
	"gopkg.in/yaml.v3"

	"wxkeep/state/material"
)

var entryKeys = []string{"media_id", "name", "reason", "owner", "until"}

// keep reads the keep list of one document.
func (w *walker) keep(n *yaml.Node) []Entry {
	items, ok := w.list(n, "keep")
	if !ok {
		return nil
	}
	count := w.entryCount(items)
	entries, ids := make([]Entry, 0, count), make(seen, count)
	for _, item := range items {
		w.entries(item, func(e Entry, ok bool) {
			if ok && w.once(ids, e.ID, e.Position) {
				entries = append(entries, e)
			}
		})
	}
	return entries
}

// entry reads one item of a keep list: a media_id, or a mapping that has one.
func (w *walker) entry(n *yaml.Node) (Entry, bool) {
	e := Entry{Position: w.position(n)}
	if n.Kind != yaml.MappingNode {
		id, ok := w.id(n, "keep")
		e.ID = id
		return e, ok
	}
	m, ok := w.mapping(n, "keep", entryKeys)
	if !ok {
		return e, false
	}
	w.require(&m, "media_id", "name the material that may remain")
	if v := m.value("name"); v != nil {
		e.Name, _ = w.scalar(v, "name")
	}
	if v := m.value("reason"); v != nil {
		e.Reason = w.remark(v, "reason")
	}
	if v := m.value("owner"); v != nil {
		e.Owner = w.remark(v, "owner")
	}
	if v := m.value("until"); v != nil {
		e.Until, _ = w.lastDay(v, "until")
	}
	if v := m.value("media_id"); v != nil {
		e.ID, ok = w.id(v, "media_id")
		return e, ok
	}
	return e, false
}

// id reads a media_id.
func (w *walker) id(n *yaml.Node, what string) (material.ID, bool) {
	s, ok := w.scalar(n, what)
	if !ok {
		return "", false
	}
	return w.parseID(s, what, w.position(n))
}

func (w *walker) parseID(s, what string, at Position) (material.ID, bool) {
	id, err := material.ParseID(s)
	if err != nil {
		w.problems.add(at, "%s: %v", what, err)
		return "", false
	}
	return id, true
}

// seen maps the ids of one list to where they stand.
type seen map[material.ID]place

// A place is a line and a column: a Position without its file.
type place struct{ line, column int32 }

// once reports an id that the same list has already.
func (w *walker) once(ids seen, id material.ID, at Position) bool {
	first, twice := ids[id]
	if twice {
		w.problems.add(at, "media_id %q is listed twice; first at %s", id, Position{File: w.file, Line: int(first.line), Column: int(first.column)})
		return false
	}
	ids[id] = place{int32(at.Line), int32(at.Column)}
	return true
}

// retire reads the ids that rules no longer keep.
func (w *walker) retire(n *yaml.Node) []Retired {
	var retired []Retired
	w.ids(n, "retire", func(id material.ID, at Position) {
		retired = append(retired, Retired{ID: id, Position: at})
	})
	return retired
}

// canaries reads the ids that must be live.
func (w *walker) canaries(n *yaml.Node) []material.ID {
	var canaries []material.ID
	w.ids(n, "canaries", func(id material.ID, _ Position) {
		canaries = append(canaries, id)
	})
	return canaries
}

// ids reads a list of different media_ids.
func (w *walker) ids(n *yaml.Node, what string, each func(material.ID, Position)) {
	items, _ := w.list(n, what)
	ids := make(seen, len(items))
	for _, item := range items {
		if id, ok := w.id(item, what); ok && w.once(ids, id, w.position(item)) {
			each(id, w.position(item))
		}
	}
}
