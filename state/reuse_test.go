package state

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/material"
)

// again observes the album with what an earlier run listed of it.
func (a *album) again(t interface{ Fatal(...any) }, was *Snapshot, whole ...material.Type) *Snapshot {
	a.windows = nil
	snap, err := Observe(t.(*testing.T).Context(), a, []material.Type{material.Image}, Options{Parallelism: 4, Remembered: was.Remembered(), Whole: whole})
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

func TestWhatIsRememberedIsReusedWhereItFits(t *testing.T) {
	t.Parallel()
	const n = 3000 // 150 pages
	full := func(n int) int { return (n + PageSize - 1) / PageSize }
	tests := []struct {
		name    string
		first   func(*album) // before the first run
		between func(*album)
		whole   bool
		reused  bool
		calls   int // at most, of pages
	}{
		{name: "nothing changed", reused: true, calls: 5},
		{name: "one came", between: func(a *album) { a.upload(1) }, reused: true, calls: 5},
		{name: "a page came", between: func(a *album) { a.upload(20) }, reused: true, calls: 6},
		{name: "forty came", between: func(a *album) { a.upload(40) }, reused: true, calls: 7},
		{name: "a server with short pages", first: func(a *album) { a.cap = 7 }, reused: true, calls: 15},
		{name: "the last page is short", first: func(a *album) { a.items = a.items[:2981] }, reused: true, calls: 5},
		{name: "the oldest is first", first: func(a *album) { slices.Reverse(a.items) }, reused: true, calls: 5},
		{name: "one is renamed where no page was read", between: func(a *album) { a.items[1501].Name = "renamed" }, reused: true, calls: 5}, // or seen, and listed anew: see below
		{name: "the oldest is first, and one came", first: func(a *album) { slices.Reverse(a.items) }, between: func(a *album) {
			a.upload(1)
			a.items = append(a.items[1:], a.items[0])
		}, calls: full(n + 1)},
		{name: "one is gone", between: func(a *album) { a.remove(1500) }, calls: full(n)},
		{name: "one is gone and one came", between: func(a *album) { a.remove(1500); a.upload(1) }, calls: full(n)},
		{name: "one is gone and two came", between: func(a *album) { a.remove(1500); a.upload(2) }, calls: full(n + 1)},
		{name: "the newest is renamed", between: func(a *album) { a.rename(0) }, calls: full(n)},
		{name: "the oldest is renamed", between: func(a *album) { a.rename(n - 1) }, calls: full(n)},
		{name: "one is renamed, which moves it to the front", between: func(a *album) { a.rename(700); a.move(700) }, calls: full(n)},
		{name: "one moves to the front as it is, and one came", between: func(a *album) { a.move(700); a.upload(1) }, calls: full(n + 1)},
		{name: "the list has no order", first: shuffle, calls: full(n)},
		{name: "all have one time", first: func(a *album) {
			for i := range a.items {
				a.items[i].UpdateTime = 1
			}
		}, calls: full(n)},
		{name: "it has to be whole", whole: true, calls: full(n)},
		{name: "it is small", first: func(a *album) { a.items = a.items[:90] }, calls: full(90)},
		{name: "one comes while it is read", between: func(a *album) {
			a.before = func(a *album) {
				if len(a.windows) == 2 {
					a.upload(1)
				}
			}
		}, calls: full(n)},
		{name: "one comes at the end while it is read", between: func(a *album) {
			a.before = func(a *album) {
				if len(a.windows) == 4 {
					a.items = append(a.items, material.Item{ID: "late", Type: material.Image})
				}
			}
		}, calls: full(n)},
		{name: "one moves to the front as it is, and one comes in its place", between: func(a *album) {
			a.move(700)
			a.items = slices.Insert(a.items, 701, material.Item{ID: "hidden", Type: material.Image, Name: "x", UpdateTime: a.items[701].UpdateTime})
		}, calls: full(n + 1)},
		{name: "another account", between: func(a *album) {
			for i := range a.items {
				a.items[i].ID = "other-" + a.items[i].ID
			}
		}, calls: full(n)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newAlbum(n)
			if tt.first != nil {
				tt.first(a)
			}
			was, err := a.observe(t, 1<<30, 4, monday, nil)
			if err != nil || !was.Listings[0].Full.Equal(monday) {
				t.Fatal(err, was.Listings)
			}
			if tt.between != nil {
				tt.between(a)
			}
			var whole []material.Type
			if tt.whole {
				whole = append(whole, material.Image)
			}
			snap := a.again(t, was, whole...)
			l := snap.Listings[0]
			if l.Reused && l.Whole() {
				t.Error("a listing that was reused is taken for one that lacks nothing")
			}
			if tt.name == "one is renamed where no page was read" && !l.Reused {
				return
			}
			if l.Reused != tt.reused || len(a.windows) > tt.calls {
				t.Errorf("reused %v with %d calls, want %v with at most %d: %v", l.Reused, len(a.windows), tt.reused, tt.calls, a.windows)
			}
			if !tt.reused {
				return
			}
			if !l.Full.Equal(monday) {
				t.Errorf("last listed wholly at %s", l.Full)
			}
			want := make([]material.ID, len(a.items))
			for i, it := range a.items {
				want[i] = it.ID
			}
			var got []material.ID
			for _, it := range snap.Items {
				got = append(got, it.ID)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
			if l.Listed != len(a.items) || l.Earlier != snap.Past() || l.Earlier < len(a.items)-5*PageSize-40 {
				t.Errorf("%d listed, %d of them only by the run before", l.Listed, l.Earlier)
			}
		})
	}
}

func shuffle(a *album) {
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(a.items), func(i, j int) { a.items[i], a.items[j] = a.items[j], a.items[i] })
}

// What the probe cannot see, the pages of candidates show.
func TestCandidatesOfAReusedListingAreSeenAgain(t *testing.T) {
	t.Parallel()
	a := newAlbum(3000)
	was, _ := a.observe(t, 1<<30, 4, monday, nil)
	var snap *Snapshot
	var gone, renamed, kept material.ID
	for try := 0; ; try++ { // until no page of the probe is near
		b := &album{left: 1 << 30, items: slices.Clone(a.items), next: a.next}
		gone, renamed, kept = b.items[1000].ID, b.items[2000].ID, b.items[1005].ID
		b.rename(2000)
		b.items[1000] = material.Item{ID: "hidden", Type: material.Image, Name: "x", UpdateTime: b.items[1000].UpdateTime} // in no order
		if snap = b.again(t, was); snap.Listings[0].Reused {
			a = b
			break
		}
		if try == 50 {
			t.Fatal("every page between is read")
		}
	}
	a.windows = nil
	ids := material.Set{}
	for _, id := range []material.ID{gone, renamed, kept} {
		if !snap.Earlier(id) {
			t.Fatalf("%s was seen by this run", id)
		}
		ids.Add(id)
	}
	if err := snap.SeeAgain(t.Context(), a, ids, Options{}); err != nil {
		t.Fatal(err)
	}
	if len(a.windows) != 2 {
		t.Errorf("%d calls for candidates on two pages: %v", len(a.windows), a.windows)
	}
	names := map[material.ID]string{}
	for _, it := range snap.Items {
		names[it.ID] = it.Name
	}
	if _, there := names[gone]; there || names[renamed] != "renamed" || snap.Earlier(renamed) || snap.Earlier(kept) {
		t.Errorf("gone: %v, renamed: %q", there, names[renamed])
	}
}

func TestWhatWasDeletedSinceIsLeftOut(t *testing.T) {
	t.Parallel()
	a := newAlbum(3000)
	was, _ := a.observe(t, 1<<30, 4, monday, nil)
	gone := material.Set{}
	for _, at := range []int{2999, 1700, 40, 3} {
		gone.Add(a.items[at].ID)
		a.remove(at)
	}
	a.windows = nil
	all := was.Remembered()
	all[0].Drop(gone)
	snap, err := Observe(t.Context(), a, []material.Type{material.Image}, Options{Remembered: all})
	if err != nil || !snap.Listings[0].Reused || len(snap.Items) != 2996 || len(a.windows) != 5 {
		t.Errorf("%v: %+v, %d items with %v", err, snap.Listings[0], len(snap.Items), a.windows)
	}
}

func TestTheOrderOfAListIsToldByItsTimes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		at   func(i int) int64
		want order
	}{
		{"newest first", func(i int) int64 { return -int64(i) }, newestFirst},
		{"newest first, four a second", func(i int) int64 { return -int64(i / 4) }, newestFirst},
		{"newest first, and every fiftieth renamed", func(i int) int64 {
			if i%50 == 0 {
				return 1
			}
			return -int64(i)
		}, newestFirst},
		{"newest first, and every tenth renamed", func(i int) int64 {
			if i%10 == 0 {
				return 1
			}
			return -int64(i)
		}, unordered},
		{"oldest first", func(i int) int64 { return int64(i) }, oldestFirst},
		{"in no order", func(i int) int64 { return int64(i*7919) % 1000 }, unordered},
		{"all at one time", func(int) int64 { return 1 }, unordered},
		{"nearly all at one time", func(i int) int64 { return -int64(i / 300) }, unordered},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			items := make([]material.Item, 1000)
			for i := range items {
				items[i] = material.Item{ID: material.ID(fmt.Sprint(i)), UpdateTime: tt.at(i)}
			}
			if got := orderOf(items); got != tt.want {
				t.Errorf("order %d, want %d", got, tt.want)
			}
		})
	}
}

// A probe that the quota cuts is the beginning of a listing that takes days.
func TestAProbeThatIsCutIsGoneOnWith(t *testing.T) {
	t.Parallel()
	a := newAlbum(400)
	was, _ := a.observe(t, 1<<30, 1, monday, nil)
	a.upload(45)
	a.left, a.windows = 3, nil
	cut, err := Observe(t.Context(), a, []material.Type{material.Image}, Options{Remembered: was.Remembered(), Now: func() time.Time { return monday }})
	if !errors.Is(err, ErrQuota) || len(cut.Items) != 60 || len(cut.Pages()) != 1 || cut.Pages()[0].Rows() != 60 {
		t.Fatalf("%v: %d items, %d pages", err, len(cut.Items), len(cut.Pages()))
	}
	snap, err := a.observe(t, 1<<30, 1, monday, cut.Pages())
	if err != nil || len(snap.Items) != 445 || len(a.windows) != 21 {
		t.Errorf("%v: %d items with %d calls, want the front, one row that was read, and the rest: %v", err, len(snap.Items), len(a.windows), a.windows)
	}
}
