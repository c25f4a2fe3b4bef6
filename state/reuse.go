package state

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"wxkeep/state/material"
)

// A Remembered is what an earlier run listed of one type, without what runs
// deleted since.
type Remembered struct {
	Type  material.Type
	Items []material.Item // in the order of the list
	Full  time.Time       // when the list began to be read from its front to its end
}

// Remembered returns what a later run may build on: the types that were listed
// wholly.
func (s *Snapshot) Remembered() []Remembered {
	var all []Remembered
	from := 0
	for _, l := range s.Listings {
		to := from
		for to < len(s.Items) && s.Items[to].Type == l.Type {
			to++
		}
		if l.Problem == "" && !l.Full.IsZero() {
			all = append(all, Remembered{Type: l.Type, Items: s.Items[from:to:to], Full: l.Full})
		}
		from = to
	}
	return all
}

// Drop takes the ids that are gone out of what is remembered.
func (r *Remembered) Drop(gone material.Set) {
	left := 0
	for i := range r.Items {
		if gone.Has(r.Items[i].ID) {
			continue
		}
		if left < i {
			r.Items[left] = r.Items[i]
		}
		left++
	}
	r.Items = r.Items[:left]
}

// checks is how many pages between the front and the end of a list are compared.
const checks = 3

// recall gives the pass what an earlier run listed, if it would have to be read
// less than to list the type anew.
func (p *pass) recall(all []Remembered) {
	i := slices.IndexFunc(all, func(r Remembered) bool { return r.Type == p.typ })
	if i < 0 || p.whole || p.past != nil {
		return
	}
	if all[i].Calls(p.counted) < PageCount(p.counted) {
		p.memory = &all[i]
	}
}

// Calls is how many calls it takes to see whether what is remembered still fits,
// once there are so many; as many as to list the type anew when it cannot.
func (r Remembered) Calls(counted int) int {
	anew := PageCount(counted)
	grown := counted - len(r.Items)
	order := orderOf(r.Items)
	if grown < 0 || order == unordered || grown > 0 && order != newestFirst {
		return anew
	}
	return min(anew, PageCount(grown+1)+checks+1)
}

// The orders of a list, which WeChat does not document.
type order int

const (
	unordered order = iota
	newestFirst
	oldestFirst
)

// orderOf tells the order of a list by the update times of its rows. A rename
// moves the time of a row that stays in its place, so one in twenty may be out of
// order; and where too many rows share a time nothing is known.
func orderOf(items []material.Item) order {
	up, down := 0, 0
	for i := 1; i < len(items); i++ {
		switch cmp.Compare(items[i].UpdateTime, items[i-1].UpdateTime) {
		case 1:
			up++
		case -1:
			down++
		}
	}
	few := max(10, len(items)/100)
	switch {
	case down >= few && up*20 <= down:
		return newestFirst
	case up >= few && down*20 <= up:
		return oldestFirst
	}
	return unordered
}

// probe compares what is remembered of each type with its front, its end and some
// pages between. Where all of them fit, what is remembered is reused; where one
// does not, they are the first pages of a new listing.
func (o *observer) probe(ctx context.Context, passes []*pass) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(o.opt.Parallelism)
	var spent spent
	found := map[*pass][]Placed{}
	for _, p := range passes {
		if p.memory == nil {
			continue
		}
		offsets := p.probes()
		p.goal = len(offsets) * PageSize
		read := make([]Placed, len(offsets))
		found[p] = read
		p.probed = offsets
		for i, offset := range offsets {
			g.Go(func() error {
				items, err := o.stretch(ctx, p, offset, PageSize)
				read[i] = Placed{offset, items}
				return spent.note(err)
			})
		}
	}
	err := cmp.Or(g.Wait(), spent.err())
	for p, read := range found {
		if err == nil {
			p.reuse(read)
		}
		if !p.reused {
			p.memory, p.goal = nil, p.counted
			for i, pg := range p.pages {
				p.pages[i].Items = p.rack.put(pg.Offset, p.counted, pg.Items)
			}
		}
	}
	return err
}

// probes are the offsets of the pages that are read: the front, down to the first
// row that is remembered, the end, and some between, which nobody can foretell.
func (p *pass) probes() []int {
	var offsets []int
	front := PageCount(p.counted-len(p.memory.Items)+1) * PageSize
	for at := 0; at < front; at += PageSize {
		offsets = append(offsets, at)
	}
	end := (PageCount(p.counted) - 1) * PageSize
	between := rand.Perm((end - front) / PageSize)
	for _, k := range between[:min(checks, len(between))] {
		offsets = append(offsets, front+k*PageSize)
	}
	return append(offsets, end)
}

// reuse takes what is remembered for what is there if all that was read fits:
// new rows at the front, as many as the count grew by, and behind them the
// remembered ones as they were.
func (p *pass) reuse(read []Placed) {
	known := p.memory.Items
	grown := p.counted - len(known)
	if p.odd != "" || p.most != p.least {
		return
	}
	added := make([]material.Item, 0, grown)
	ids := material.Set{}
	for _, pg := range read {
		if len(pg.Items) != min(PageSize, p.counted-pg.Offset) {
			return
		}
		for i, it := range pg.Items {
			at := pg.Offset + i - grown
			switch {
			case at < 0:
				added = append(added, it)
				ids.Add(it.ID)
			case !same(it, known[at]):
				return
			}
		}
	}
	if len(ids) != grown || slices.ContainsFunc(known, func(it material.Item) bool { return ids.Has(it.ID) }) {
		return
	}
	p.reused = true
	p.seen = known
	if grown > 0 {
		p.seen = slices.Concat(added, known)
	}
	for _, pg := range read {
		copy(p.seen[pg.Offset:], pg.Items)
	}
}

// same reports whether a row is as it was remembered. Its URL is none of a
// material's own: WeChat may give another one of the same picture.
func same(a, b material.Item) bool {
	return a.ID == b.ID && a.UpdateTime == b.UpdateTime && a.Name == b.Name
}
