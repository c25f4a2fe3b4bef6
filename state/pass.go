package state

import (
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"wxkeep/state/material"
)

// A pass is one type while it is listed: one pass over its pages, or two that
// are joined.
type pass struct {
	typ     material.Type
	counted int
	extent  int  // how far the list is read
	whole   bool // no id may be missing

	past    *Pages // what an earlier run read; nil for nothing
	next    int    // from here on the list is read
	resumed bool   // known fits

	memory *Remembered // what an earlier run listed; nil for nothing
	probed []int       // offsets of the pages that were read to compare it
	reused bool        // it is taken for what is there

	mu     sync.Mutex
	pages  []Placed
	rack   rack
	hashes map[uint64]int // a page's ids → its offset
	seed   maphash.Seed
	total  int // of the last page
	most   int // the highest total, counted among them
	least  int // the lowest
	goal   int // how many rows are to be read
	rows   int
	passes int
	odd    string // what was odd about this pass's pages
	before []material.Item
	uses   Uses
	seen   []material.Item // all of them once; nil when it has to be found out again
}

func newPass(t material.Type, counted int) *pass {
	return &pass{typ: t, counted: counted, extent: counted, total: counted, most: counted, least: counted, goal: counted, passes: 1, hashes: map[uint64]int{}, seed: maphash.MakeSeed()}
}

// add records a page and returns how many rows this pass has seen.
func (p *pass) add(offset, want int, page Page) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = nil
	p.total = page.Total
	p.most, p.least = max(p.most, page.Total), min(p.least, page.Total)
	p.rows += len(page.Items)
	items := page.Items
	if p.memory == nil { // what is remembered has its places
		items = p.rack.put(offset, p.counted, items)
	}
	p.pages = append(p.pages, Placed{offset, items})
	for _, u := range page.Uses {
		p.uses.Add(u)
	}
	if len(page.Items) > want {
		p.odd = fmt.Sprintf("the page at %d has %d items, more than the %d asked for", offset, len(page.Items), want)
	}
	if len(page.Items) > 0 {
		h := p.hash(page.Items)
		if other, dup := p.hashes[h]; dup {
			p.odd = fmt.Sprintf("the page at %d repeats the page at %d", offset, other)
		}
		p.hashes[h] = offset
	}
	return p.rows
}

func (p *pass) hash(items []material.Item) uint64 {
	var h maphash.Hash
	h.SetSeed(p.seed)
	for _, it := range items {
		_, _ = h.WriteString(string(it.ID))
		_ = h.WriteByte(' ')
	}
	return h.Sum64()
}

// doubt says why the pages read cannot be trusted, or nothing.
func (p *pass) doubt() string {
	if p.odd != "" {
		return p.odd
	}
	listed := len(p.items())
	if p.whole && listed < p.most {
		return fmt.Sprintf("%d of %d %s listed", listed, p.most, p.typ)
	}
	return p.short(listed, p.counted)
}

// short says so when there are more than 1 % fewer ids than expected.
func (p *pass) short(listed, expected int) string {
	if listed*100 >= expected*99 {
		return ""
	}
	return fmt.Sprintf("%d of %d %s listed", listed, expected, p.typ)
}

// rewind keeps what was seen and makes ready for the second pass. Where no id may
// be missing, that reads as far as the list reaches by now: what uploads pushed
// behind the end of the first pass would be behind that of the second, too.
func (p *pass) rewind() {
	if p.whole {
		p.extent = max(p.extent, p.most)
	}
	p.past, p.next, p.resumed, p.probed = nil, 0, false, nil
	p.before = p.items()
	p.pages, p.rack, p.seen, p.odd, p.rows = nil, nil, nil, "", 0
	clear(p.hashes)
	p.passes++
}

// items returns every item seen once, in the order of the list.
func (p *pass) items() []material.Item {
	if p.seen != nil {
		return p.seen
	}
	if p.seen = p.racked(); p.seen != nil {
		return p.seen
	}
	items := make([]material.Item, 0, p.rows+len(p.before))
	index := material.NewIndex(p.rows+len(p.before), func(place int) material.ID { return items[place].ID })
	add := func(more []material.Item) {
		for i := range more {
			items = append(items, more[i])
			if !index.Add(len(items) - 1) {
				items = items[:len(items)-1]
			}
		}
	}
	p.ordered(func(pg Placed, _ bool) { add(pg.Items) })
	add(p.before)
	p.seen = items
	return items
}

func (p *pass) finish(failed error, now time.Time) (Listing, []material.Item) {
	items := p.items()
	l := Listing{Type: p.typ, Counted: p.counted, Total: p.total, Most: p.most, Passes: p.passes, Agreed: p.agreed(), Full: now, Reused: p.reused}
	switch {
	case p.reused:
		l.Earlier, l.Full = len(p.earlier()), p.memory.Full
	case p.resumed:
		l.Earlier, l.Full = len(p.earlier()), p.past.began()
		l.Gone = gone(len(items), p.counted, p.total)
	}
	l.Listed = len(items) - l.Gone
	// A list that shrank between the two counts is not short.
	expected := min(p.counted, p.total)
	if l.Agreed && expected-len(items) < PageSize {
		expected = len(items) // it is the count that is wrong
	}
	l.Problem = p.short(len(items), expected)
	if l.Problem != "" {
		l.Problem += " after " + plural(p.passes)
	}
	if failed != nil && (len(items) < p.counted || p.past != nil) { // what an earlier run saw may be gone
		l.Problem = fmt.Sprintf("%d of %d %s listed: %v", len(items), p.counted, p.typ, failed)
	}
	return l, items
}

// agreed reports whether both passes saw the same ids, and each only once, in a
// list that they read to its end.
func (p *pass) agreed() bool {
	if p.passes < 2 || p.most > p.extent || p.rows != len(p.before) {
		return false
	}
	first := make(material.Set, len(p.before))
	for _, it := range p.before {
		first.Add(it.ID)
	}
	for _, pg := range p.pages {
		for _, it := range pg.Items {
			delete(first, it.ID)
		}
	}
	return len(first) == 0
}

func plural(passes int) string {
	if passes == 1 {
		return "one pass"
	}
	return fmt.Sprintf("%d passes", passes)
}
