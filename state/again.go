package state

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"wxkeep/state/material"
)

// gone is how many of the ids listed are gone, as the count tells.
func gone(listed, counted, total int) int { return max(0, listed-min(counted, total)) }

// earlier returns the ids that only an earlier run saw.
func (p *pass) earlier() []material.ID {
	var ids []material.ID
	if p.reused {
		fresh := p.fresh()
		for _, it := range p.items() {
			if _, ok := fresh[it.ID]; !ok {
				ids = append(ids, it.ID)
			}
		}
		return ids
	}
	p.ordered(func(pg Placed, known bool) {
		for _, it := range pg.Items {
			if known {
				ids = append(ids, it.ID)
			}
		}
	})
	return ids
}

// note takes in which ids of a pass this run saw, and which only an earlier one.
func (s *Snapshot) note(p *pass) {
	if !p.resumed && !p.reused {
		return
	}
	if s.seen == nil {
		s.seen, s.earlier = map[material.ID]int{}, material.Set{}
	}
	for id, at := range p.fresh() {
		s.seen[id] = at
	}
	for _, id := range p.earlier() {
		s.earlier.Add(id)
	}
}

// Pages returns what a later run may go on with: the pages read of each type, but
// for those of which no id may be missing.
func (s *Snapshot) Pages() []Pages { return s.pages }

// Earlier reports whether only an earlier run saw id. It may be gone by now, or
// have changed.
func (s *Snapshot) Earlier(id material.ID) bool { return s.earlier.Has(id) }

// Gone is how many of the ids are gone that an earlier run saw: see [Listing].
func (s *Snapshot) Gone() int {
	n := 0
	for _, l := range s.Listings {
		n += l.Gone
	}
	return n
}

// Past is how many of the ids only an earlier run saw.
func (s *Snapshot) Past() int {
	n := 0
	for _, l := range s.Listings {
		n += l.Earlier
	}
	return n
}

// rounds is how often an id is looked for where it should be.
const rounds = 4

// SeeAgain reads the pages again on which an earlier run saw ids, each page once.
// What is there now takes the place of what was remembered, and what is gone is
// removed. An id that cannot be found, since the list moves, stays as it is
// ([Snapshot.Earlier]); so do those that were not looked for because a call
// failed.
func (s *Snapshot) SeeAgain(ctx context.Context, l Lister, ids material.Set, opt Options) error {
	opt = opt.withDefaults()
	for range rounds {
		var windows []window
		for _, listing := range s.Listings {
			windows = append(windows, s.windows(listing, ids)...)
		}
		if len(windows) == 0 {
			return nil
		}
		a := &again{Snapshot: s, opt: opt, total: len(windows)}
		if err := a.read(ctx, l, windows); err != nil {
			return err
		}
	}
	return nil
}

// A window is a page that is to be read again.
type window struct {
	typ    material.Type
	offset int
}

// A place is where an id should be: at low, or at high, or between.
type place struct{ low, high int }

// windows returns as few pages as have all the ids of a type that only an earlier
// run saw, and a row above each: where one is gone, those below move up, and with
// the row above prove it.
func (s *Snapshot) windows(l Listing, ids material.Set) []window {
	if l.Earlier == 0 {
		return nil
	}
	places := s.places(l.Type, ids)
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(a.low, b.low), cmp.Compare(a.high, b.high)) })
	var windows []window
	end := 0 // of the last window
	for _, p := range places {
		if len(windows) > 0 && p.high < end && p.low > end-PageSize {
			continue
		}
		at := p.low - 1
		if p.high-p.low >= PageSize-1 {
			at = (p.low + p.high - PageSize) / 2
		}
		at = max(0, at)
		windows = append(windows, window{l.Type, at})
		end = at + PageSize
	}
	return windows
}

// places says where ids should be, by the nearest rows above and below that this
// run saw. Where some between are gone, an id stands a little higher.
func (s *Snapshot) places(t material.Type, ids material.Set) []place {
	type wanted struct {
		index int
		place place
	}
	var all []wanted
	index, above, from := 0, -1, 0 // above: the position just seen, or that before the list
	last := -1                     // its index
	settle := func(below int) {
		for i := from; i < len(all); i++ {
			w := &all[i]
			w.place.low = below - (index - w.index)
			if w.place.low > w.place.high { // more rows than there were: the list moves
				w.place.low, w.place.high = w.place.high, w.place.low
			}
			w.place.low = max(0, w.place.low)
		}
		from = len(all)
	}
	for _, it := range s.Items {
		if it.Type != t {
			continue
		}
		if at, ok := s.seen[it.ID]; ok {
			settle(at)
			above, last = at, index
		} else if ids.Has(it.ID) {
			high := above + index - last
			all = append(all, wanted{index, place{high, high}})
		}
		index++
	}
	places := make([]place, len(all))
	for i, w := range all {
		places[i] = w.place
	}
	return places
}

// An again is pages that are read again.
type again struct {
	*Snapshot
	opt   Options
	total int

	mu    sync.Mutex
	pages []reread
}

type reread struct {
	window
	page Page
}

func (a *again) read(ctx context.Context, l Lister, windows []window) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(a.opt.Parallelism)
	var spent spent
	for _, w := range windows {
		if ctx.Err() != nil || spent.err() != nil {
			break
		}
		g.Go(func() error {
			if spent.err() != nil {
				return nil
			}
			page, err := l.Page(ctx, w.typ, w.offset, PageSize)
			if err != nil {
				return spent.note(&ListError{Type: w.typ, Offset: w.offset, err: err})
			}
			a.add(reread{w, page})
			return nil
		})
	}
	err := cmp.Or(g.Wait(), spent.err())
	a.settle()
	return err
}

func (a *again) add(r reread) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pages = append(a.pages, r)
	a.opt.Progress.Progress(Event{Account: a.opt.Account, Stage: "reading again " + string(r.typ), Done: len(a.pages), Total: a.total})
}

// settle puts what was read in the place of what was remembered.
func (a *again) settle() {
	index := make(map[material.ID]int, len(a.Items))
	for i, it := range a.Items {
		index[it.ID] = i
	}
	absent := material.Set{}
	for _, r := range a.pages {
		for _, id := range a.missing(r, index) {
			absent.Add(id)
		}
	}
	for _, r := range a.pages {
		for k, it := range r.page.Items {
			i, known := index[it.ID]
			if !known {
				continue // uploaded meanwhile
			}
			a.Items[i] = it
			a.seen[it.ID] = r.offset + k
			delete(a.earlier, it.ID)
			delete(absent, it.ID)
		}
	}
	a.Items = slices.DeleteFunc(a.Items, func(it material.Item) bool { return absent.Has(it.ID) })
	for id := range absent {
		delete(a.earlier, id)
	}
	a.count()
}

// missing returns the ids remembered that should be on a page, between others
// that are, or at an end of the list, and are not.
func (a *again) missing(r reread, index map[material.ID]int) []material.ID {
	first, last := -1, -1
	on := material.Set{}
	for _, it := range r.page.Items {
		on.Add(it.ID)
		i, known := index[it.ID]
		switch {
		case !known || it.UpdateTime != a.Items[i].UpdateTime: // it may stand elsewhere now
		case first < 0:
			first, last = i, i
		default:
			first, last = min(first, i), max(last, i)
		}
	}
	if first < 0 {
		return nil
	}
	of := func(it material.Item) bool { return it.Type == r.typ }
	if r.offset == 0 { // nothing stands above
		first = min(first, slices.IndexFunc(a.Items, of))
	}
	if r.offset+len(r.page.Items) >= r.page.Total { // nor below
		for last+1 < len(a.Items) && of(a.Items[last+1]) {
			last++
		}
	}
	var ids []material.ID
	for _, it := range a.Items[first : last+1] {
		if a.Earlier(it.ID) && !on.Has(it.ID) {
			ids = append(ids, it.ID)
		}
	}
	return ids
}

// count counts what is left.
func (a *again) count() {
	for i := range a.Listings {
		l := &a.Listings[i]
		if l.Earlier == 0 {
			continue
		}
		items, earlier := 0, 0
		for _, it := range a.Items {
			if it.Type != l.Type {
				continue
			}
			items++
			if a.Earlier(it.ID) {
				earlier++
			}
		}
		l.Earlier, l.Gone = earlier, gone(items, l.Counted, l.Total)
		l.Listed = items - l.Gone
	}
}
