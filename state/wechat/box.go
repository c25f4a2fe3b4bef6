package wechat

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"wxkeep/state"
)

// A box is a list of articles that one call pages through: the draft box, or
// what was published.
type box struct {
	client *Client
	place  string
	path   string
	key    string // what names a row
	noun   string // a row, in words
	nouns  string
	steady bool        // a row seldom changes: what an earlier run read can be gone on with
	past   *state.Scan // what an earlier run read, or nil

	glanced *boxPass // what search read of a box that is as it was
}

// boxPage is the most rows of a page.
const boxPage = 20

// resumeWith takes what an earlier run read, if it can be used.
func (b *box) resumeWith(scan *state.Scan) {
	if scan.Whole || b.steady {
		b.past = scan
	}
}

// search looks whether the box is as an earlier run read it, or else reads it
// wholly.
func (b *box) search(ctx context.Context) (state.Search, error) {
	p := b.pass(&state.Uses{})
	scan, err := p.glance(ctx)
	switch {
	case err != nil:
		return state.Search{Place: b.place, Uses: p.uses.List(), Seen: len(p.rows)}, err
	case scan == nil || len(p.rows) == p.total: // that was all of it
		return b.wholly(ctx, p)
	}
	b.glanced = p
	uses := scan.Uses
	scan.Uses = dated(uses, p.began)
	return state.Search{Place: b.place, Uses: uses, Seen: p.total, Scan: scan, Partly: true}, nil
}

// rest reads what search took from an earlier run.
func (b *box) rest(ctx context.Context) (state.Search, error) {
	p := b.glanced
	b.glanced = nil
	if p == nil {
		p = b.pass(&state.Uses{})
	}
	return b.wholly(ctx, p)
}

// wholly reads the whole box, so that a use that is not found is not there. The
// box has no lock: while it is read, drafts may come, go and move from page to
// page. It counts as read when every page tells the same total and as many
// different rows were seen; else it is read once more. Uses of both passes
// count. What p has read already is not read again.
func (b *box) wholly(ctx context.Context, p *boxPass) (state.Search, error) {
	err := p.resume(ctx)
	if err == nil {
		err = p.read(ctx)
	}
	if err == nil && p.doubt() != "" {
		b.past = nil
		p = b.pass(p.uses)
		err = p.read(ctx)
	}
	found := state.Search{Place: b.place, Uses: p.uses.List(), Seen: len(p.rows), Scan: p.keep(err)}
	if err == nil && p.doubt() != "" {
		err = fmt.Errorf("%w: %s: %s, after two passes; run again when nobody is editing", state.ErrBusy, b.path, p.doubt())
	}
	return found, err
}

// A boxPass is one pass over the pages of a box.
type boxPass struct {
	box     *box
	began   time.Time
	known   []state.Stretch // what an earlier run read, where it stands now
	next    int             // from here on the box is read
	resumed bool

	mu    sync.Mutex
	uses  *state.Uses
	rows  map[string]bool
	pages []state.Stretch
	got   map[int]bool           // pages read already, by their offsets
	each  map[string][]state.Use // what each row uses; nil when nobody asks
	total int
	spent error  // the first that said so
	odd   string // what was odd about the pages
}

func (b *box) pass(uses *state.Uses) *boxPass {
	return &boxPass{box: b, began: b.client.wire.config.Now(), uses: uses, rows: map[string]bool{}, got: map[int]bool{}, total: -1}
}

// read reads the first page, which tells how many there are, and then the rest
// with as many calls in flight as the client has. When the quota is used up,
// those in flight end by themselves: what they bring was paid for. What is gone
// on with is read page by page: with few calls a day, those in flight would leave
// holes where the quota ends, day after day, and never come further.
func (p *boxPass) read(ctx context.Context) error {
	if !p.resumed {
		if err := p.first(ctx); err != nil {
			return err
		}
		p.next = boxPage
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(p.box.client.parallelism())
	if p.resumed {
		g.SetLimit(1)
	}
	for offset := p.next; offset < p.total; offset += boxPage {
		if ctx.Err() != nil || p.used() != nil {
			break
		}
		if p.got[offset] {
			continue
		}
		g.Go(func() error {
			if p.used() != nil {
				return nil
			}
			_, err := p.stretch(ctx, offset, boxPage)
			if errors.Is(err, state.ErrQuota) {
				p.use(err)
				return nil
			}
			return err
		})
	}
	return cmp.Or(g.Wait(), p.used())
}

// first reads the first page, if that was not done.
func (p *boxPass) first(ctx context.Context) error {
	if p.got[0] {
		return nil
	}
	_, err := p.stretch(ctx, 0, boxPage)
	return err
}

func (p *boxPass) use(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spent = cmp.Or(p.spent, err)
}

func (p *boxPass) used() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spent
}

// stretch reads the count rows that begin at offset: with one call, or with more
// when the server ends a page early.
func (p *boxPass) stretch(ctx context.Context, offset, count int) ([]state.Row, error) {
	var read []state.Row
	for at, want := offset, count; want > 0; {
		page, err := p.box.page(ctx, at, want)
		if err != nil {
			return read, err
		}
		p.add(at, want, page)
		read = append(read, page.rows...)
		n := len(page.rows)
		if n == 0 || n > want || at+n >= page.total {
			break
		}
		at, want = at+n, want-n
	}
	return read, nil
}

func (p *boxPass) add(offset, want int, page rows) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.total < 0 {
		p.total = page.total
	}
	switch {
	case page.total != p.total:
		p.odd = fmt.Sprintf("there were %d %s, then %d", p.total, p.box.nouns, page.total)
	case len(page.rows) > want:
		p.odd = fmt.Sprintf("the page at %d has %d %s, more than the %d asked for", offset, len(page.rows), p.box.nouns, want)
	}
	p.pages = append(p.pages, state.Stretch{Offset: offset, Rows: page.rows})
	for i, r := range page.rows {
		p.rows[r.ID] = true
		p.take(r, page.uses[i])
	}
}

// take takes in what a row uses.
func (p *boxPass) take(r state.Row, uses []state.Use) {
	for _, u := range uses {
		p.uses.Add(u)
	}
	if p.each != nil {
		p.each[r.ID] = uses
	}
}

// doubt says why the pages read are not the whole box, or nothing.
func (p *boxPass) doubt() string {
	if p.odd == "" && (len(p.rows) < p.total || p.resumed && len(p.rows) > p.total) {
		return fmt.Sprintf("%d of %d %s seen", len(p.rows), p.total, p.box.nouns)
	}
	return p.odd
}

// A rows is one page of a box.
type rows struct {
	total int
	rows  []state.Row
	uses  [][]state.Use // of each
}

// page calls for count rows from offset on, with their HTML.
func (b *box) page(ctx context.Context, offset, count int) (rows, error) {
	var page rows
	_, err := b.client.call(ctx, request{
		method: http.MethodPost,
		path:   b.path,
		limit:  maxPage,
		body: struct {
			Offset    int `json:"offset"`
			Count     int `json:"count"`
			NoContent int `json:"no_content"`
		}{offset, count, 0},
		decode: func(body io.Reader) (err error) {
			page, err = b.readPage(body, offset)
			return err
		},
	})
	if err != nil {
		return rows{}, err
	}
	return page, nil
}

// readPage reads an answer. One without total_count, without a list of rows, or
// with a row that nothing names or that lacks its articles is an error: unknown is
// not empty.
func (b *box) readPage(body io.Reader, offset int) (rows, error) {
	total, count := int64(-1), int64(-1)
	var page rows
	_, err := readAnswer(body, func(s *scanner, key []byte) error {
		switch string(key) {
		case "total_count":
			return s.integer(&total)
		case "item_count":
			return s.integer(&count)
		case "item":
			return b.readRows(s, &page)
		}
		return s.skip()
	})
	switch {
	case err != nil:
		return rows{}, err
	case total < 0:
		return rows{}, unexpected("no total_count")
	case page.rows == nil && (count != 0 || int64(offset) < total):
		return rows{}, unexpected("no list of %s, which is not an empty list", b.nouns)
	}
	page.total = int(total)
	return page, nil
}

func (b *box) readRows(s *scanner, page *rows) error {
	if none, err := s.null(); none || err != nil {
		return err
	}
	page.rows = make([]state.Row, 0, boxPage)
	articles := newArticles()
	articles.said = newDigest()
	return s.array(func() error {
		articles.reset()
		row, err := b.readRow(s, articles)
		if err != nil {
			return err
		}
		row.Digest = articles.said.take()
		page.rows = append(page.rows, row)
		page.uses = append(page.uses, articles.uses(nil, b.place, b.noun, ""))
		return nil
	})
}

func (b *box) readRow(s *scanner, articles *articles) (state.Row, error) {
	var row state.Row
	err := s.object(func(key []byte) error {
		switch string(key) {
		case b.key:
			return s.text(&row.ID)
		case "content":
			return readContent(s, articles, &row.Updated)
		}
		return s.skip()
	})
	switch {
	case err != nil:
		return row, err
	case row.ID == "":
		return row, unexpected("a %s has no %s", b.noun, b.key)
	case !articles.listed:
		return row, unexpected("%s %s has no list of articles", b.noun, row.ID)
	}
	return row, nil
}
