package wechat

import (
	"context"
	"time"

	"wxkeep/state"
)

// A glance is a look at whether a box is as an earlier run read it.
type glance struct {
	*boxPass
	past  *state.Scan
	known []state.Row     // of past, in the order of the list
	ids   map[string]bool // of these, and of the new ones
	front []state.Row     // the new ones
}

// glance looks whether the box is as an earlier run read it wholly: it reads the
// front, until rows come that stood there then, and the last page. As many rows
// must be new as there are more of them now, and each that is read again has to be
// as it was, at the place where that puts it. Then it returns what is known of the
// box now, else nil. What it reads is not read again by this pass.
func (p *boxPass) glance(ctx context.Context) (*state.Scan, error) {
	past := p.box.past
	if past == nil || !past.Whole {
		return nil, nil
	}
	p.box.past = nil
	p.each = map[string][]state.Use{}
	g := &glance{boxPass: p, past: past, known: past.Rows(), ids: map[string]bool{}}
	for _, r := range g.known {
		g.ids[r.ID] = true
	}
	fits, err := g.looks(ctx)
	if err != nil || !fits {
		return nil, err
	}
	return g.scan(), nil
}

// grown is how many rows must be new.
func (g *glance) grown() int { return g.total - len(g.known) }

// looks reports whether the box is as it was, but for its front. One of which more
// is new than known is better read at once, with many calls in flight.
func (g *glance) looks(ctx context.Context) (bool, error) {
	for end := 0; end == 0 || end <= g.grown() && end < g.total; end += boxPage {
		fits, err := g.page(ctx, end)
		if err != nil || !fits || g.grown() > len(g.known) {
			return false, err
		}
	}
	last := max(0, g.total-1) / boxPage * boxPage
	if g.got[last] {
		return true, nil
	}
	return g.page(ctx, last)
}

// page reads a page and reports whether it is as it has to be.
func (g *glance) page(ctx context.Context, offset int) (fits bool, err error) {
	rows, err := g.stretch(ctx, offset, boxPage)
	if err != nil {
		return false, err
	}
	g.got[offset] = true
	if g.grown() < 0 || g.odd != "" || len(rows) != min(boxPage, g.total-offset) {
		return false, nil
	}
	for i, r := range rows {
		at := offset + i - g.grown()
		switch {
		case at >= 0 && g.known[at] != r, at < 0 && g.ids[r.ID]:
			return false, nil
		case at < 0:
			g.ids[r.ID] = true
			g.front = append(g.front, r)
		}
	}
	return true, nil
}

// scan is what is known of the box now. It is as old as what it builds on.
func (g *glance) scan() *state.Scan {
	var uses state.Uses
	for _, u := range g.past.Uses {
		uses.Add(u)
	}
	for _, r := range g.front {
		for _, u := range g.each[r.ID] {
			uses.Add(u)
		}
	}
	scan := *g.past
	scan.Stretches = []state.Stretch{{Rows: append(g.front, g.known...)}}
	scan.Uses = uses.List()
	return &scan
}

// dated says of uses seen in this run when that was, for a later one.
func dated(uses []state.Use, at time.Time) []state.Use {
	all := make([]state.Use, len(uses))
	for i, u := range uses {
		if u.Seen.IsZero() {
			u.Seen = at
		}
		all[i] = u
	}
	return all
}
