package sandbox

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"

	"wxkeep/state/material"
)

// An Order is how the lists of materials are sorted, which is documented nowhere
// (wechat-api.md section 12, row 11).
type Order string

// The orders. Real answers look most like the first, in which a rename moves a
// material's time but not its place.
const (
	NewestFirst  Order = ""              // by creation
	UpdatedFirst Order = "updated_first" // by update_time: a rename moves to the front
	OldestFirst  Order = "oldest_first"  // by creation
	Scattered    Order = "scattered"     // by nothing to be seen: an upload may stand anywhere
)

func (o Order) check() error {
	if !slices.Contains([]Order{NewestFirst, UpdatedFirst, OldestFirst, Scattered}, o) {
		return fmt.Errorf("%q is not %s, %s or %s", string(o), UpdatedFirst, OldestFirst, Scattered)
	}
	return nil
}

// sort sorts rows, which come oldest first.
func (o Order) sort(rows []*item) {
	switch o {
	case NewestFirst:
		slices.Reverse(rows)
	case UpdatedFirst:
		slices.SortFunc(rows, func(a, b *item) int {
			return cmp.Or(b.Updated.Compare(a.Updated), cmp.Compare(b.seq, a.seq))
		})
	case Scattered:
		slices.SortFunc(rows, func(a, b *item) int { return cmp.Compare(scatter(a.ID), scatter(b.ID)) })
	}
}

func scatter(id material.ID) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return h.Sum64()
}
