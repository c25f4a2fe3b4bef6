package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A BoxOrder is the order in which drafts and publications are listed.
// WeChat's documentation does not say which it is (wechat-api.md sections 8.4
// and 8.5).
type BoxOrder string

// The orders. Only with BoxUpdated does a draft that is edited move.
const (
	BoxNewest  BoxOrder = ""        // the last to come in first
	BoxOldest  BoxOrder = "oldest"  // the first to come in first: what is new comes last
	BoxUpdated BoxOrder = "updated" // the last changed first
	BoxByID    BoxOrder = "id"      // by media_id or article_id: what is new comes anywhere
)

func (o BoxOrder) check() error {
	switch o {
	case BoxNewest, BoxOldest, BoxUpdated, BoxByID:
		return nil
	}
	return fmt.Errorf("%q is not oldest, updated or id; leave it out for the newest first", o)
}

// list returns rows, the first to come in first, in this order.
func (o BoxOrder) list(rows []*draft) []*draft {
	rows = slices.Clone(rows)
	if o == BoxOldest {
		return rows
	}
	slices.Reverse(rows)
	switch o {
	case BoxUpdated:
		slices.SortStableFunc(rows, func(a, b *draft) int { return b.Updated.Compare(a.Updated) })
	case BoxByID:
		slices.SortFunc(rows, func(a, b *draft) int {
			return cmp.Or(strings.Compare(a.article, b.article), strings.Compare(string(a.ID), string(b.ID)))
		})
	}
	return rows
}
