package reconcile

import (
	"fmt"
	"time"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// A roll is what calling the entries of a manifest among the live materials
// brings, in one pass over them: an account may have 100,000 of each.
type roll struct {
	entry   []int32                          // of each item the number of the first entry that keeps it, from 1 on; 0 for none
	expired map[material.ID]*manifests.Entry // that keep nothing any more
	lasting int                              // entries that keep something
	listed  int                              // ids that they keep
	present int                              // of these, those that are live
	found   []plan.Finding
	foreign []plan.Finding // ids that look like another account's
}

// A caller calls a roll.
type caller struct {
	roll
	m        *manifests.Account
	items    []material.Item
	index    *material.Index // of the items
	complete bool            // the listing: what is not live is missing
	now      time.Time
	ours     material.ID // whose prefix is the account's; empty for none

	first  []int32              // of each item the number of its first entry, from 1 on
	absent map[material.ID]dead // ids that are not live
	twins  map[int][]int        // by the number of a first entry: findings that are to name its position
}

// A dead id is one that entries list, and that is not live.
type dead struct {
	first   int  // the number of its first entry
	counted bool // among those that are kept
}

// callRoll looks for every entry among the items, which index has. complete says
// that nothing of the listing is missing.
func callRoll(m *manifests.Account, items []material.Item, index *material.Index, complete bool, now time.Time) roll {
	c := caller{
		m: m, items: items, index: index, complete: complete, now: now, ours: prefixed(items), first: make([]int32, len(items)),
		absent: map[material.ID]dead{}, twins: map[int][]int{},
		roll: roll{entry: make([]int32, len(items)), expired: map[material.ID]*manifests.Entry{}},
	}
	for k, e := range m.Entries() {
		c.call(k, e)
	}
	if len(c.twins) > 0 {
		c.nameTwins()
	}
	return c.roll
}

func (c *caller) call(k int, e *manifests.Entry) {
	place, live := c.index.Find(e.ID)
	c.find(e, place, live)
	keeps := !e.Expired(c.now)
	if keeps {
		c.lasting++
	} else {
		past := *e
		c.expired[e.ID] = &past
	}
	first := 0
	if live {
		first = c.answered(k, place, keeps)
	} else {
		first = c.unanswered(k, e.ID, keeps)
	}
	if first != k {
		c.twins[first] = append(c.twins[first], len(c.found))
		c.say(e, plan.KeptTwice, "") // nameTwins says where
	}
}

// answered notes an entry whose item is live, and returns the number of the first
// entry of its id.
func (c *caller) answered(k, place int, keeps bool) int {
	if keeps && c.entry[place] == 0 {
		c.entry[place] = int32(k) + 1
		c.listed++
		c.present++
	}
	if c.first[place] == 0 {
		c.first[place] = int32(k) + 1
	}
	return int(c.first[place]) - 1
}

// unanswered is answered for an id that is not live.
func (c *caller) unanswered(k int, id material.ID, keeps bool) int {
	d, again := c.absent[id]
	if !again {
		d.first = k
	}
	if keeps && !d.counted {
		d.counted = true
		c.listed++
	}
	c.absent[id] = d
	return d.first
}

// nameTwins says of the ids that are kept twice where they are kept first.
func (c *caller) nameTwins() {
	for k, e := range c.m.Entries() {
		for _, at := range c.twins[k] {
			c.found[at].Message = fmt.Sprintf("also kept at %s", e.Position)
		}
	}
}

// keeps reports whether an entry keeps the item at a place, and its number.
func (r roll) keeps(place int) (number int, kept bool) {
	return int(r.entry[place]) - 1, r.entry[place] != 0
}
