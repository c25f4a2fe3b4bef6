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
	"pgregory.net/rapid"

	"wxkeep/state/material"
)

// An album is a list of images, newest first, with a quota of calls.
type album struct {
	mu      sync.Mutex
	items   []material.Item
	left    int
	cap     int // items a page has at most; 0 for as many as asked for
	next    int
	windows []string
	before  func(a *album) // before each call
}

func newAlbum(n int) *album {
	a := &album{left: 1 << 30}
	a.upload(n)
	return a
}

func (a *album) upload(n int) {
	for range n {
		a.next++
		it := material.Item{ID: material.ID(fmt.Sprintf("id%05d", a.next)), Type: material.Image, Name: "x", UpdateTime: int64(a.next)}
		a.items = slices.Insert(a.items, 0, it)
	}
}

func (a *album) remove(at int) { a.items = slices.Delete(a.items, at, at+1) }

func (a *album) move(at int) {
	it := a.items[at]
	a.remove(at)
	a.items = slices.Insert(a.items, 0, it)
}

func (a *album) rename(at int) {
	a.items[at].Name, a.items[at].UpdateTime = "renamed", a.items[at].UpdateTime+1_000_000
}

func (a *album) Counts(context.Context) (Counts, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return Counts{material.Image: len(a.items)}, nil
}

func (a *album) Page(_ context.Context, _ material.Type, offset, count int) (Page, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.left--; a.left < 0 {
		return Page{}, ErrQuota
	}
	if a.before != nil {
		a.before(a)
	}
	a.windows = append(a.windows, fmt.Sprintf("%d+%d", offset, count))
	if a.cap > 0 {
		count = min(count, a.cap)
	}
	from := min(offset, len(a.items))
	return Page{Total: len(a.items), Items: slices.Clone(a.items[from:min(from+count, len(a.items))])}, nil
}

// observe lists the album with a quota, and goes on with pages.
func (a *album) observe(t interface{ Fatal(...any) }, quota, parallelism int, at time.Time, pages []Pages) (*Snapshot, error) {
	a.left, a.windows = quota, nil
	snap, err := Observe(context.Background(), a, []material.Type{material.Image}, Options{Parallelism: parallelism, Pages: pages, Now: func() time.Time { return at }})
	if err != nil && !errors.Is(err, ErrQuota) {
		t.Fatal(err)
	}
	return snap, err
}

var monday = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestAListingThatWasCutIsGoneOnWith(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		between func(*album)
		later   time.Duration
		want    []string // calls of the second run
		gone    int
		renamed bool // of what was changed, this run's is listed
	}{
		{name: "nothing changed", want: []string{"0+1", "119+20", "139+20", "159+20", "179+20", "199+20"}},
		{name: "uploads at the front", between: func(a *album) { a.upload(3) }, want: []string{"0+4", "122+20", "142+20", "162+20", "182+20", "202+20"}},
		{
			name: "a page of uploads", between: func(a *album) { a.upload(25) },
			want: []string{"0+20", "20+20", "144+20", "164+20", "184+20", "204+20", "224+20"},
		},
		{
			name: "deletions in what was read", between: func(a *album) { a.remove(50); a.remove(60) },
			want: []string{"0+1", "117+20", "137+20", "157+20", "177+20", "197+20"}, gone: 2,
		},
		{
			name: "deletions in what was not read", between: func(a *album) { a.remove(150); a.remove(160) },
			want: []string{"0+1", "117+20", "137+20", "157+20", "177+20", "197+20"},
		},
		{
			name: "the newest is deleted, and two come", between: func(a *album) { a.remove(0); a.upload(2) },
			want: []string{"0+2", "2+20", "120+20", "140+20", "160+20", "180+20", "200+20"}, gone: 1,
		},
		{
			name: "the last one read is renamed", between: func(a *album) { a.rename(119) },
			want: []string{"0+1", "119+20", "139+20", "159+20", "179+20", "199+20"}, renamed: true,
		},
		{
			name: "one far down is renamed, where that moves it to the front", between: func(a *album) { a.rename(80); a.move(80) },
			want: []string{"0+1", "1+20", "119+20", "139+20", "159+20", "179+20", "199+20"}, renamed: true,
		},
		{
			name: "one far down is moved to the front, as it is", between: func(a *album) { a.move(80) },
			want: []string{"0+1", "1+20", "119+20", "139+20", "159+20", "179+20", "199+20"},
		},
		{
			name: "too much is gone", between: func(a *album) {
				for range 30 {
					a.remove(40)
				}
			},
			want: nil,
		},
		{name: "it was too long ago", later: 8 * 24 * time.Hour, want: nil},
		{name: "another account", between: func(a *album) { *a = *newAlbum(500); a.items = a.items[:201] }, want: nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newAlbum(201)
			first, err := a.observe(t, 6, 1, monday, nil)
			if !errors.Is(err, ErrQuota) || first.Complete() || len(first.Items) != 120 {
				t.Fatalf("%d listed, %v", len(first.Items), err)
			}
			if tt.between != nil {
				tt.between(a)
			}
			snap, err := a.observe(t, 1000, 1, monday.Add(tt.later+24*time.Hour), first.Pages())
			if err != nil {
				t.Fatal(err)
			}
			if tt.want != nil {
				if diff := cmp.Diff(tt.want, a.windows); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
			} else if n := len(a.windows); n < (len(a.items)+19)/20 || !slices.Contains(a.windows, "20+20") {
				t.Errorf("it was not listed anew: %v", a.windows)
			}
			l := snap.Listings[0]
			if !snap.Complete() || l.Listed != len(a.items) || l.Gone != tt.gone || (l.Earlier > 0) != (tt.want != nil) {
				t.Errorf("of %d: %+v", len(a.items), l)
			}
			ids := snap.IDs()
			for _, it := range a.items {
				if !ids.Has(it.ID) {
					t.Errorf("%s is not listed", it.ID)
				}
			}
			if renamed := slices.ContainsFunc(snap.Items, func(it material.Item) bool { return it.Name == "renamed" }); renamed != tt.renamed {
				t.Errorf("renamed: %v", renamed)
			}
		})
	}
}

func TestAHoleBetweenPagesIsFilled(t *testing.T) {
	t.Parallel()
	a := newAlbum(201)
	first, _ := a.observe(t, 6, 1, monday, nil)
	pages := first.Pages()
	pages[0].Pages = slices.Delete(pages[0].Pages, 2, 4) // 40 to 80
	a.upload(2)
	snap, err := a.observe(t, 1000, 1, monday, pages)
	if err != nil || len(snap.Items) != 203 || snap.Listings[0].Gone != 0 {
		t.Fatalf("%d listed, %v", len(snap.Items), err)
	}
	want := []string{"0+3", "41+20", "61+20", "81+20", "121+20", "141+20", "161+20", "181+20", "201+20"}
	if diff := cmp.Diff(want, a.windows); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestWhatAnEarlierRunSawIsReadAgainPageByPage(t *testing.T) {
	t.Parallel()
	a := newAlbum(400)
	first, _ := a.observe(t, 15, 1, monday, nil)
	a.upload(5)
	snap, err := a.observe(t, 1000, 1, monday, first.Pages())
	if err != nil {
		t.Fatal(err)
	}
	ids := material.Set{}
	for _, i := range []int{30, 35, 49, 50, 210, 229, 250, 399} {
		ids.Add(a.items[i].ID)
	}
	goner, renamed := a.items[229].ID, a.items[35].ID
	a.remove(229)
	a.rename(35)
	a.windows = nil
	if err := snap.SeeAgain(t.Context(), a, ids, Options{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"29+20", "48+20", "209+20", "228+20", "249+20"}, a.windows); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	for _, it := range snap.Items {
		if ids.Has(it.ID) && snap.Earlier(it.ID) {
			t.Errorf("%s was not seen again", it.ID)
		}
		if it.ID == goner || it.ID == renamed && it.Name != "renamed" {
			t.Errorf("%v is as it was", it)
		}
	}
}

// TestAnAlbumIsListedOverDays holds what a resumed listing promises, whatever
// happens between the runs: it is honest about what it says is whole, and of
// what it saw again nothing is left that is gone or was changed.
func TestAnAlbumIsListedOverDays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := newAlbum(rapid.IntRange(0, 400).Draw(t, "items"))
		if rapid.Bool().Draw(t, "short pages") {
			a.cap = rapid.IntRange(5, 19).Draw(t, "cap")
		}
		quota := rapid.IntRange(4, 25).Draw(t, "quota")
		parallelism := rapid.IntRange(1, 5).Draw(t, "parallelism")
		change := func(a *album) {
			for range rapid.IntRange(0, 4).Draw(t, "changes") {
				switch n := len(a.items); {
				case n == 0 || rapid.IntRange(0, 2).Draw(t, "kind") == 0:
					a.upload(rapid.IntRange(1, 30).Draw(t, "uploads"))
				case rapid.Bool().Draw(t, "rename"):
					a.rename(rapid.IntRange(0, n-1).Draw(t, "renamed"))
				default:
					a.remove(rapid.IntRange(0, n-1).Draw(t, "removed"))
				}
			}
		}
		var pages []Pages
		for day := range 200 {
			snap, err := a.observe(t, quota, parallelism, monday.AddDate(0, 0, day), pages)
			if err != nil && snap.Complete() && len(a.items) > 0 {
				t.Fatalf("complete, though %v", err)
			}
			if err == nil {
				checkWhole(t, a, snap)
				return
			}
			pages = snap.Pages()
			if day < 10 {
				change(a)
			}
			if day == 10 {
				quota = 100
			}
		}
		t.Fatal("it is never listed wholly")
	})
}

func checkWhole(t *rapid.T, a *album, snap *Snapshot) {
	l := snap.Listings[0]
	ids := snap.IDs()
	for _, it := range a.items {
		if l.Whole() && !ids.Has(it.ID) {
			t.Fatalf("%s is live, and not in a listing that is whole: %+v", it.ID, l)
		}
	}
	live := map[material.ID]material.Item{}
	for _, it := range a.items {
		live[it.ID] = it
	}
	dead := 0
	wanted := material.Set{}
	for _, it := range snap.Items {
		if _, ok := live[it.ID]; !ok {
			dead++
		}
		if snap.Earlier(it.ID) && rapid.IntRange(0, 3).Draw(t, "wanted") == 0 {
			wanted.Add(it.ID)
		}
	}
	if dead > l.Gone {
		t.Fatalf("%d ids are gone, and %d said to be", dead, l.Gone)
	}
	a.left = 1 << 30
	if err := snap.SeeAgain(context.Background(), a, wanted, Options{Parallelism: 2}); err != nil {
		t.Fatal(err)
	}
	for _, it := range snap.Items {
		if wanted.Has(it.ID) && !snap.Earlier(it.ID) && live[it.ID] != it {
			t.Fatalf("%v was seen again, and is %v", it, live[it.ID])
		}
		if wanted.Has(it.ID) && snap.Earlier(it.ID) && a.cap == 0 {
			t.Fatalf("%v was not seen again", it)
		}
	}
}

func TestWhatWasNotAskedForIsNotRead(t *testing.T) {
	t.Parallel()
	a := newAlbum(100)
	first, _ := a.observe(t, 3, 1, monday, nil)
	whole, err := Observe(t.Context(), a, []material.Type{material.Image}, Options{Pages: first.Pages(), Whole: []material.Type{material.Image}})
	if !errors.Is(err, ErrQuota) || len(whole.Pages()) != 0 {
		t.Errorf("a type of which no id may be missing was gone on with: %v", err)
	}
	a.left = 0
	again, err := Observe(t.Context(), a, []material.Type{material.Image}, Options{Pages: first.Pages(), Now: func() time.Time { return monday }})
	if err == nil || again.Complete() || !strings.Contains(again.Listings[0].Problem, "0 of 100 image listed") {
		t.Errorf("%v: %+v", err, again.Listings)
	}
	want := first.Pages()
	want[0].Resumed = true
	if diff := cmp.Diff(want, again.Pages()); diff != "" {
		t.Errorf("what was remembered is lost when no call is left (-want +got):\n%s", diff)
	}
}
