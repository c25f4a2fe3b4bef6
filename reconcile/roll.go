package reconcile

import (
	"time"

	"wxkeep/manifests"
	"wxkeep/state/material"
)

// A roll is what calling the entries of a manifest among the live materials
// brings. Each is looked for once, and whoever asks later needs no map.
type roll struct {
	keep  []manifests.Entry
	item  []int32 // of each entry the place of its item, from 1 on; 0 when it is not live
	first []int32 // of each entry the first one of the same id
	entry []int32 // of each item its first entry that is not expired, from 1 on; 0 for none
}

// callRoll looks for each entry among the items that live has, n of them.
func callRoll(keep []manifests.Entry, live *material.Index, n int, now time.Time) roll {
	r := roll{keep: keep, item: make([]int32, len(keep)), first: make([]int32, len(keep)), entry: make([]int32, n)}
	called := make([]int32, n)        // of each item its first entry, from 1 on
	absent := map[material.ID]int32{} // the first entry of each id that is not live
	for k := range keep {
		e, at := &keep[k], int32(k)
		place, found := live.Find(e.ID)
		switch first, again := absent[e.ID]; {
		case found && called[place] != 0:
			r.first[k] = called[place] - 1
		case found:
			called[place], r.first[k] = at+1, at
		case again:
			r.first[k] = first
		default:
			absent[e.ID], r.first[k] = at, at
		}
		if !found {
			continue
		}
		r.item[k] = int32(place) + 1
		if r.entry[place] == 0 && !e.Expired(now) {
			r.entry[place] = at + 1
		}
	}
	return r
}

// keeps returns the entry that keeps the item at a place, or nil.
func (r roll) keeps(place int) *manifests.Entry {
	if r.entry[place] == 0 {
		return nil
	}
	return &r.keep[r.entry[place]-1]
}

// present counts the ids that entries keep at now, and those of them that are
// live.
func (r roll) present(now time.Time) (listed, live int) {
	counted := make([]bool, len(r.keep))
	for k := range r.keep {
		if first := r.first[k]; !counted[first] && !r.keep[k].Expired(now) {
			counted[first] = true
			listed++
			if r.item[k] != 0 {
				live++
			}
		}
	}
	return listed, live
}
