package state

import (
	"context"
	"errors"
	"slices"
	"time"

	"wxkeep/state/material"
)

// Pages are what a listing has read of one type, for a later run to go on with.
type Pages struct {
	Type    material.Type
	Counted int       // what get_materialcount said then
	Read    time.Time // when the list was last read on
	Pages   []Placed  // sorted by their offsets
	Resumed bool      // some were read by an earlier run
}

// A Placed page knows where in the list it was read.
type Placed struct {
	Offset int
	Items  []material.Item
}

// Rows returns how many rows the pages have.
func (p Pages) Rows() int {
	n := 0
	for _, pg := range p.Pages {
		n += len(pg.Items)
	}
	return n
}

// PagesLast is how long pages can be gone on with, from when the list was last
// read on.
const PagesLast = 7 * 24 * time.Hour

// Fresh reports whether what was read then may still be gone on with. A time far
// ahead is that of a clock that was wrong.
func Fresh(read, now time.Time) bool { return now.Sub(read).Abs() <= PagesLast }

// remember gives the pass what an earlier run read.
func (p *pass) remember(all []Pages, now time.Time) {
	i := slices.IndexFunc(all, func(pages Pages) bool { return pages.Type == p.typ })
	if i < 0 || p.whole || !Fresh(all[i].Read, now) || len(all[i].Pages) == 0 {
		return
	}
	p.past = &all[i]
}

// resume finds out where the remembered pages stand now. When they do not fit,
// they are forgotten: then the type is listed from its start.
func (o *observer) resume(ctx context.Context, p *pass) error {
	stretches := make([]Stretch, len(p.past.Pages))
	for i, pg := range p.past.Pages {
		stretches[i] = Stretch{pg.Offset, rowsOf(pg.Items)}
	}
	joined, err := Join(ctx, stretches, p.counted-p.past.Counted, func(ctx context.Context, offset, count int) ([]Row, int, error) {
		items, err := o.stretch(ctx, p, offset, count)
		return rowsOf(items), p.total, err
	})
	switch {
	case errors.Is(err, ErrMoved):
		p.rewind()
		p.passes = 1
		return nil
	case err != nil:
		return err
	}
	for i, pg := range p.past.Pages {
		p.known = append(p.known, Placed{joined.Offsets[i], pg.Items})
	}
	p.next, p.resumed = joined.Next, true
	return nil
}

func rowsOf(items []material.Item) []Row {
	rows := make([]Row, len(items))
	for i, it := range items {
		rows[i] = Row{string(it.ID), it.UpdateTime}
	}
	return rows
}

// keep returns what a later run may go on with. A pass that failed before it knew
// where the remembered pages stand leaves them as they were.
func (p *pass) keep(now time.Time) (Pages, bool) {
	switch {
	case p.whole:
		return Pages{}, false
	case p.past != nil && !p.resumed:
		pages := *p.past
		pages.Resumed = true
		return pages, true
	}
	pages := Pages{Type: p.typ, Counted: p.counted, Read: now, Resumed: p.resumed}
	var spans []Span
	p.ordered(func(pg Placed, _ bool) {
		if len(pg.Items) > 0 {
			pages.Pages = append(pages.Pages, pg)
			spans = append(spans, Span{pg.Offset, len(pg.Items)})
		}
	})
	pages.Pages = pages.Pages[:WorthKeeping(spans, len(p.pages))]
	if p.past != nil && p.next >= p.extent {
		pages.Read = p.past.Read // there was nothing left to read
	}
	return pages, len(pages.Pages) > 0
}

// ordered visits all pages by their offsets, and says which are remembered:
// without the items that this run saw, wherever they stand now.
func (p *pass) ordered(visit func(pg Placed, known bool)) {
	slices.SortStableFunc(p.pages, byOffset)
	if len(p.known) == 0 {
		for _, pg := range p.pages {
			visit(pg, false)
		}
		return
	}
	fresh := p.fresh()
	i := 0
	for _, pg := range p.known {
		pg = pg.without(fresh)
		for ; i < len(p.pages) && p.pages[i].Offset < pg.Offset; i++ {
			visit(p.pages[i], false)
		}
		visit(pg, true)
	}
	for ; i < len(p.pages); i++ {
		visit(p.pages[i], false)
	}
}

// without is pg without the items that are fresh: it begins where the first of the
// others stands.
func (pg Placed) without(fresh map[material.ID]int) Placed {
	left := Placed{Offset: pg.Offset, Items: make([]material.Item, 0, len(pg.Items))}
	for _, it := range pg.Items {
		if _, again := fresh[it.ID]; !again {
			left.Items = append(left.Items, it)
		} else if len(left.Items) == 0 {
			left.Offset++
		}
	}
	return left
}

func byOffset(a, b Placed) int { return a.Offset - b.Offset }

// fresh is where this pass saw each id.
func (p *pass) fresh() map[material.ID]int {
	at := make(map[material.ID]int, p.rows)
	for _, pg := range p.pages {
		for i, it := range pg.Items {
			at[it.ID] = pg.Offset + i
		}
	}
	return at
}
