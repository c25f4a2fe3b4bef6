package state

import (
	"context"
	"errors"
)

// ErrMoved means that what an earlier run read of a list does not fit what is
// there now: the list is read anew.
var ErrMoved = errors.New("the list is not as it was")

// A Row is what tells a row of a list from another, and from what it was.
type Row struct {
	ID      string
	Updated int64  // its update_time
	Digest  string `json:",omitempty"` // of what it says, where that is looked at: another one, another content
}

// A Stretch is rows that stood one behind the other from Offset on.
type Stretch struct {
	Offset int
	Rows   []Row
}

// ReadRows reads count rows from offset on, fewer only at the end of the list,
// and tells how many there are in all.
type ReadRows func(ctx context.Context, offset, count int) (rows []Row, total int, err error)

// Joined says where the rows that an earlier run read stand now.
type Joined struct {
	Offsets []int // of each stretch
	Next    int   // from here on nothing was read
}

// Join finds out where stretches that an earlier run read, sorted by their
// offsets, stand in the list now, which has grown by that many rows. It reads the
// front until a row appears that is as it was, each place where stretches end,
// and what lies between them: so that no row can lie between what was read then
// and what was read now. The error is [ErrMoved] when that cannot be shown, or
// read's.
func Join(ctx context.Context, stretches []Stretch, grown int, read ReadRows) (Joined, error) {
	j := newJoiner(stretches, grown, read)
	joined := Joined{Offsets: make([]int, len(stretches))}
	at, err := j.page(ctx, 0, min(max(grown+1, 1), PageSize))
	if err != nil {
		return joined, err
	}
	for i, b := range j.blocks {
		var top mark
		if top, at, err = j.top(ctx, i, at); err != nil {
			return joined, err
		}
		if at, err = j.bottom(ctx, b, top, at); err != nil {
			return joined, err
		}
		shift := top.pos - j.was[top.row]
		for _, k := range b.stretches {
			// Not behind what was read now, should rows between have gone.
			joined.Offsets[k] = min(stretches[k].Offset+shift, at.offset)
		}
	}
	joined.Next = at.end()
	return joined, nil
}

// A joiner holds the rows of an earlier run, each once, in their order.
type joiner struct {
	read   ReadRows
	grown  int
	rows   []Row
	was    []int          // where each stood then
	row    map[string]int // by id
	blocks []block
}

// A block is stretches without a gap between them.
type block struct {
	first, last int // rows
	offset, end int // then
	stretches   []int
}

// A mark is a row of an earlier run at its position now.
type mark struct{ row, pos int }

// A section is rows read now.
type section struct {
	offset int
	rows   []Row
	total  int
}

func (s section) end() int { return s.offset + len(s.rows) }

// atEnd reports whether the list has no row behind it.
func (s section) atEnd() bool { return s.end() >= s.total }

func newJoiner(stretches []Stretch, grown int, read ReadRows) *joiner {
	j := &joiner{read: read, grown: grown, row: map[string]int{}}
	for k, s := range stretches {
		n := len(j.blocks)
		before := len(j.rows)
		for i, r := range s.Rows {
			if _, twice := j.row[r.ID]; !twice {
				j.row[r.ID] = len(j.rows)
				j.rows = append(j.rows, r)
				j.was = append(j.was, s.Offset+i)
			}
		}
		switch {
		case len(j.rows) == before && n == 0: // no row of its own
		case n > 0 && (len(j.rows) == before || s.Offset <= j.blocks[n-1].end):
			b := &j.blocks[n-1]
			b.last, b.end = len(j.rows)-1, max(b.end, s.Offset+len(s.Rows))
			b.stretches = append(b.stretches, k)
		default:
			j.blocks = append(j.blocks, block{before, len(j.rows) - 1, s.Offset, s.Offset + len(s.Rows), []int{k}})
		}
	}
	return j
}

func (j *joiner) page(ctx context.Context, offset, count int) (section, error) {
	rows, total, err := j.read(ctx, offset, count)
	return section{offset, rows, total}, err
}

// mayGo is how many rows of a block may be gone, if it is still to be trusted:
// fewer than a page, or one in a hundred.
func (b block) mayGo() int { return max(PageSize-1, (b.last-b.first+1)/100) }

// has returns the row of b that r is, and whether it is one and as it was.
func (j *joiner) has(b block, r Row) (i int, member, same bool) {
	i, ok := j.row[r.ID]
	if !ok || i < b.first || i > b.last {
		return 0, false, false
	}
	return i, true, j.rows[i] == r
}

// top reads down from at until the first row of a block appears that is as it
// was. A row from far down that stands above was moved, and says nothing.
func (j *joiner) top(ctx context.Context, n int, at section) (mark, section, error) {
	b := j.blocks[n]
	unread := b.offset
	if n > 0 {
		unread -= j.blocks[n-1].end
	}
	for range (max(0, j.grown)+unread)/PageSize + 3 {
		for x, r := range at.rows {
			if i, _, same := j.has(b, r); same && i-b.first <= b.mayGo() {
				return mark{i, at.offset + x}, at, nil
			}
		}
		if at.atEnd() {
			break
		}
		var err error
		if at, err = j.page(ctx, at.end(), PageSize); err != nil {
			return mark{}, at, err
		}
	}
	return mark{}, at, ErrMoved
}

// bottom finds where a block ends now: at its last row, or else, since some are
// gone, at the first row that is none of it.
func (j *joiner) bottom(ctx context.Context, b block, top mark, at section) (section, error) {
	low := top // the lowest row that was not moved
	for range b.mayGo()/(PageSize-1) + 4 {
		ends, found := j.ends(b, at, &low)
		if ends || !found && at.offset <= low.pos+1 {
			return at, b.fits(top, low)
		}
		from := max(at.end(), min(low.pos+b.last-low.row-j.slack(top), at.total-1))
		if !found {
			from = max(low.pos+1, at.offset-(PageSize-1))
		}
		next, err := j.page(ctx, from, PageSize)
		if err != nil {
			return at, err
		}
		if below := next.end() - at.offset; !found && below >= 0 && below <= len(at.rows) {
			next.rows = append(next.rows[:len(next.rows):len(next.rows)], at.rows[below:]...)
		}
		at = next
	}
	return at, ErrMoved
}

// slack is how many rows are gone somewhere, as far as one page takes that in: the
// block may end so much higher than its top tells.
func (j *joiner) slack(top mark) int {
	return min(max(0, top.pos-j.was[top.row]-j.grown), PageSize-2)
}

// ends reports whether the block ends within at, and whether at has a row of it
// at all, of which the lowest that was not moved goes into low.
func (j *joiner) ends(b block, at section, low *mark) (ends, found bool) {
	last, lastRow := -1, -1
	for x, r := range at.rows {
		i, member, same := j.has(b, r)
		if member {
			last, lastRow = x, max(lastRow, i)
		}
		pos := at.offset + x
		above := low.pos + i - low.row - pos // rows between that are gone, if it was not moved
		if pos >= low.pos && (same || member && above >= 0 && above <= b.mayGo()) {
			*low = mark{i, pos}
		}
	}
	if last < 0 {
		return false, false
	}
	return lastRow == b.last || last < len(at.rows)-1 || at.atEnd(), true
}

// fits checks that few enough rows are gone, and that none came between.
func (b block) fits(top, low mark) error {
	between := (low.row - top.row) - (low.pos - top.pos)
	gone := (top.row - b.first) + between + (b.last - low.row)
	if between < -PageSize || gone > b.mayGo() {
		return ErrMoved
	}
	return nil
}

// WorthKeeping returns how many of some pages, sorted, a later run should go on
// with, after a run that got so many calls answered. Each hole costs a later run
// about two calls, before which it has nothing: where calls are few, what lies
// behind the first hole is not worth that, and would take all of them.
func WorthKeeping(pages []Span, calls int) int {
	end, front, holes := 0, len(pages), 0
	for i, p := range pages {
		if p.Offset > end {
			holes++
			front = min(front, i)
		}
		end = max(end, p.Offset+p.Rows)
	}
	if 2*(2*holes+2) > calls {
		return front
	}
	return len(pages)
}

// A Span is where a page begins, and how many rows it has.
type Span struct{ Offset, Rows int }
