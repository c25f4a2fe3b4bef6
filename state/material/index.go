package material

import "hash/maphash"

// An Index finds things by their ids. It holds their places alone, in 8 to 16
// bytes a thing, where a map would hold the ids, too.
type Index struct {
	seed  maphash.Seed
	id    func(place int) ID
	table []uint32 // places from 1 on, each behind where its hash falls; 0 is free
	n     int
}

// NewIndex returns an empty Index with room for n things. id tells the id of what
// stands at a place; it must not change.
func NewIndex(n int, id func(place int) ID) *Index {
	size := 16
	for size < 2*n {
		size *= 2
	}
	return &Index{seed: maphash.MakeSeed(), id: id, table: make([]uint32, size)}
}

// IndexOf returns the Index of items.
func IndexOf(items []Item) *Index {
	x := NewIndex(len(items), func(place int) ID { return items[place].ID })
	for i := range items {
		x.Add(i)
	}
	return x
}

// Add takes in what stands at place, unless something with the same id was taken
// in before: then it reports false, and Find finds that.
func (x *Index) Add(place int) bool {
	if 2*x.n >= len(x.table) {
		x.grow()
	}
	slot := x.slot(x.id(place))
	if x.table[slot] != 0 {
		return false
	}
	x.table[slot] = uint32(place) + 1
	x.n++
	return true
}

// Find returns the place of id, and whether it was taken in.
func (x *Index) Find(id ID) (place int, found bool) {
	at := x.table[x.slot(id)]
	return int(at) - 1, at != 0
}

// Has reports whether id was taken in.
func (x *Index) Has(id ID) bool { return x.table[x.slot(id)] != 0 }

// slot is where id stands in the table, or else where it is to stand.
func (x *Index) slot(id ID) int {
	mask := len(x.table) - 1
	slot := int(maphash.String(x.seed, string(id))) & mask
	for x.table[slot] != 0 && x.id(int(x.table[slot])-1) != id {
		slot = (slot + 1) & mask
	}
	return slot
}

func (x *Index) grow() {
	old := x.table
	x.table = make([]uint32, 2*len(old))
	for _, at := range old {
		if at != 0 {
			x.table[x.slot(x.id(int(at)-1))] = at
		}
	}
}
