package state

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wxkeep/state/material"
)

// A shelf is a list of ids behind the Lister interface, with a server's quirks.
type shelf struct {
	ids    []string
	hidden int // counted, but never listed
	cap    int // items a page has at most
	page   func(s *shelf, offset, count int) (Page, error)

	mu    sync.Mutex
	calls []string
}

func (s *shelf) Counts(context.Context) (Counts, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, "count")
	return Counts{material.Image: len(s.ids) + s.hidden}, nil
}

func (s *shelf) Page(_ context.Context, _ material.Type, offset, count int) (Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, fmt.Sprintf("%d+%d", offset, count))
	if s.page != nil {
		return s.page(s, offset, count)
	}
	return s.slice(offset, count), nil
}

func (s *shelf) slice(offset, count int) Page {
	p := Page{Total: len(s.ids) + s.hidden}
	if s.cap > 0 {
		count = min(count, s.cap)
	}
	for _, id := range s.ids[min(offset, len(s.ids)):min(offset+count, len(s.ids))] {
		p.Items = append(p.Items, material.Item{ID: material.ID(id), Type: material.Image})
	}
	return p
}

func numbered(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("id%04d", i)
	}
	return ids
}

func TestObserve(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		shelf *shelf
		calls []string
		want  Listing
	}{
		{
			name:  "an empty account is not listed",
			shelf: &shelf{},
			calls: []string{"count"},
			want:  Listing{Passes: 1},
		},
		{
			name:  "each page is read once",
			shelf: &shelf{ids: numbered(45)},
			calls: []string{"count", "0+20", "20+20", "40+20"},
			want:  Listing{Counted: 45, Total: 45, Most: 45, Listed: 45, Passes: 1},
		},
		{
			name:  "a full last page has no successor",
			shelf: &shelf{ids: numbered(40)},
			calls: []string{"count", "0+20", "20+20"},
			want:  Listing{Counted: 40, Total: 40, Most: 40, Listed: 40, Passes: 1},
		},
		{
			name:  "a page that ends early is continued where it ended",
			shelf: &shelf{ids: numbered(25), cap: 8},
			calls: []string{"count", "0+20", "8+12", "16+4", "20+20"},
			want:  Listing{Counted: 25, Total: 25, Most: 25, Listed: 25, Passes: 1},
		},
		{
			name:  "one id in a hundred may be missing",
			shelf: &shelf{ids: numbered(198), hidden: 2},
			calls: []string{"count", "0+20", "20+20", "40+20", "60+20", "80+20", "100+20", "120+20", "140+20", "160+20", "180+20", "198+2"},
			want:  Listing{Counted: 200, Total: 200, Most: 200, Listed: 198, Passes: 1},
		},
		{
			name:  "more missing is listed once more, and the count is wrong if both passes agree",
			shelf: &shelf{ids: numbered(18), hidden: 19},
			calls: []string{"count", "0+20", "18+2", "20+20", "0+20", "18+2", "20+20"},
			want:  Listing{Counted: 37, Total: 37, Most: 37, Listed: 18, Passes: 2, Agreed: true},
		},
		{
			name:  "a page missing is incomplete, even if both passes agree",
			shelf: &shelf{ids: numbered(18), hidden: 20},
			calls: []string{"count", "0+20", "18+2", "20+20", "0+20", "18+2", "20+20"},
			want:  Listing{Counted: 38, Total: 38, Most: 38, Listed: 18, Passes: 2, Agreed: true, Problem: "18 of 38 image listed after 2 passes"},
		},
		{
			name: "passes that differ are incomplete",
			shelf: &shelf{ids: numbered(19), hidden: 6, page: func(s *shelf, offset, _ int) (Page, error) {
				first := len(s.calls) / 4 // of the second pass another row
				return Page{Total: 25, Items: s.slice(first, 18).Items[min(offset, 18):]}, nil
			}},
			calls: []string{"count", "0+20", "18+2", "20+20", "0+20", "18+2", "20+20"},
			want:  Listing{Counted: 25, Total: 25, Most: 25, Listed: 19, Passes: 2, Problem: "19 of 25 image listed after 2 passes"},
		},
		{
			name: "a server that ignores the offset is incomplete",
			shelf: &shelf{ids: numbered(40), page: func(s *shelf, _, count int) (Page, error) {
				return s.slice(0, count), nil
			}},
			calls: []string{"count", "0+20", "20+20", "0+20", "20+20"},
			want:  Listing{Counted: 40, Total: 40, Most: 40, Listed: 20, Passes: 2, Problem: "20 of 40 image listed after 2 passes"},
		},
		{
			name: "a page longer than asked for is doubted, and listed once more",
			shelf: &shelf{ids: numbered(30), page: func(s *shelf, offset, _ int) (Page, error) {
				return s.slice(offset, 25), nil
			}},
			calls: []string{"count", "0+20", "20+20", "0+20", "20+20"},
			want:  Listing{Counted: 30, Total: 30, Most: 30, Listed: 30, Passes: 2},
		},
		{
			name: "an id that a moving list hides once is found by the second pass",
			shelf: &shelf{ids: numbered(40), page: func(s *shelf, offset, count int) (Page, error) {
				if len(s.calls) == 2 { // somebody uploads after the first page
					p := s.slice(offset, count)
					s.ids = append(numbered(45)[40:], s.ids...)
					return p, nil
				}
				return s.slice(offset, count), nil
			}},
			calls: []string{"count", "0+20", "20+20", "0+20", "20+20"},
			want:  Listing{Counted: 40, Total: 45, Most: 45, Listed: 40, Passes: 2},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			snap, err := Observe(t.Context(), tt.shelf, []material.Type{material.Image}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Type = material.Image
			if diff := cmp.Diff([]Listing{tt.want}, snap.Listings, cmpopts.IgnoreFields(Listing{}, "Full")); diff != "" {
				t.Errorf("Listings mismatch (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.calls, tt.shelf.calls); diff != "" {
				t.Errorf("calls mismatch (-want +got):\n%s", diff)
			}
			if got, want := len(snap.IDs()), snap.Listings[0].Listed; got != want || len(snap.Items) != want {
				t.Errorf("%d items with %d ids, want %d of both", len(snap.Items), got, want)
			}
		})
	}
}

func TestObserveKeepsTheOrderOfTheList(t *testing.T) {
	t.Parallel()
	s := &shelf{ids: numbered(130)}
	snap, err := Observe(t.Context(), s, []material.Type{material.Image}, Options{Parallelism: 8})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, it := range snap.Items {
		got = append(got, string(it.ID))
	}
	if diff := cmp.Diff(numbered(130), got); diff != "" {
		t.Errorf("order mismatch (-want +got):\n%s", diff)
	}
	offsets := snap.Offsets(material.Set{"id0077": {}, "id0000": {}, "elsewhere": {}})
	if diff := cmp.Diff(map[material.ID]int{"id0000": 0, "id0077": 77}, offsets); diff != "" {
		t.Errorf("Offsets() mismatch (-want +got):\n%s", diff)
	}
}

func TestObserveReturnsWhatItSawBesideTheError(t *testing.T) {
	t.Parallel()
	s := &shelf{ids: numbered(60), page: func(s *shelf, offset, count int) (Page, error) {
		if offset == 40 {
			return Page{}, fmt.Errorf("the page is gone: %w", ErrBusy)
		}
		return s.slice(offset, count), nil
	}}
	snap, err := Observe(t.Context(), s, []material.Type{material.Image}, Options{})
	if !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), "list image at 40") {
		t.Errorf("error %q is not ErrBusy of the page at 40", err)
	}
	want := []Listing{{Type: material.Image, Counted: 60, Total: 60, Most: 60, Listed: 40, Passes: 1}}
	if diff := cmp.Diff(want, snap.Listings, cmpopts.IgnoreFields(Listing{}, "Problem", "Full")); diff != "" {
		t.Errorf("Listings mismatch (-want +got):\n%s", diff)
	}
	if snap.Complete() {
		t.Error("the listing is complete, though a page is missing")
	}
}

type countless struct{ shelf }

func (*countless) Counts(context.Context) (Counts, error) { return nil, ErrQuota }

func TestObserveListsNothingWithoutACount(t *testing.T) {
	t.Parallel()
	s := &countless{}
	snap, err := Observe(t.Context(), s, []material.Type{material.Image, material.News}, Options{})
	if !errors.Is(err, ErrQuota) {
		t.Errorf("error %v, want ErrQuota", err)
	}
	if len(snap.Listings) != 2 || snap.Complete() || len(s.calls) != 0 {
		t.Errorf("listings %v after calls %v, want two incomplete ones and no call", snap.Listings, s.calls)
	}
}

type recorder struct {
	mu     sync.Mutex
	events []Event
}

func (r *recorder) Progress(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

func TestObserveTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	var r recorder
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	snap, err := Observe(t.Context(), &shelf{ids: numbered(25)}, []material.Type{material.Image},
		Options{Account: "brand", Progress: &r, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	want := []Event{
		{Account: "brand", Stage: "listing image", Done: 20, Total: 25},
		{Account: "brand", Stage: "listing image", Done: 25, Total: 25},
	}
	if diff := cmp.Diff(want, r.events); diff != "" {
		t.Errorf("events mismatch (-want +got):\n%s", diff)
	}
	if !snap.ObservedAt.Equal(now) {
		t.Errorf("observed at %s, want %s", snap.ObservedAt, now)
	}
}

func TestShortIsMoreThanOnePercent(t *testing.T) {
	t.Parallel()
	p := newPass(material.Image, 0)
	var short []string
	for _, n := range [][2]int{{0, 0}, {99, 100}, {98, 100}, {9, 10}, {990, 1000}, {989, 1000}} {
		if p.short(n[0], n[1]) != "" {
			short = append(short, fmt.Sprintf("%d/%d", n[0], n[1]))
		}
	}
	if want := []string{"98/100", "9/10", "989/1000"}; !slices.Equal(short, want) {
		t.Errorf("short: %v, want %v", short, want)
	}
}

// Uploads while news is listed push others behind the end that was counted. Two
// passes over the same beginning of a list agree, and say nothing about its end.
func TestWhatUploadsPushBehindTheEndIsNotTakenForGone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		grows int // passes before which the list grows
		want  Listing
		whole bool
	}{
		{"the second pass reads to the new end", 1, Listing{Counted: 15, Total: 35, Most: 35, Listed: 35, Passes: 2}, true},
		{"a list that grows again is not whole", 2, Listing{Counted: 15, Total: 55, Most: 55, Listed: 55 - 15, Passes: 2}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			passes := 0
			s := &shelf{ids: numbered(15), page: func(s *shelf, offset, count int) (Page, error) {
				if offset == 0 {
					if passes++; passes <= tt.grows {
						s.ids = append(numbered(15 + 20*passes)[15+20*(passes-1):], s.ids...)
					}
				}
				return s.slice(offset, count), nil
			}}
			snap, err := Observe(t.Context(), s, []material.Type{material.Image}, Options{Whole: []material.Type{material.Image}})
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Type = material.Image
			if diff := cmp.Diff([]Listing{tt.want}, snap.Listings, cmpopts.IgnoreFields(Listing{}, "Full")); diff != "" {
				t.Errorf("Listings mismatch (-want +got):\n%s", diff)
			}
			if got := snap.Listings[0].Whole(); got != tt.whole {
				t.Errorf("Whole() = %v, want %v", got, tt.whole)
			}
		})
	}
}

// Pages in flight together are answered in any order. What was uploaded between
// two of them takes, by count, the place of what it pushed on, and the page
// answered before says nothing of it.
func TestUploadsDoNotHideWhatTheyPushOn(t *testing.T) {
	t.Parallel()
	before := numbered(45)
	s := &shelf{ids: before, page: func(s *shelf, offset, count int) (Page, error) {
		s.ids = before
		if offset < 40 { // answered after 25 uploads
			s.ids = append(numbered(70)[45:], before...)
		}
		return s.slice(offset, count), nil
	}}
	snap, err := Observe(t.Context(), s, []material.Type{material.Image}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Listing{{Type: material.Image, Counted: 45, Total: 45, Most: 70, Listed: 45, Passes: 1}}
	if diff := cmp.Diff(want, snap.Listings, cmpopts.IgnoreFields(Listing{}, "Full")); diff != "" {
		t.Errorf("Listings mismatch (-want +got):\n%s", diff)
	}
	if snap.Listings[0].Whole() {
		t.Error("the listing is whole, but 25 of the first 45 were not seen")
	}
}
