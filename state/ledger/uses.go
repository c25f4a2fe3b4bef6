package ledger

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"wxkeep/state/material"
)

// A Use is one spot at which a material is, or was, used. It is remembered for
// ever: publishing empties the draft box, and mass-sent articles cannot be
// listed.
type Use struct {
	ID    material.ID `json:"media_id"`
	Place string      `json:"place"` // a word of a manifest's references
	Where string      `json:"where"` // the spot, in words an operator finds in the console
	First time.Time   `json:"first"` // when it was first seen
	Last  time.Time   `json:"last"`  // when it was last seen
}

// MergeUses returns the uses of both, sorted, each spot once, from the earliest
// First to the latest Last. None is ever dropped.
func MergeUses(a, b []Use) []Use {
	merged := slices.Concat(a, b)
	slices.SortStableFunc(merged, compareSpots)
	kept := merged[:0]
	for _, u := range merged {
		n := len(kept)
		if n == 0 || compareSpots(kept[n-1], u) != 0 {
			kept = append(kept, u)
			continue
		}
		if u.First.Before(kept[n-1].First) {
			kept[n-1].First = u.First
		}
		if u.Last.After(kept[n-1].Last) {
			kept[n-1].Last = u.Last
		}
	}
	return kept
}

func compareSpots(a, b Use) int {
	return cmp.Or(strings.Compare(string(a.ID), string(b.ID)), strings.Compare(a.Place, b.Place), strings.Compare(a.Where, b.Where))
}

type usesObject struct {
	Version int   `json:"version"`
	Uses    []Use `json:"uses"`
}

// Uses returns all uses remembered. An object that cannot be read is
// [*Corrupt], not empty.
func (l *Ledger) Uses(ctx context.Context) ([]Use, error) {
	data, _, err := l.get(ctx, l.key("uses.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return l.decodeUses(data)
}

func (l *Ledger) decodeUses(data []byte) ([]Use, error) {
	key := l.key("uses.json")
	var o usesObject
	if err := decode(key, data, &o); err != nil {
		return nil, err
	}
	if o.Uses == nil {
		return nil, corrupt(key, "it has no uses, not even none")
	}
	for _, u := range o.Uses {
		if err := u.check(); err != nil {
			return nil, corrupt(key, "%v", err)
		}
	}
	return o.Uses, nil
}

func (u Use) check() error {
	if _, err := material.ParseID(string(u.ID)); err != nil {
		return err
	}
	if u.Place == "" || u.First.IsZero() || u.Last.IsZero() {
		return errors.New("the use of " + string(u.ID) + " has no place or no time")
	}
	return nil
}

// RecordUses adds the uses that this run found to those remembered, and returns
// them all. A use without times was seen now. The caller holds the lease.
func (l *Ledger) RecordUses(ctx context.Context, found []Use) ([]Use, error) {
	now := l.now()
	found = slices.Clone(found)
	for i := range found {
		if found[i].First.IsZero() {
			found[i].First = now
		}
		if found[i].Last.IsZero() {
			found[i].Last = now
		}
		if err := found[i].check(); err != nil {
			return nil, err
		}
	}
	var merged []Use
	err := l.update(ctx, l.key("uses.json"), func(old []byte) ([]byte, error) {
		var uses []Use
		if old != nil {
			var err error
			if uses, err = l.decodeUses(old); err != nil {
				return nil, err
			}
		}
		merged = MergeUses(uses, found)
		return encode(usesObject{Version: format, Uses: append([]Use{}, merged...)})
	})
	if err != nil {
		return nil, err
	}
	return merged, nil
}
