package reconcile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

// unfinished is what an earlier run listed before its quota was used up.
type unfinished struct {
	Pages []state.Pages
}

// read is when the last of it was read.
func (u *unfinished) read() time.Time {
	var last time.Time
	for _, p := range u.Pages {
		last = later(last, p.Read)
	}
	return last
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// unfinishedHead is the first line of an unfinished as the ledger keeps it. The
// items of all pages follow.
type unfinishedHead struct {
	Listings []pagesHead `json:"listings"`
}

type pagesHead struct {
	Type    material.Type `json:"type"`
	Counted int           `json:"counted"`
	Read    time.Time     `json:"read"`
	Pages   [][2]int      `json:"pages"` // of each page its offset and how many items it has
}

func (u *unfinished) write(w io.Writer) error {
	var head unfinishedHead
	for _, p := range u.Pages {
		h := pagesHead{Type: p.Type, Counted: p.Counted, Read: p.Read}
		for _, pg := range p.Pages {
			h.Pages = append(h.Pages, [2]int{pg.Offset, len(pg.Items)})
		}
		head.Listings = append(head.Listings, h)
	}
	return writeItems(w, head, func(write func(*material.Item) error) error {
		for _, p := range u.Pages {
			for _, pg := range p.Pages {
				for i := range pg.Items {
					if err := write(&pg.Items[i]); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
}

func readUnfinished(r io.Reader) (*unfinished, error) {
	var head unfinishedHead
	items, err := readHead(r, &head)
	if err != nil {
		return nil, err
	}
	u := &unfinished{}
	for _, h := range head.Listings {
		p := state.Pages{Type: h.Type, Counted: h.Counted, Read: h.Read}
		for _, at := range h.Pages {
			pg := state.Placed{Offset: at[0]}
			if pg.Items, err = items.next(at[1]); err != nil {
				return nil, err
			}
			p.Pages = append(p.Pages, pg)
		}
		u.Pages = append(u.Pages, p)
	}
	return u, items.end()
}

// recallPages takes from the ledger what an earlier run could not finish.
func (d *Decision) recallPages(ctx context.Context) error {
	if d.opt.Remembered {
		return nil
	}
	err := d.Account.Ledger.Pages(ctx, func(r io.Reader) error {
		u, err := readUnfinished(r)
		if err != nil {
			return fmt.Errorf("what an earlier run read cannot be read; remove accounts/%s/pages in the ledger, then the next run lists anew: %w", d.Summary.AppID, err)
		}
		d.past = u
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// pages is what an earlier run read of the listing.
func (d *Decision) pages() []state.Pages {
	if d.past == nil {
		return nil
	}
	return d.past.Pages
}

// appliable reports whether Apply may go on.
func (d *Decision) appliable() bool { return d.Summary.Status == plan.Done && d.Summary.Applicable }

// cut reports whether a used-up quota kept this run from listing everything.
func (d *Decision) cut(listed error) bool {
	return errors.Is(listed, state.ErrQuota) || errors.Is(d.again, state.ErrQuota)
}

// unfinished is what the next run may go on with: all that was listed, when the
// quota for lists is used up; else what took more than one run, for it would
// again.
func (d *Decision) unfinished(listed error) *unfinished {
	left := &unfinished{}
	for _, p := range d.snapshot.Pages() {
		if d.cut(listed) || p.Resumed {
			left.Pages = append(left.Pages, p)
		}
	}
	return left
}

// keepPages writes down what the next run may go on with. listed is the error
// that the listing ended with, or nil. What took more than one run is kept until an
// apply has used it, or it is too old.
func (d *Decision) keepPages(ctx context.Context, listed error) error {
	if d.lease == nil || d.opt.Remembered {
		return nil
	}
	ctx = context.WithoutCancel(ctx) // an interruption loses nothing
	if d.opt.Applying && d.appliable() && len(d.Deletions()) == 0 {
		return d.forgetPages(ctx)
	}
	if !d.cut(listed) && d.past == nil {
		return nil
	}
	left := d.unfinished(listed)
	if len(left.Pages) == 0 {
		return nil
	}
	if err := d.Account.Ledger.SavePages(ctx, left.read(), left.write); err != nil {
		return err
	}
	d.past = left
	return nil
}

// forgetPages forgets what was gone on with: before the first deletion, since
// positions hold only while nothing is deleted by us.
func (d *Decision) forgetPages(ctx context.Context) error {
	if d.past == nil {
		return nil
	}
	d.past = nil
	return d.Account.Ledger.ForgetPages(ctx)
}

// kept says how to go on after a used-up quota.
func (d *Decision) kept(err error) error {
	if !errors.Is(err, state.ErrQuota) {
		return err
	}
	back := "come back after " + moment(nextDay(d.opt.Now())) + " (UTC+8), when the daily quota begins again"
	rows, total := 0, 0
	for _, p := range d.snapshot.Pages() {
		rows += p.Rows()
	}
	for _, l := range d.snapshot.Listings {
		total += l.Counted
	}
	switch {
	case rows == 0:
		return fmt.Errorf("%w; %s", err, back)
	case d.lease == nil:
		return fmt.Errorf("%w; %d of %d materials were read, and are not kept, since this run only reads the ledger: use wxkeep plan --record or wxkeep apply, and %s", err, rows, total, back)
	}
	return fmt.Errorf("%w; %d of %d materials are read and kept in the ledger: %s, and the next run goes on from there", err, rows, total, back)
}
