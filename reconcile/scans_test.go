package reconcile_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

// titled is a draft that uses one image, as its cover or in its text.
func titled(title, cover, embed string) sandbox.Draft {
	a := sandbox.Article{Title: title, Thumb: cover, Content: "<p>一</p>"}
	if embed != "" {
		a.Embeds = []string{embed}
	}
	return sandbox.Draft{Articles: []sandbox.Article{a}}
}

// drafted is an account with so many drafts and publications, a ledger, and images
// keep-0 to keep-9, which they use.
func drafted(t tester, drafts, published int, order sandbox.Order, more ...sandbox.Material) *world {
	t.Helper()
	a := sandbox.Account{Materials: append(images("keep-", 10), more...), BoxOrder: order}
	for i := range drafts {
		a.Drafts = append(a.Drafts, titled(fmt.Sprint("d", i), fmt.Sprint("keep-", i%10), ""))
	}
	for i := range published {
		a.Published = append(a.Published, titled(fmt.Sprint("p", i), fmt.Sprint("keep-", i%10), ""))
	}
	w := newWorldOf(t, a).refer(state.PlaceDrafts, state.PlacePublished)
	return w.imagesInMemory()
}

// boxCalls runs and returns how often drafts and publications were called for.
func (w *world) boxCalls(run func() *reconcile.Decision) (d *reconcile.Decision, drafts, published int) {
	before := w.sandbox.Calls()
	d = run()
	after := w.sandbox.Calls()
	return d, after[sandbox.DraftGet] - before[sandbox.DraftGet], after[sandbox.PublishedGet] - before[sandbox.PublishedGet]
}

func TestBoxesThatDidNotChangeCostTwoCallsEach(t *testing.T) {
	t.Parallel()
	w := drafted(t, 300, 1500, sandbox.NewestFirst)
	edited := w.sandbox.Drafts(appid)[150]
	add := func() {
		for i := range 5 {
			if _, err := w.sandbox.AddDraft(appid, titled(fmt.Sprint("new", i), "keep-1", "")); err != nil {
				t.Fatal(err)
			}
		}
	}
	steps := []struct {
		name              string
		change            func()
		age               time.Duration // SnapshotMaxAge
		drafts, published int
		deleted           []string
	}{
		{name: "the first run", age: days(7), drafts: 15, published: 75},
		{name: "nothing changed", age: days(7), drafts: 2, published: 2},
		{name: "five new drafts", change: add, age: days(7), drafts: 2, published: 2},
		{name: "these are known now", age: days(7), drafts: 2, published: 2},
		{
			name: "an orphan, and one that is used where nobody looked", age: days(7), drafts: 16, published: 75, deleted: []string{"x-free"},
			change: func() {
				for _, name := range []string{"x-free", "x-used"} {
					if _, err := w.sandbox.Upload(appid, one(material.Image, name, 30)); err != nil {
						t.Fatal(err)
					}
				}
				if err := w.sandbox.Edit(appid, edited, titled("d150", "x-used", "")); err != nil {
					t.Fatal(err)
				}
			},
		},
		{name: "the orphan is gone", age: days(7), drafts: 2, published: 2},
		{name: "everything anew", age: 0, drafts: 16, published: 75},
		{name: "a day later", change: func() { w.day(1) }, age: days(1), drafts: 2, published: 2},
		{name: "what is remembered is too old", change: func() { w.day(4) }, age: days(3), drafts: 16, published: 75},
		{name: "one publication is gone", change: func() { w.sandbox.Unpublish(appid, w.sandbox.Publications(appid)[700]) }, age: days(7), drafts: 2, published: 75},
	}
	for _, s := range steps {
		if s.change != nil {
			s.change()
		}
		w.connect(t)
		before := len(w.sandbox.Deletes())
		opt := w.auto()
		opt.SnapshotMaxAge = s.age
		d, drafts, published := w.boxCalls(func() *reconcile.Decision { return w.run(t.Context(), nil, opt) })
		if d.Summary.Status != plan.Done {
			t.Fatalf("%s: status %d: %s", s.name, d.Summary.Status, said(d))
		}
		if diff := cmp.Diff([]int{s.drafts, s.published}, []int{drafts, published}); diff != "" {
			t.Errorf("%s: calls for drafts and publications (-want +got):\n%s", s.name, diff)
		}
		if n := len(w.sandbox.Deletes()) - before; n != len(s.deleted) {
			t.Errorf("%s: %d were deleted, want %v", s.name, n, s.deleted)
		}
	}
	if live := w.names(); !slices.Contains(live, "x-used") || slices.Contains(live, "x-free") {
		t.Errorf("live are %v", live)
	}
}

// A plan that only reads builds on what the ledger has, and writes nothing.
func TestAPlanThatOnlyReadsBuildsOnWhatIsRemembered(t *testing.T) {
	t.Parallel()
	w := drafted(t, 60, 60, sandbox.NewestFirst)
	reads := reconcile.Options{Now: w.sandbox.Now, SnapshotMaxAge: days(7)}
	for _, want := range []int{3, 3} {
		if _, drafts, _ := w.boxCalls(func() *reconcile.Decision { return decide(t.Context(), w.account(), nil, reads) }); drafts != want {
			t.Errorf("%d calls for drafts while nothing is remembered, want %d", drafts, want)
		}
	}
	w.run(t.Context(), nil, w.auto())
	d, drafts, published := w.boxCalls(func() *reconcile.Decision { return decide(t.Context(), w.account(), nil, reads) })
	if drafts != 2 || published != 2 || d.Summary.References[2].Status != plan.Scanned {
		t.Errorf("%d and %d calls, %v", drafts, published, d.Summary.References)
	}
}

// What nobody has to know is not read: but then no grace is counted from there.
func TestAGraceIsOnlyCountedFromABoxThatWasRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		grace  time.Duration
		drafts int
		seen   int
	}{
		{"without a grace", 0, 2, 0},
		{"with one", days(3), 4, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := drafted(t, 80, 0, sandbox.NewestFirst)
			w.manifest.Grace = tt.grace
			w.run(t.Context(), nil, w.auto())
			if _, err := w.sandbox.Upload(appid, one(material.Image, "x-young", 1)); err != nil {
				t.Fatal(err)
			}
			_, drafts, _ := w.boxCalls(func() *reconcile.Decision { return w.run(t.Context(), nil, w.auto()) })
			seen, err := w.ledger().Seen(t.Context())
			if err != nil || drafts != tt.drafts || len(seen) != tt.seen {
				t.Errorf("%d calls for drafts, want %d; %d orphans recorded, want %d; %v", drafts, tt.drafts, len(seen), tt.seen, err)
			}
		})
	}
}

// A use that only a remembered scan has is remembered for ever as of then.
func TestAUseIsSaidToHaveBeenSeenWhenItWas(t *testing.T) {
	t.Parallel()
	w := drafted(t, 60, 0, sandbox.NewestFirst)
	w.run(t.Context(), nil, w.auto())
	w.day(2)
	w.connect(t)
	if _, drafts, _ := w.boxCalls(func() *reconcile.Decision { return w.run(t.Context(), nil, w.auto()) }); drafts != 2 {
		t.Fatalf("%d calls", drafts)
	}
	uses, err := w.ledger().Uses(t.Context())
	if err != nil || len(uses) != 10 {
		t.Fatalf("%d uses, %v", len(uses), err)
	}
	for _, u := range uses {
		if !u.Last.Equal(now) {
			t.Errorf("%s is said to have been seen %s", u.Where, u.Last)
		}
	}
}

// More is published than a day has calls for: what was read over days counts.
func TestABoxThatADayIsTooShortForIsNotReadAnewToDelete(t *testing.T) {
	t.Parallel()
	a := sandbox.Account{Materials: images("keep-", 3), Quotas: map[string]sandbox.Quota{sandbox.PublishedGet: {Daily: 4}}}
	for i := range 150 {
		a.Published = append(a.Published, titled(fmt.Sprint("p", i), "keep-0", ""))
	}
	w := newWorldOf(t, a).remember(t).refer(state.PlacePublished)
	w.manifest.Types, w.manifest.Archive = []material.Type{material.Image}, false
	run := func(n int) (*reconcile.Decision, int) {
		w.day(n)
		w.connect(t)
		opt := w.auto()
		opt.Parallelism = 1
		d, _, calls := w.boxCalls(func() *reconcile.Decision { return w.run(t.Context(), nil, opt) })
		return d, calls
	}
	n := 0
	for d, _ := run(n); d.Summary.Status != plan.Done; d, _ = run(n) {
		if n++; n == 10 {
			t.Fatalf("not read after %d days: %s", n, said(d))
		}
	}
	if _, err := w.sandbox.Upload(appid, one(material.Image, "x", 30)); err != nil {
		t.Fatal(err)
	}
	d, calls := run(n + 1)
	if d.Summary.Status != plan.Done || calls != 2 || len(w.sandbox.Deletes()) != 1 {
		t.Errorf("status %d after %d calls: %s; %v sent", d.Summary.Status, calls, said(d), w.sandbox.Deletes())
	}
	if _, err := w.sandbox.Upload(appid, one(material.Image, "x", 30)); err != nil {
		t.Fatal(err)
	}
	if d, _ := run(n + 20); d.Summary.Status == plan.Done || len(w.sandbox.Deletes()) != 1 {
		t.Errorf("status %d: %s; %v sent by what was read three weeks ago", d.Summary.Status, said(d), w.sandbox.Deletes())
	}
}

// TestNothingIsDeletedThatAFullSearchWouldKeep holds that a run which builds on
// what is remembered deletes no more than one which reads everything, from the same
// ledger; that no grace begins earlier; and that it read every draft before.
func TestNothingIsDeletedThatAFullSearchWouldKeep(t *testing.T) {
	t.Parallel()
	rapid.Check(t, buildOn)
}

func buildOn(t *rapid.T) {
	order := rapid.SampledFrom([]sandbox.Order{sandbox.NewestFirst, sandbox.NewestFirst, sandbox.OldestFirst, sandbox.UpdatedFirst, sandbox.ByID}).Draw(t, "order")
	size := rapid.SampledFrom([]int{0, 15, 65, 65, 65})
	w := drafted(t, size.Draw(t, "drafts"), size.Draw(t, "published"), order, images("x", 6)...)
	for n := range rapid.IntRange(2, 5).Draw(t, "runs") {
		w.day(n)
		w.manifest.Grace = rapid.SampledFrom([]time.Duration{0, 0, days(2)}).Draw(t, "grace")
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			w.write(t)
		}
		opt := w.auto()
		opt.Applying = n > 0 && rapid.IntRange(0, 2).Draw(t, "apply") == 0
		opt.Record = !opt.Applying
		w.runAsSearched(t, opt)
	}
}

// write is somebody who writes drafts, publishes, edits and deletes them, and
// uploads and renames images.
func (w *world) write(t *rapid.T) {
	var names []string
	for _, it := range w.sandbox.Live(appid) {
		names = append(names, it.Name)
	}
	slices.Sort(names)
	image := rapid.SampledFrom(names)
	if i := slices.IndexFunc(names, func(name string) bool { return name[0] == 'x' }); i >= 0 && rapid.Bool().Draw(t, "an orphan") {
		image = rapid.SampledFrom(names[i:])
	}
	draft := func() sandbox.Draft {
		d := titled(rapid.SampledFrom([]string{"甲", "乙"}).Draw(t, "title"), image.Draw(t, "cover"), image.Draw(t, "embed"))
		if rapid.Bool().Draw(t, "keeps its time") {
			d.Updated = now.AddDate(0, 0, -1)
		}
		return d
	}
	drafts, published := w.sandbox.Drafts(appid), w.sandbox.Publications(appid)
	one := func(ids []material.ID) material.ID {
		if n := len(ids); n > 60 && rapid.Bool().Draw(t, "in the middle") {
			ids = ids[20:40] // where a run that builds on another does not look
		}
		return ids[rapid.IntRange(0, len(ids)-1).Draw(t, "which")]
	}
	switch what := rapid.IntRange(0, 9).Draw(t, "what"); {
	case what <= 1:
		for range rapid.SampledFrom([]int{1, 1, 20, 25}).Draw(t, "drafts") {
			if _, err := w.sandbox.AddDraft(appid, draft()); err != nil {
				t.Fatal(err)
			}
		}
	case what <= 3 && len(drafts) > 0:
		_ = w.sandbox.Edit(appid, one(drafts), draft())
	case what == 4 && len(published) > 0:
		_ = w.sandbox.Edit(appid, one(published), draft())
	case what == 5 && len(drafts) > 0:
		w.sandbox.RemoveDraft(appid, one(drafts))
	case what == 6 && len(drafts) > 0:
		w.sandbox.Publish(appid, one(drafts))
	case what == 7 && len(published) > 0:
		w.sandbox.Unpublish(appid, one(published))
	case what == 8:
		_, _ = w.sandbox.Upload(appid, sandbox.Material{Type: material.Image, Name: "x-new", Age: days(rapid.IntRange(1, 9).Draw(t, "age"))})
	default:
		w.sandbox.Rename(appid, w.id(t, image.Draw(t, "renamed")), rapid.SampledFrom([]string{"x", "keep-"}).Draw(t, "to")+rapid.StringN(3, 3, 3).Draw(t, "name"))
	}
}

// runAsSearched runs, and holds that it does no more than a run that reads
// everything would do with the ledger as it is.
func (w *world) runAsSearched(t *rapid.T, opt reconcile.Options) {
	mine := w.book.objects.(*memory)
	w.rememberIn(&memory{objects: maps.Clone(mine.objects)})
	w.manifest.Archive = false
	full := opt
	full.SnapshotMaxAge = 0
	w.connect(t)
	all := reconcile.Plan(t.Context(), []*reconcile.Account{w.account()}, nil, full)
	_ = reconcile.Release(t.Context(), all)
	allowed := deletions(all[0])
	since, err := w.ledger().Seen(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	w.rememberIn(mine)
	w.manifest.Archive = false
	w.connect(t)
	rows := map[string]int{state.PlaceDrafts: len(w.sandbox.Drafts(appid)), state.PlacePublished: len(w.sandbox.Publications(appid))}
	d, drafts, published := w.boxCalls(func() *reconcile.Decision { return w.run(t.Context(), nil, opt) })
	if d.Summary.Status != plan.Done {
		t.Fatalf("status %d: %s", d.Summary.Status, said(d))
	}
	for id := range deletions(d) {
		if !allowed.Has(id) {
			t.Fatalf("%s is deleted, and a full search would keep it: %s", id, said(d))
		}
	}
	needed := func(place string) int { return max(1, (rows[place]+19)/20) }
	if len(d.Deletions()) > 0 && (drafts < needed(state.PlaceDrafts) || published < needed(state.PlacePublished)) {
		t.Fatalf("%d deletions after %d of %d calls for drafts and %d of %d for publications", len(d.Deletions()),
			drafts, needed(state.PlaceDrafts), published, needed(state.PlacePublished))
	}
	seen, err := w.ledger().Seen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for id, at := range seen {
		if full, orphan := since[id]; !orphan || at.Before(full) {
			t.Fatalf("%s is an orphan since %s; a full search says %s", id, at, full)
		}
	}
}

// deletions are the ids that a run deletes.
func deletions(d *reconcile.Decision) material.Set {
	ids := material.Set{}
	for _, c := range d.Deletions() {
		ids.Add(c.Item.ID)
	}
	return ids
}

// A scan that cannot be read names the object and what to do.
func TestScansThatCannotBeReadStopTheRun(t *testing.T) {
	t.Parallel()
	w := drafted(t, 3, 0, sandbox.NewestFirst)
	w.run(t.Context(), nil, w.auto())
	if _, err := w.book.Put(t.Context(), "accounts/"+appid+"/scans", []byte("odd")); err != nil {
		t.Fatal(err)
	}
	d := w.run(t.Context(), nil, w.auto())
	if d.Summary.Status == plan.Done || !strings.Contains(d.Summary.Error, "accounts/"+appid+"/scans") || !strings.Contains(d.Summary.Error, "remove it: the next run searches anew") {
		t.Errorf("status %d: %s", d.Summary.Status, d.Summary.Error)
	}
}
