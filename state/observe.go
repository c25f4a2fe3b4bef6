package state

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"wxkeep/state/material"
)

// PageSize is the most items batchget_material gives at once.
const PageSize = 20

// Options says how to observe.
type Options struct {
	Account     string           // the account's name, for progress
	Parallelism int              // most calls in flight; 1 when not positive
	Progress    Progress         // nil for none
	Now         func() time.Time // nil for time.Now
	// Whole are types of which no id may be missing, such as news when it is a
	// reference: they are listed once more when one is (see [Listing.Whole]).
	Whole []material.Type
	// Pages are what an earlier run read before its quota was used up.
	Pages []Pages
	// Remembered is what an earlier run listed, to be built on where that is safe;
	// none to list everything anew.
	Remembered []Remembered
}

// Observe lists the live materials of the given types, each type once, as the
// package comment describes. A type may be listed for its uses alone: whether it
// is governed is decided elsewhere.
//
// When a call fails, Observe returns the error together with what it saw until
// then, in which every type that was not listed wholly has a Problem.
func Observe(ctx context.Context, l Lister, types []material.Type, opt Options) (*Snapshot, error) {
	opt = opt.withDefaults()
	snap := &Snapshot{ObservedAt: opt.Now()}
	counts, err := l.Counts(ctx)
	if err != nil {
		for _, t := range types {
			snap.Listings = append(snap.Listings, Listing{Type: t, Problem: "not listed: " + err.Error()})
		}
		return snap, err
	}
	o := &observer{lister: l, opt: opt}
	passes := make([]*pass, len(types))
	for i, t := range types {
		passes[i] = newPass(t, counts[t])
		passes[i].whole = slices.Contains(opt.Whole, t)
		passes[i].remember(opt.Pages, snap.ObservedAt)
		passes[i].recall(opt.Remembered)
	}
	err = o.probe(ctx, passes)
	if err == nil {
		err = o.list(ctx, passes)
	}
	var again []*pass
	for _, p := range passes {
		if err == nil && !p.reused && p.doubt() != "" {
			p.rewind()
			again = append(again, p)
		}
	}
	if len(again) > 0 {
		err = o.list(ctx, again)
	}
	done := err == nil && !slices.ContainsFunc(passes, func(p *pass) bool { return p.past != nil })
	for _, p := range passes {
		listing, items := p.finish(err, snap.ObservedAt)
		snap.Listings = append(snap.Listings, listing)
		if snap.Items == nil {
			snap.Items = items
		} else {
			snap.Items = append(snap.Items, items...)
		}
		snap.Uses = append(snap.Uses, p.uses.List()...)
		snap.note(p)
		if done {
			continue // nobody will have to go on
		}
		if pages, ok := p.keep(snap.ObservedAt); ok {
			snap.pages = append(snap.pages, pages)
		}
	}
	return snap, err
}

func (opt Options) withDefaults() Options {
	opt.Parallelism = max(opt.Parallelism, 1)
	if opt.Progress == nil {
		opt.Progress = Quiet{}
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return opt
}

// An observer keeps as many pages in flight as it may, whatever their type, so
// that no call waits for another type to end.
type observer struct {
	lister Lister
	opt    Options
}

func (o *observer) list(ctx context.Context, passes []*pass) error {
	for _, p := range passes {
		if p.past != nil && !p.resumed {
			if err := o.resume(ctx, p); err != nil {
				return err
			}
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(o.opt.Parallelism)
	var spent spent
	for _, p := range passes {
		for offset := p.next; offset < p.extent && !p.reused; offset += PageSize {
			if slices.Contains(p.probed, offset) {
				continue
			}
			if ctx.Err() != nil || spent.err() != nil {
				break
			}
			g.Go(func() error {
				if spent.err() != nil {
					return nil
				}
				_, err := o.stretch(ctx, p, offset, PageSize)
				return spent.note(err)
			})
		}
	}
	return cmp.Or(g.Wait(), spent.err())
}

// A spent quota ends a listing, and lets the calls in flight end by themselves:
// what they bring was paid for.
type spent struct {
	mu    sync.Mutex
	first error
}

// note takes err in if it is ErrQuota, else it returns it.
func (s *spent) note(err error) error {
	if !errors.Is(err, ErrQuota) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first == nil {
		s.first = err
	}
	return nil
}

func (s *spent) err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first
}

// stretch reads the count items that begin at offset: with one call, or with more
// when the server ends a page early.
func (o *observer) stretch(ctx context.Context, p *pass, offset, count int) ([]material.Item, error) {
	var items []material.Item
	for at, want := offset, count; want > 0; {
		page, err := o.lister.Page(ctx, p.typ, at, want)
		if err != nil {
			return items, &ListError{Type: p.typ, Offset: at, err: err}
		}
		seen := p.add(at, want, page)
		o.opt.Progress.Progress(Event{Account: o.opt.Account, Stage: "listing " + string(p.typ), Done: min(seen, p.goal), Total: p.goal})
		if items == nil {
			items = page.Items
		} else {
			items = append(items, page.Items...)
		}
		n := len(page.Items)
		if n == 0 || n > want || at+n >= page.Total {
			break
		}
		at, want = at+n, want-n
	}
	return items, nil
}

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
