package ledger

import (
	"slices"

	"wxkeep/state/material"
)

// A tally is what became of each item of a run: the last that was written of it.
type tally struct {
	items map[itemKey]Item
	order []itemKey        // of the first time they were written of
	open  map[itemKey]Item // of earlier runs, not written of by this one
	carry []itemKey        // their order
}

type itemKey struct {
	action Action
	id     material.ID
}

func newTally(open []Item) *tally {
	t := &tally{items: map[itemKey]Item{}, open: map[itemKey]Item{}}
	for _, it := range open {
		k := itemKey{it.Action, it.ID}
		t.open[k] = it
		t.carry = append(t.carry, k)
	}
	return t
}

// add notes the items of an intent or an outcome.
func (t *tally) add(items []Item) {
	for _, it := range items {
		k := itemKey{it.Action, it.ID}
		old, known := t.items[k]
		if !known {
			t.order = append(t.order, k)
			old = t.open[k]
			delete(t.open, k)
		}
		if it.SHA256 == "" {
			it.SHA256 = old.SHA256
		}
		t.items[k] = it
	}
}

// all returns the items that the run wrote of.
func (t *tally) all() []Item {
	items := make([]Item, len(t.order))
	for i, k := range t.order {
		items[i] = t.items[k]
	}
	return items
}

// carried returns the open intents of earlier runs that the run did not write of.
func (t *tally) carried() []Item {
	var items []Item
	for _, k := range t.carry {
		if it, ok := t.open[k]; ok {
			items = append(items, it)
		}
	}
	return items
}

// opened returns all intents that no outcome followed, for the next run, and the
// deletions of which the outcome is that nobody knew: a listing tells later.
func opened(run string, carried, items []Item) []Item {
	open := slices.Clone(carried)
	for _, it := range items {
		if it.Outcome == "" || it.Outcome == Unknown && it.Action == Delete {
			it.Run = run
			open = append(open, it)
		}
	}
	return open
}
