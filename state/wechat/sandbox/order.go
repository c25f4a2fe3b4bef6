package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// An Order is how lists are sorted: those of materials, and those of drafts and
// publications. It is documented nowhere (wechat-api.md sections 8.4 and 8.5, and
// 12, row 11).
type Order string

// The orders. Real lists of materials look most like the first, in which a rename
// moves a row's time but not its place.
const (
	NewestFirst  Order = ""        // the last to come in first
	OldestFirst  Order = "oldest"  // the first to come in first: what is new comes last
	UpdatedFirst Order = "updated" // by update_time: what is changed moves to the front
	ByID         Order = "id"      // by media_id or article_id: what is new comes anywhere
)

func (o Order) check() error {
	switch o {
	case NewestFirst, OldestFirst, UpdatedFirst, ByID:
		return nil
	}
	return fmt.Errorf("%q is not oldest, updated or id; leave it out for the newest first", string(o))
}

// arrange returns rows, the first to come in first, in this order.
func arrange[R interface {
	updated() time.Time
	key() string
}](o Order, rows []R) []R {
	rows = slices.Clone(rows)
	if o == OldestFirst {
		return rows
	}
	slices.Reverse(rows)
	switch o {
	case UpdatedFirst:
		slices.SortStableFunc(rows, func(a, b R) int { return cmp.Compare(b.updated().Unix(), a.updated().Unix()) })
	case ByID:
		slices.SortFunc(rows, func(a, b R) int { return strings.Compare(a.key(), b.key()) })
	}
	return rows
}

func (it *item) updated() time.Time { return it.Updated }
func (it *item) key() string        { return string(it.ID) }

func (d *draft) updated() time.Time { return d.Updated }

// key is the id that the row is listed with.
func (d *draft) key() string { return cmp.Or(d.article, string(d.ID)) }
