package manifests

import (
	"slices"
	"time"

	"wxkeep/state/material"
)

// A Merge brings manifests that people wrote up to what an account holds: live
// items that no entry lists are added, and entries of ids that are not live get
// a mark in their comment.
type Merge struct {
	// Items is what the account holds, in any order. Those of a type that the
	// account does not govern are left out.
	Items  []material.Item
	Listed time.Time // when Items were listed: marks have its day (UTC+8)
	// Whole says that an id that is not among Items is not live. Without it
	// nothing is marked missing.
	Whole bool
}

// A Merging is a Merge as it changes the text of files. Nothing is written yet.
type Merging struct {
	Rewriting               // Placed has the items that are new
	Missing   []Marked      // entries that got a mark
	Live      []Marked      // entries whose mark is gone, for their ids are live again
	Unmarked  []Marked      // entries of ids that are not live, with no place for a mark
	Retired   []material.ID // live ids that were not added
}

// A Marked entry is one of the manifests as they are afterwards.
type Marked struct {
	ID material.ID
	At Position
}

// Rewrite merges into the account with that name in the manifests at paths,
// which are read as by [Load].
//
// New entries go to the end of the account document's keep list, in the order
// and with the comment in which [Import] writes them. An id that any entry
// lists is not new, though its day may be past; one that is retired is left
// out. The mark is at the beginning of the comment behind an entry: "missing
// since" and a day, which later merges leave as it is. It changes nothing that
// the manifest says. Everything else stays, byte by byte.
func (m Merge) Rewrite(paths []string, account string) (*Merging, error) {
	before, a, err := loadFor(paths, account)
	if err != nil {
		return nil, err
	}
	items, err := Import{Account: a, Items: m.Items}.sorted()
	if err != nil {
		return nil, err
	}
	result := &Merging{}
	r := newRewriter(a, result.fresh(a, items))
	r.readAll(before)
	r.place()
	marker := &marker{
		day: m.Listed.In(material.China).Format(time.DateOnly), whole: m.Whole,
		live: make(material.Set, len(items)), result: result,
	}
	for _, it := range items {
		marker.live.Add(it.ID)
	}
	for _, d := range r.documents {
		if keep := d.keys.value("keep"); keep != nil {
			marker.list(d, keep)
		}
	}
	done, after, err := r.finish(before, paths)
	if err != nil {
		return nil, err
	}
	result.Rewriting = *done
	marker.move(a, after)
	return result, nil
}

// fresh returns an edit for each item that is new.
func (r *Merging) fresh(a *Account, items []material.Item) []Edit {
	listed, retired := make(material.Set, len(a.Keep)), material.Set{}
	for _, e := range a.Keep {
		listed.Add(e.ID)
	}
	for _, id := range a.Retire {
		retired.Add(id.ID)
	}
	var edits []Edit
	for _, it := range items {
		switch {
		case listed.Has(it.ID):
		case retired.Has(it.ID):
			r.Retired = append(r.Retired, it.ID)
		default:
			edits = append(edits, Edit{ID: it.ID, Item: &it})
		}
	}
	return edits
}

// move makes the positions of the marks those in the new text. The entries of
// one id keep their order.
func (m *marker) move(before, after *Account) {
	now := map[material.ID][]Position{}
	for _, e := range after.Keep {
		now[e.ID] = append(now[e.ID], e.Position)
	}
	moved := make(map[Position]Position, len(before.Keep))
	for _, e := range before.Keep {
		moved[e.Position] = now[e.ID][0]
		now[e.ID] = now[e.ID][1:]
	}
	for _, marks := range [][]Marked{m.result.Missing, m.result.Live, m.result.Unmarked} {
		for i := range marks {
			marks[i].At = moved[marks[i].At]
		}
		slices.SortFunc(marks, func(a, b Marked) int { return a.At.compare(b.At) })
	}
}
