package wechat

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"wxkeep/state"
)

// resume finds out where the rows stand now that an earlier run read, and takes
// their uses for found. When they do not fit, the box is read anew; see the
// comment of package state.
func (p *boxPass) resume(ctx context.Context) error {
	past := p.box.past
	if past == nil || len(past.Stretches) == 0 || !state.Fresh(past.Read, p.box.client.wire.config.Now()) {
		p.box.past = nil
		return nil
	}
	for _, u := range past.Uses {
		p.uses.Add(u)
	}
	joined, err := state.Join(ctx, past.Stretches, boxPage-1, func(ctx context.Context, offset, count int) ([]state.Row, int, error) {
		rows, err := p.stretch(ctx, offset, count)
		return rows, p.total, err
	})
	if errors.Is(err, state.ErrMoved) {
		p.box.past = nil
		p.rows, p.pages, p.odd, p.total = map[string]bool{}, nil, "", -1
		return nil
	}
	if err != nil {
		return err
	}
	for i, s := range past.Stretches {
		p.known = append(p.known, state.Stretch{Offset: joined.Offsets[i], Rows: s.Rows})
		for _, r := range s.Rows {
			p.rows[r.ID] = true
		}
	}
	p.next, p.resumed = joined.Next, true
	return nil
}

// keep returns what a later run may build on, if the box was read wholly; or else
// go on with, if the quota is used up or this run went on with something itself.
func (p *boxPass) keep(err error) *state.Scan {
	past := p.box.past
	whole := err == nil && p.doubt() == "" && len(p.rows) == p.total
	switch {
	case whole:
	case !p.box.steady, past == nil && !errors.Is(err, state.ErrQuota):
		return nil
	case past != nil && !p.resumed:
		return past
	}
	scan := &state.Scan{Place: p.box.place, Read: p.began, Whole: whole, Joined: p.resumed, Uses: dated(p.uses.List(), p.began)}
	if past != nil && p.next >= p.total {
		scan.Read = past.Read // there was nothing left to read
	}
	scan.Stretches = append(p.unseen(), p.pages...) // of equal offsets those known come first
	slices.SortStableFunc(scan.Stretches, func(a, b state.Stretch) int { return cmp.Compare(a.Offset, b.Offset) })
	if whole {
		return scan
	}
	var spans []state.Span
	for _, s := range scan.Stretches {
		spans = append(spans, state.Span{Offset: s.Offset, Rows: len(s.Rows)})
	}
	scan.Stretches = scan.Stretches[:state.WorthKeeping(spans, len(p.pages))]
	if len(scan.Stretches) == 0 {
		return nil
	}
	return scan
}

// unseen is what an earlier run read and this one did not.
func (p *boxPass) unseen() []state.Stretch {
	fresh := map[string]bool{}
	for _, s := range p.pages {
		for _, r := range s.Rows {
			fresh[r.ID] = true
		}
	}
	var left []state.Stretch
	for _, s := range p.known {
		rest := state.Stretch{Offset: s.Offset} // where the first of the rows left stands
		for _, r := range s.Rows {
			if !fresh[r.ID] {
				rest.Rows = append(rest.Rows, r)
			} else if rest.Rows == nil {
				rest.Offset++
			}
		}
		if rest.Rows != nil {
			left = append(left, rest)
		}
	}
	return left
}
