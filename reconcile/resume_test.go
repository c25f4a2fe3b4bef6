package reconcile_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

// A spy is a reader that remembers which ids it read.
type spy struct {
	reconcile.Reader
	mu    sync.Mutex
	calls int
	read  map[material.ID]int
}

func (s *spy) Page(ctx context.Context, t material.Type, offset, count int) (state.Page, error) {
	page, err := s.Reader.Page(ctx, t, offset, count)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	for _, it := range page.Items {
		s.read[it.ID]++
	}
	return page, err
}

// limited is an account with a daily quota of list calls, a ledger, and a rule
// that keeps what is called keep-….
func limited(t tester, materials []sandbox.Material, daily int) *world {
	t.Helper()
	w := newWorldOf(t, sandbox.Account{Materials: materials, Quotas: map[string]sandbox.Quota{sandbox.BatchGet: {Daily: daily}}})
	return w.imagesInMemory()
}

// steadily applies with one call at a time: else some of the last calls before the
// quota is used up are refused, and leave holes.
func (w *world) steadily(ctx context.Context) *reconcile.Decision {
	opt := w.options()
	opt.Parallelism = 1
	return w.run(ctx, nil, opt)
}

func (w *world) day(n int) { w.sandbox.SetNow(now.AddDate(0, 0, n)) }

func TestThirtyThousandImagesAreListedInTwoDays(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		images  int // a day has calls for two thirds of them
		between func(*world)
	}{
		{"nothing changed", 30_000, func(*world) {}},
		{"uploads at the front", 3_000, func(w *world) { w.uploads(t, 7) }},
		{"deletions", 3_000, func(w *world) {
			for _, i := range []int{10, 900, 1_900, 2_500} {
				w.sandbox.Remove(appid, w.id(t, fmt.Sprintf("keep-%d", i)))
			}
		}},
		{"renames", 3_000, func(w *world) {
			for _, i := range []int{0, 900, 1_999} {
				w.sandbox.Rename(appid, w.id(t, fmt.Sprintf("keep-%d", i)), "keep-too")
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			daily := tt.images / 30
			read := daily * 20
			orphans := []int{read / 5, read/5 + 1, read / 2, read - 10, read + 50, tt.images - 1}
			materials := images("keep-", tt.images)
			for i := range materials {
				materials[i].Age = days(30) + time.Duration(i)*time.Minute
			}
			for _, i := range orphans {
				materials[i].Name = fmt.Sprintf("x%d", i)
			}
			w := limited(t, materials, daily)
			s := &spy{Reader: w.reader, read: map[material.ID]int{}}
			w.reader = s
			ids := material.Set{}
			for _, it := range w.sandbox.Live(appid) {
				if it.Name[0] == 'x' {
					ids.Add(it.ID)
				}
			}
			near := w.near(ids)
			first := w.steadily(t.Context())
			kept := fmt.Sprintf("%d of %d materials are read and kept in the ledger: come back after 2026-11-24 00:00 (UTC+8)", read, tt.images)
			if first.Summary.Status != plan.QuotaUsed || !strings.Contains(first.Summary.Error, kept) {
				t.Fatalf("status %d: %s", first.Summary.Status, first.Summary.Error)
			}
			tt.between(w)
			before := s.calls
			w.day(1)
			second := w.steadily(t.Context())
			if second.Summary.Status != plan.Done || len(w.sandbox.Deletes()) != len(orphans) || !second.Summary.Result.Verified {
				t.Fatalf("status %d: %s %v, %v sent", second.Summary.Status, second.Summary.Error, second.Summary.Result, w.sandbox.Deletes())
			}
			// The front, the pages not read yet with one row that was, and those of the three candidates again.
			if n := s.calls - before; n > 1+(tt.images-read+1+19)/20+3+1 {
				t.Errorf("%d calls on the second day", n)
			}
			twice := 0
			for id, n := range s.read {
				if n > 1 && !near.Has(id) {
					twice++
				}
			}
			most := 2 // the first row, and the last one read
			if tt.name == "renames" {
				most += 20 // the newest has another name: the next page tells what it was
			}
			if tt.name == "deletions" {
				most += 18 // what was read ends a little higher
			}
			if twice > most {
				t.Errorf("%d materials were read twice that stand on no page with a candidate, want at most %d", twice, most)
			}
		})
	}
}

func (w *world) uploads(t tester, n int) {
	t.Helper()
	for range n {
		if _, err := w.sandbox.Upload(appid, one(material.Image, "keep-new", 30)); err != nil {
			t.Fatal(err)
		}
	}
}

// near are the materials that stand less than a page from one of ids.
func (w *world) near(ids material.Set) material.Set {
	live := w.sandbox.Live(appid)
	near := material.Set{}
	for i, it := range live {
		if ids.Has(it.ID) {
			for _, n := range live[max(0, i-19):min(len(live), i+20)] {
				near.Add(n.ID)
			}
		}
	}
	return near
}

func TestWhatOnlyAnEarlierRunSawIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	w := limited(t, append(images("x", 60), images("keep-", 60)...), 5)
	if d := w.steadily(t.Context()); d.Summary.Status != plan.QuotaUsed {
		t.Fatalf("status %d", d.Summary.Status)
	}
	goner, renamed := w.id(t, "x5"), w.id(t, "x30")
	w.sandbox.Remove(appid, goner)
	w.sandbox.Rename(appid, renamed, "keep-it")
	w.day(1)
	w.manifest.Guards.MaxDeletes = 1000
	d := w.steadily(t.Context()) // the quota is not enough for the pages again
	if d.Summary.Status != plan.QuotaUsed || len(w.sandbox.Deletes()) > 41 || len(w.sandbox.Deletes()) < 20 {
		t.Fatalf("status %d: %s; %d sent", d.Summary.Status, d.Summary.Error, len(w.sandbox.Deletes()))
	}
	held := 0
	for _, c := range d.Changes {
		if c.Reason == plan.NotSeenAgain {
			held++
		}
	}
	if held == 0 {
		t.Error("nothing is held that was not seen again")
	}
	for n := 2; len(w.names()) > 61; n++ {
		if n == 40 {
			t.Fatalf("after %d days left are %v", n, w.names())
		}
		w.day(n)
		w.steadily(t.Context())
	}
	for _, id := range w.sandbox.Deletes() {
		if id == goner || id == renamed {
			t.Errorf("%s was sent, which is gone or renamed", id)
		}
	}
}

// An image may be used by its URL when the id that is named beside is gone; that
// an earlier run saw that id does not mean that it is there.
func TestAnIDThatOnlyAnEarlierRunSawDoesNotFreeItsURL(t *testing.T) {
	t.Parallel()
	twin := "http://mmbiz.qpic.cn/mmbiz_png/" + strings.Repeat("a", 86) + "/0"
	materials := append(images("keep-", 100), one(material.Image, "y", 40))
	materials[20].URL, materials[100].URL = &twin, &twin
	w := limited(t, materials, 4)
	cover := w.id(t, "keep-20")
	if _, err := w.sandbox.AddDraft(appid, sandbox.Draft{Articles: []sandbox.Article{{Title: "t", ThumbMediaID: cover, ThumbURL: &twin}}}); err != nil {
		t.Fatal(err)
	}
	w.refer(state.PlaceDrafts)
	if d := w.steadily(t.Context()); d.Summary.Status != plan.QuotaUsed {
		t.Fatalf("status %d", d.Summary.Status)
	}
	w.sandbox.Remove(appid, cover)
	w.day(1)
	d := w.steadily(t.Context())
	if d.Summary.Status != plan.Done || len(w.sandbox.Deletes()) != 0 {
		t.Errorf("status %d: %s; %v sent, and a draft shows it", d.Summary.Status, d.Summary.Error, w.sandbox.Deletes())
	}
}

func TestWhatIsKeptOfAListingIsNoListing(t *testing.T) {
	t.Parallel()
	w := limited(t, slices.Concat(images("x", 10), images("keep-", 40), images("y", 10), images("keep-too-", 40)), 4)
	record := func() *reconcile.Decision {
		all := reconcile.Plan(t.Context(), []*reconcile.Account{w.account()}, nil, reconcile.Options{Now: w.sandbox.Now, Record: true})
		_ = reconcile.Release(t.Context(), all)
		return all[0]
	}
	never := func() *reconcile.Decision {
		return decide(t.Context(), w.account(), nil, reconcile.Options{Now: w.sandbox.Now, Remembered: true})
	}
	if d := decide(t.Context(), w.account(), nil, reconcile.Options{Now: w.sandbox.Now}); !strings.Contains(d.Summary.Error, "are not kept, since this run only reads the ledger: use wxkeep plan --record") {
		t.Errorf("a plan that only reads says %q", d.Summary.Error)
	}
	w.day(1)
	if d := record(); d.Summary.Status != plan.QuotaUsed {
		t.Fatalf("status %d: %s", d.Summary.Status, d.Summary.Error)
	}
	if d := never(); d.Summary.Status != plan.Error || !strings.Contains(d.Summary.Error, "no listing is remembered") {
		t.Errorf("a part of a listing is taken for one: status %d %s", d.Summary.Status, d.Summary.Error)
	}
	w.day(2)
	if d := record(); d.Summary.Status != plan.QuotaUsed { // all is listed, but not seen again
		t.Fatalf("status %d: %s", d.Summary.Status, d.Summary.Error)
	}
	w.day(3)
	if d := w.apply(t.Context()); d.Summary.Status != plan.Done || len(w.sandbox.Deletes()) != 20 {
		t.Errorf("status %d: %s; %d sent", d.Summary.Status, d.Summary.Error, len(w.sandbox.Deletes()))
	}
	if d := never(); d.Summary.Status != plan.Done || d.Summary.Summary.Live != 100 {
		t.Errorf("status %d, %d listed", d.Summary.Status, d.Summary.Summary.Live)
	}
	if err := w.ledger().Pages(t.Context(), nil); err == nil {
		t.Error("an apply that deleted left what it went on with")
	}
}

func TestEntriesThatOnlyAnEarlierRunSawMayBeGone(t *testing.T) {
	t.Parallel()
	w := limited(t, append(images("y", 60), images("x", 60)...), 4)
	for i := range 10 {
		w.manifest.Keep = append(w.manifest.Keep, manifests.Entry{ID: w.id(t, fmt.Sprintf("y%d", 20+i))})
	}
	w.manifest.Rules = []manifests.Rule{{Name: "y*"}}
	w.steadily(t.Context())
	for _, e := range w.manifest.Keep[:6] {
		w.sandbox.Remove(appid, e.ID)
	}
	w.day(1)
	d := w.steadily(t.Context())
	if d.Summary.Status != plan.Foreign || len(w.sandbox.Deletes()) != 0 {
		t.Errorf("status %d: %s; 4 of 10 entries are live, and %d were sent", d.Summary.Status, d.Summary.Error, len(w.sandbox.Deletes()))
	}
}

func TestWhatOneRunCanListIsListedAnew(t *testing.T) {
	t.Parallel()
	a := sandbox.Account{Materials: images("keep-", 45), Quotas: map[string]sandbox.Quota{sandbox.PublishedGet: {Daily: 3}}}
	for i := range 100 {
		a.Published = append(a.Published, sandbox.Draft{Articles: []sandbox.Article{{Title: fmt.Sprint("p", i)}}})
	}
	w := newWorldOf(t, a).remember(t).refer(state.PlacePublished)
	w.manifest.Types = []material.Type{material.Image}
	for n := 0; ; n++ {
		w.day(n)
		d := w.apply(t.Context())
		if diff := cmp.Diff(map[string]int{"count": 1 + n, "list": 3 + 3*n}, w.calls()); diff != "" {
			t.Fatalf("calls on day %d (-want +got):\n%s", n, diff)
		}
		if n > 0 && d.Summary.Status == plan.Done {
			return
		}
		if d.Summary.Status != plan.QuotaUsed || n == 20 || !strings.Contains(d.Summary.Guards[4].Message, "are read and kept in the ledger") {
			t.Fatalf("day %d: status %d: %s %v", n, d.Summary.Status, d.Summary.Error, d.Summary.Guards)
		}
	}
}

// Grace is counted by what a run saw itself: an id that is kept by a new name is no
// orphan meanwhile, though an earlier run saw the old one.
func TestGraceIsCountedByWhatThisRunSaw(t *testing.T) {
	t.Parallel()
	w := limited(t, append(images("x", 20), images("keep-", 80)...), 4)
	w.manifest.Grace = days(3)
	id := w.id(t, "x10")
	names := map[int]string{3: "keep-it", 6: "x-again"}
	for n := range 8 { // each listing takes two days
		if name, ok := names[n]; ok {
			w.sandbox.Rename(appid, id, name)
		}
		w.day(n)
		w.steadily(t.Context())
		if n == 3 || n == 4 {
			if seen, err := w.ledger().Seen(t.Context()); err != nil || !seen[id].IsZero() {
				t.Errorf("day %d: %s is kept by its name, and an orphan since %s, %v", n, id, seen[id], err)
			}
		}
	}
	if !w.live().Has(id) || len(w.sandbox.Deletes()) != 19 {
		t.Errorf("%d sent, want all but the one that was kept meanwhile", len(w.sandbox.Deletes()))
	}
}

// TestListingsOverDays holds promise 1 when a listing takes days: whatever is
// uploaded, deleted and renamed between the runs and during them, nothing is
// sent that a full listing would not delete, and every orphan goes in the end.
func TestListingsOverDays(t *testing.T) {
	t.Parallel()
	for i := range 2 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, listOverDays)
		})
	}
}

func listOverDays(t *rapid.T) {
	var materials []sandbox.Material
	for i := range rapid.IntRange(1, 150).Draw(t, "materials") {
		name := rapid.SampledFrom([]string{"keep-", "keep-", "x", "y"}).Draw(t, "name")
		materials = append(materials, one(material.Image, fmt.Sprintf("%s%d", name, i), 30))
	}
	daily := rapid.IntRange(5, 12).Draw(t, "calls a day")
	w := limited(t, materials, daily)
	w.manifest.Guards.MaxDeletePercent = rapid.SampledFrom([]float64{100, 100, 20}).Draw(t, "percent")
	for _, it := range w.sandbox.Live(appid) {
		if it.Name[0] == 'y' {
			w.manifest.Keep = append(w.manifest.Keep, manifests.Entry{ID: it.ID})
		}
	}
	opt := w.options()
	opt.Parallelism = rapid.IntRange(1, 4).Draw(t, "parallelism")
	opt.Limit = rapid.SampledFrom([]int{0, 0, 3}).Draw(t, "limit")
	for n := range rapid.IntRange(1, 6).Draw(t, "days") {
		w.day(n)
		w.disturb(t)
		w.sandbox.Heal(appid)
		if rapid.Bool().Draw(t, "during") {
			w.inject(t, sandbox.Fault{Path: sandbox.BatchGet, At: rapid.IntRange(1, daily).Draw(t, "at"), Upload: rapid.IntRange(0, 3).Draw(t, "upload"), Remove: rapid.IntRange(1, 2).Draw(t, "remove")})
		}
		w.runAsFully(t, opt)
	}
	w.sandbox.Heal(appid)
	w.manifest.Guards.MaxDeletePercent, w.manifest.Guards.MinKeepLivePercent = 100, 0
	for n := 10; ; n++ {
		left := w.orphans(t)
		if len(left) == 0 {
			return
		}
		if n == 250 {
			t.Fatalf("after 240 days without a disturbance %d orphans of %d are left", len(left), len(w.live()))
		}
		w.day(n)
		w.runAsFully(t, opt)
	}
}

// disturb is somebody who uploads, deletes and renames.
func (w *world) disturb(t *rapid.T) {
	for range rapid.IntRange(0, 3).Draw(t, "disturbances") {
		live := w.sandbox.Live(appid)
		if len(live) == 0 {
			return
		}
		it := live[rapid.IntRange(0, len(live)-1).Draw(t, "which")]
		switch rapid.IntRange(0, 2).Draw(t, "what") {
		case 0:
			for range rapid.IntRange(1, 25).Draw(t, "uploads") {
				_, _ = w.sandbox.Upload(appid, one(material.Image, rapid.SampledFrom([]string{"x-new", "keep-new"}).Draw(t, "new"), 30))
			}
		case 1:
			w.sandbox.Remove(appid, it.ID)
		case 2:
			w.sandbox.Rename(appid, it.ID, rapid.SampledFrom([]string{"x-renamed", "keep-renamed"}).Draw(t, "to"))
		}
	}
}

// orphans are the deletions of a full listing now.
func (w *world) orphans(t tester) material.Set {
	t.Helper()
	ids := material.Set{}
	for _, c := range reconcile.Diff(w.manifest, w.sandbox.Live(appid), reconcile.Facts{Now: w.sandbox.Now()}) {
		if c.Action == plan.Delete {
			ids.Add(c.Item.ID)
		}
	}
	return ids
}

// runAsFully applies, and holds that this run saw what it sent, and that a full
// listing would have deleted it, too.
func (w *world) runAsFully(t *rapid.T, opt reconcile.Options) *reconcile.Decision {
	orphans, live, before := w.orphans(t), w.live(), len(w.sandbox.Deletes())
	found := 0
	for _, e := range w.manifest.Keep {
		if live.Has(e.ID) {
			found++
		}
	}
	w.connect(t)
	seen := &spy{Reader: w.reader, read: map[material.ID]int{}}
	w.reader = seen
	d := w.run(t.Context(), nil, opt)
	sent := w.sandbox.Deletes()[before:]
	for _, id := range sent {
		if seen.read[id] == 0 {
			t.Fatalf("%s was sent, and this run did not see it", id)
		}
		if !orphans.Has(id) {
			t.Fatalf("%s was sent, and a full listing would not delete it", id)
		}
	}
	if len(sent) == 0 {
		return d
	}
	listed := max(len(live), len(w.live())+len(sent)+2) // at most: uploads and deletions during the run
	if percent := 100 * float64(len(sent)) / float64(listed); percent > w.manifest.Guards.MaxDeletePercent {
		t.Fatalf("%d of %d were sent, %v %%", len(sent), listed, percent)
	}
	if n := len(w.manifest.Keep); float64(found*100) < float64(n)*w.manifest.Guards.MinKeepLivePercent {
		t.Fatalf("%d were sent, though %d of %d entries are live", len(sent), found, n)
	}
	if slices.ContainsFunc(d.Changes, func(c plan.Change) bool { return c.Outcome == plan.Failed }) {
		t.Fatalf("failed: %v", notes(d))
	}
	return d
}
