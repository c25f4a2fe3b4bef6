package state

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"wxkeep/state/material"
)

// PageSize is the most items batchget_material gives at once.
const PageSize = 20

// PageCount is how many calls it takes to list so many rows.
func PageCount(rows int) int { return (rows + PageSize - 1) / PageSize }

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
