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
	Began   time.Time // when the first of them was read
	Read    time.Time // when the list was last read on
	Pages   []Placed  // sorted by their offsets
	Resumed bool      // some were read by an earlier run
}

// A Placed page knows where in the list it was read.
type Placed struct {
	Offset int
	Items  []material.Item
}

// began is when the first of the pages was read, which those of an older wxkeep do
// not say: then it is as long ago as can be.
func (p Pages) began() time.Time {
	if p.Began.IsZero() {
		return p.Read.Add(-PagesLast)
	}
	return p.Began
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
	p.next, p.resumed = joined.Next, true
	return nil
}

func rowsOf(items []material.Item) []Row {
	rows := make([]Row, len(items))
	for i, it := range items {
		rows[i] = Row{ID: string(it.ID), Updated: it.UpdateTime}
	}
	return rows
}

// keep returns what a later run may go on with. A pass that failed before it knew
// where the remembered pages stand leaves them as they were.
func (p *pass) keep(now time.Time) (Pages, bool) {
	switch {
	case p.whole, p.memory != nil:
		return Pages{}, false
	case p.past != nil && !p.resumed:
		pages := *p.past
		pages.Resumed = true
		return pages, true
	}
	pages := Pages{Type: p.typ, Counted: p.counted, Began: now, Read: now, Resumed: p.resumed}
	if p.resumed {
		pages.Began = p.past.began()
	}
	var spans []Span
	p.ordered(func(pg Placed, _ bool) {
		if len(pg.Items) > 0 {
			pg.Items = slices.Clone(pg.Items) // those of the snapshot may change
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

// ordered visits all that was read in the order of the list, and says what of it
// is remembered alone. What this run saw stands where it saw it; what it did not
// see comes behind the nearest row above that it saw, and that is as it was.
func (p *pass) ordered(visit func(pg Placed, known bool)) {
	slices.SortStableFunc(p.pages, byOffset)
	var behind map[int][]material.Item
	if p.resumed {
		behind = p.unseen()
		visit(Placed{0, behind[-1]}, true)
	}
	for _, pg := range p.pages {
		from := 0
		for i := range pg.Items {
			at := pg.Offset + i
			if known := behind[at]; known != nil {
				visit(Placed{pg.Offset + from, pg.Items[from : i+1]}, false)
				visit(Placed{at + 1, known}, true)
				delete(behind, at)
				from = i + 1
			}
		}
		visit(Placed{pg.Offset + from, pg.Items[from:]}, false)
	}
}

// unseen returns what only an earlier run saw, by the position of the row above.
func (p *pass) unseen() map[int][]material.Item {
	fresh := p.fresh()
	was := map[material.ID]int64{}
	for _, pg := range p.pages {
		for _, it := range pg.Items {
			was[it.ID] = it.UpdateTime
		}
	}
	behind := map[int][]material.Item{}
	above := -1
	once := material.Set{}
	for _, pg := range p.past.Pages {
		for _, it := range pg.Items {
			if once.Has(it.ID) {
				continue // pages may overlap
			}
			once.Add(it.ID)
			at, again := fresh[it.ID]
			switch {
			case !again:
				behind[above] = append(behind[above], it)
			case was[it.ID] == it.UpdateTime:
				above = max(above, at)
			}
		}
	}
	return behind
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
