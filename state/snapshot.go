package state

import (
	"context"
	"fmt"
	"time"

	"wxkeep/state/material"
)

// Counts is the answer of get_materialcount: how many materials of each type
// the account holds.
type Counts map[material.Type]int

// A Page is one answer of batchget_material.
type Page struct {
	Total int             // total_count: how many of this type there are
	Items []material.Item // in the server's order, which means nothing
	Uses  []Use           // of news: the covers and images that its articles use
}

// A Lister reads an account's permanent material.
type Lister interface {
	// Counts calls get_materialcount.
	Counts(ctx context.Context) (Counts, error)
	// Page calls batchget_material for count (1 to PageSize) items of type t
	// from offset on. An answer without a list of items is an error.
	Page(ctx context.Context, t material.Type, offset, count int) (Page, error)
}

// A Snapshot is what an account held when it was listed.
type Snapshot struct {
	ObservedAt time.Time       // when the listing began
	Listings   []Listing       // one a type, in the order asked for
	Items      []material.Item // type by type, each in the order of its list
	Uses       []Use           // what the news listed uses

	pages   []Pages             // what a later run may go on with
	seen    map[material.ID]int // of types that an earlier run listed in part: where this run saw each id
	earlier material.Set        // ids that only an earlier run saw
}

// A Listing says how one type was listed.
type Listing struct {
	Type    material.Type
	Counted int    // what get_materialcount said
	Total   int    // total_count of the last page read
	Most    int    // the highest of Counted and every page's total_count
	Listed  int    // distinct ids seen, without those that are gone
	Earlier int    // of these, ids that only an earlier run saw
	Gone    int    // ids that an earlier run saw and that are gone, as the count tells; which ones it does not
	Passes  int    // times the type was listed: 1, or 2 when the first could not be trusted
	Agreed  bool   // two passes saw the same ids, the second each once
	Problem string // why the listing is incomplete; empty when it is complete

	Full   time.Time // when the list began to be read from its front to its end
	Reused bool      // that was in an earlier run, and what it listed is taken for what is there
}

// Whole reports whether an id that is not in the listing is gone. That asks for
// more than a complete listing, which may lack one id in a hundred and is still
// honest about those it has: for two passes that agree, or for as many ids as
// any answer counted, since what is uploaded while pages are read takes the place
// of what it pushes on. A listing that was reused proves nothing of the kind.
func (l Listing) Whole() bool {
	return l.Problem == "" && !l.Reused && (l.Agreed || l.Listed >= l.Most)
}

// A ListError is why a type could not be listed.
type ListError struct {
	Type   material.Type
	Offset int
	err    error
}

// Error says what was asked for, and what came instead.
func (e *ListError) Error() string { return fmt.Sprintf("list %s at %d: %v", e.Type, e.Offset, e.err) }

// Unwrap returns the error of the call.
func (e *ListError) Unwrap() error { return e.err }

// Complete reports whether every type was listed wholly.
func (s *Snapshot) Complete() bool {
	for _, l := range s.Listings {
		if l.Problem != "" {
			return false
		}
	}
	return true
}

// IDs returns the ids of all items.
func (s *Snapshot) IDs() material.Set {
	set := make(material.Set, len(s.Items))
	for _, it := range s.Items {
		set.Add(it.ID)
	}
	return set
}

// Offsets returns where in the list of its type each of ids stood when it was
// listed. What was not listed is not among them.
func (s *Snapshot) Offsets(ids material.Set) map[material.ID]int {
	offsets := make(map[material.ID]int, len(ids))
	var typ material.Type
	offset := 0
	for i := range s.Items {
		it := &s.Items[i]
		if it.Type != typ {
			typ, offset = it.Type, 0
		}
		if ids.Has(it.ID) {
			offsets[it.ID] = offset
			if at, seen := s.seen[it.ID]; seen {
				offsets[it.ID] = at
			}
		}
		offset++
	}
	return offsets
}

// Has reports whether type t was listed.
func (s *Snapshot) Has(t material.Type) bool {
	for _, l := range s.Listings {
		if l.Type == t {
			return true
		}
	}
	return false
}
