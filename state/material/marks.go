package material

import (
	"hash/maphash"
	"slices"
)

// Marks stand for many ids in 4 bytes each, where there is no room for the ids.
type Marks struct {
	seed   maphash.Seed
	sorted []uint32
}

// MarksOf returns the marks of the items' ids.
func MarksOf(items []Item) Marks {
	m := Marks{seed: maphash.MakeSeed(), sorted: make([]uint32, len(items))}
	for i := range items {
		m.sorted[i] = m.mark(items[i].ID)
	}
	slices.Sort(m.sorted)
	return m
}

func (m Marks) mark(id ID) uint32 { return uint32(maphash.String(m.seed, string(id))) }

// MayHave reports whether id may be one of the ids. It never says no of one that
// is, and yes of one that is not as often as there are ids among four thousand
// million.
func (m Marks) MayHave(id ID) bool {
	if m.sorted == nil {
		return false
	}
	_, found := slices.BinarySearch(m.sorted, m.mark(id))
	return found
}
