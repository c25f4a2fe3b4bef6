package state

import (
	"slices"

	"wxkeep/state/material"
)

// A rack holds the items of a list where they stand in it. When all pages came
// once, as nearly always, it is the listing, and nothing is copied.
type rack []material.Item

// rackRoom is how long a rack gets at most, whatever an answer counted: the
// most that an account may hold of one type is 100,000.
//
// Source: wechat-api.md section 2.5.
const rackRoom = 1 << 17

// put puts the items of a page where they stand, and returns them there. What does
// not fit, or would take another's place, stays where it is.
func (r *rack) put(offset, counted int, items []material.Item) []material.Item {
	if *r == nil {
		*r = make(rack, max(0, min(counted, rackRoom)))
	}
	if offset+len(items) > len(*r) {
		return items
	}
	room := (*r)[offset : offset+len(items) : offset+len(items)]
	if slices.ContainsFunc(room, func(it material.Item) bool { return it != material.Item{} }) {
		return items
	}
	copy(room, items)
	return room
}

// racked returns all items if they stand on the rack without a gap, each id
// once; else nil.
func (p *pass) racked() []material.Item {
	if p.resumed || p.before != nil {
		return nil
	}
	slices.SortStableFunc(p.pages, byOffset)
	n := 0
	for _, pg := range p.pages {
		if len(pg.Items) == 0 {
			continue
		}
		if n >= len(p.rack) || &pg.Items[0] != &p.rack[n] {
			return nil
		}
		n += len(pg.Items)
	}
	items := p.rack[:n:n]
	index := material.NewIndex(n, func(place int) material.ID { return items[place].ID })
	for i := range items {
		if !index.Add(i) {
			return nil
		}
	}
	return items
}
