package reconcile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

// reusing is an account with a ledger, of which only images are governed, and a
// rule that keeps what is called keep-….
func reusing(t tester, order sandbox.Order, materials []sandbox.Material) *world {
	t.Helper()
	w := newWorldOf(t, sandbox.Account{Materials: materials, Order: order})
	return w.imagesInMemory()
}

// auto are options that let a run build on what an earlier one read.
func (w *world) auto() reconcile.Options {
	opt := w.options()
	opt.SnapshotMaxAge = days(7)
	return opt
}

// recorded plans, and writes down what it saw.
func (w *world) recorded(t *testing.T, opt reconcile.Options) *reconcile.Decision {
	opt.Applying, opt.Record = false, true
	all := reconcile.Plan(t.Context(), []*reconcile.Account{w.account()}, nil, opt)
	_ = reconcile.Release(t.Context(), all)
	return all[0]
}

// everyCall is how many requests the pretend account answered.
func (w *world) everyCall() int {
	n := 0
	for _, calls := range w.sandbox.Calls() {
		n += calls
	}
	return n
}

func reused(d *reconcile.Decision) bool { return d.Summary.Listing.Reused != nil }

func TestAnAccountThatDidNotChangeIsNotListedAgain(t *testing.T) {
	t.Parallel()
	const n = 3000
	tests := []struct {
		name    string
		between func(*world)
		opt     func(*reconcile.Options)
		list    int // calls of the second run, at most
		reused  bool
	}{
		{name: "nothing changed", list: 5, reused: true},
		{name: "forty were uploaded", between: func(w *world) { w.uploads(t, 40) }, list: 7, reused: true},
		{name: "it is a week and a day later", between: func(w *world) { w.day(8) }, list: n / 20},
		{name: "it is nearly a week later", between: func(w *world) { w.day(7) }, list: 5, reused: true},
		{name: "nothing may be reused", opt: func(o *reconcile.Options) { o.SnapshotMaxAge = 0 }, list: n / 20},
		{name: "one is gone", between: func(w *world) { w.sandbox.Remove(appid, w.id(t, "keep-1500")) }, list: n / 20},
		{name: "a deletion of an earlier run was left open", between: func(w *world) { w.intend(t, w.id(t, "keep-7")) }, list: n / 20},
		{name: "the remembered listing was altered", between: func(w *world) { w.alter(t, "snapshot") }, list: n / 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			materials := images("keep-", n)
			for i := range materials {
				materials[i].Age = days(30) + time.Duration(i)*time.Minute
			}
			w := reusing(t, sandbox.NewestFirst, materials)
			first := w.recorded(t, w.auto())
			if first.Summary.Status != plan.Done || reused(first) {
				t.Fatalf("status %d: %s", first.Summary.Status, first.Summary.Error)
			}
			if tt.between != nil {
				tt.between(w)
			}
			before, all := w.calls()["list"], w.everyCall()
			w.connect(t) // with a token of its own
			opt := w.auto()
			if tt.opt != nil {
				tt.opt(&opt)
			}
			second := w.recorded(t, opt)
			if second.Summary.Status != plan.Done {
				t.Fatalf("status %d: %s", second.Summary.Status, second.Summary.Error)
			}
			if got := w.calls()["list"] - before; got > tt.list || reused(second) != tt.reused {
				t.Errorf("%d list calls, reused %v; want at most %d, %v", got, reused(second), tt.list, tt.reused)
			}
			if got := w.everyCall() - all; tt.reused && got > tt.list+5 {
				t.Errorf("%d calls in all: one for the token, one to count, and three for quotas beside the list's, at most", got)
			}
			if got, want := second.Summary.Summary.Live, len(w.sandbox.Live(appid)); got != want {
				t.Errorf("%d live, want %d", got, want)
			}
		})
	}
}

// alter changes a byte in the middle of an object of the account.
func (w *world) alter(t *testing.T, name string) {
	t.Helper()
	m := w.book.objects.(*memory)
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, data := range m.objects {
		if strings.HasSuffix(key, "/"+name) {
			data[len(data)/2] ^= 1
			return
		}
	}
	t.Fatal("the ledger has no " + name)
}

// What the probe does not see, the pages of the deletions do.
func TestADeletionOfAReusedListingIsSeenAgain(t *testing.T) {
	t.Parallel()
	materials := images("keep-", 3000)
	for i := range materials {
		materials[i].Age = days(30) + time.Duration(i)*time.Minute
	}
	for _, i := range []int{100, 101, 1500, 2500} {
		materials[i].Name = fmt.Sprintf("x%d", i)
	}
	w := reusing(t, sandbox.NewestFirst, materials)
	w.manifest.Freeze = true
	if d := w.run(t.Context(), nil, w.auto()); len(d.Deletions()) != 4 {
		t.Fatalf("%d deletions", len(d.Deletions()))
	}
	w.manifest.Freeze = false
	renamed := w.id(t, "x1500")
	w.sandbox.Rename(appid, renamed, "keep-it")
	opt := w.auto()
	opt.Applying = false
	var d *reconcile.Decision
	for range 50 { // until no page of the probe has it
		before := w.calls()["list"]
		if d = decide(t.Context(), w.account(), nil, opt); !reused(d) {
			continue
		}
		if got := w.calls()["list"] - before; got > 5+3 {
			t.Errorf("%d list calls, want five to see that nothing changed, and one for each page with a deletion", got)
		}
		break
	}
	if got := len(d.Deletions()); !reused(d) || got != 3 {
		t.Errorf("reused %v, %d deletions, want 3", reused(d), got)
	}
	w.run(t.Context(), nil, w.auto())
	if got := len(w.sandbox.Deletes()); got != 3 || !w.live().Has(renamed) {
		t.Errorf("%d sent, and what is kept by its new name is live: %v", got, w.live().Has(renamed))
	}
	// What it deleted is no change to the next run.
	before := w.calls()["list"]
	if d = w.run(t.Context(), nil, w.auto()); !reused(d) || w.calls()["list"]-before != 5 || d.Summary.Summary.Live != 2997 {
		t.Errorf("after the deletions: reused %v with %d list calls, %d live", reused(d), w.calls()["list"]-before, d.Summary.Summary.Live)
	}
}

// A resolved use lifts a hold while what it names is live, which a remembered
// listing does not tell.
func TestAResolvedUseOfAReusedListingIsSeenAgain(t *testing.T) {
	t.Parallel()
	f := reconcile.Facts{Now: now, Shown: []state.Shown{{Place: "menu/a", Type: material.Image, SHA256: "00"}}, Earlier: func(id material.ID) bool { return id == "named" }}
	m := &manifests.Account{Name: "brand", Types: []material.Type{material.Image}, Guards: manifests.DefaultGuards(), ResolvedUses: []manifests.ResolvedUse{{Place: "menu/a", MediaID: "named", SHA256: "00"}}}
	items := []material.Item{{ID: "named", Type: material.Image, UpdateTime: 1}, {ID: "x", Type: material.Image, UpdateTime: 1}}
	for _, c := range reconcile.Diff(m, items, f) {
		if c.Reason != plan.MaybeInUse {
			t.Errorf("%s: %s, while nobody saw that %s is live", c.Item.ID, c.Reason, "named")
		}
	}
	f.Earlier = nil
	for _, c := range reconcile.Diff(m, items, f) {
		if want := map[material.ID]plan.Reason{"named": plan.Referenced, "x": plan.Orphan}[c.Item.ID]; c.Reason != want {
			t.Errorf("%s: %s, want %s", c.Item.ID, c.Reason, want)
		}
	}
}

// TestReuseDeletesNoMoreThanAFullListing holds promise 1 where listings are
// reused: over random histories of uploads, renames and deletions, in every order
// that a list may have, a run sends nothing that it did not see itself and that a
// full listing would not have deleted then.
func TestReuseDeletesNoMoreThanAFullListing(t *testing.T) {
	t.Parallel()
	for _, order := range []sandbox.Order{sandbox.NewestFirst, sandbox.UpdatedFirst, sandbox.OldestFirst, sandbox.ByID} {
		t.Run(string(order), func(t *testing.T) {
			t.Parallel()
			reuses := 0
			rapid.Check(t, func(t *rapid.T) { reuses += liveOn(t, order) })
			if reuses == 0 && order != sandbox.ByID {
				t.Error("no listing was reused: this shows nothing")
			}
			if reuses > 0 && order == sandbox.ByID {
				t.Error("a listing in no order was reused")
			}
		})
	}
}

func liveOn(t *rapid.T, order sandbox.Order) (reuses int) {
	var materials []sandbox.Material
	for i := range rapid.IntRange(125, 180).Draw(t, "materials") {
		name := "keep-"
		if i%9 == 0 { // few, for each costs a call
			name = rapid.SampledFrom([]string{"x", "y"}).Draw(t, "name")
		}
		m := one(material.Image, fmt.Sprintf("%s%d", name, i), 30)
		m.Age += time.Duration(i/2) * time.Minute
		materials = append(materials, m)
	}
	w := reusing(t, order, materials)
	w.manifest.Guards.MaxDeletePercent = rapid.SampledFrom([]float64{100, 100, 20}).Draw(t, "percent")
	w.manifest.Guards.MinAge = rapid.SampledFrom([]time.Duration{0, days(7)}).Draw(t, "min_age")
	for _, it := range w.sandbox.Live(appid) {
		if it.Name[0] == 'y' {
			w.manifest.Keep = append(w.manifest.Keep, manifests.Entry{ID: it.ID})
		}
	}
	opt := w.auto()
	for n := range rapid.IntRange(2, 4).Draw(t, "days") {
		w.day(n)
		w.stir(t)
		opt.Limit = rapid.SampledFrom([]int{0, 3}).Draw(t, "limit")
		w.sandbox.Heal(appid)
		if rapid.IntRange(0, 3).Draw(t, "during") == 0 {
			w.inject(t, sandbox.Fault{Path: sandbox.BatchGet, At: rapid.IntRange(1, 8).Draw(t, "at"), Remove: 1})
		}
		if reused(w.runAsFully(t, opt)) {
			reuses++
		}
	}
	return reuses
}

// stir is somebody who uploads, deletes and renames, and often does nothing.
func (w *world) stir(t *rapid.T) {
	for range rapid.SampledFrom([]int{0, 0, 1, 2, 4}).Draw(t, "changes") {
		live := w.sandbox.Live(appid)
		it := live[rapid.IntRange(0, len(live)-1).Draw(t, "which")]
		switch rapid.IntRange(0, 2).Draw(t, "what") {
		case 0:
			for range rapid.IntRange(1, 25).Draw(t, "uploads") {
				name := rapid.SampledFrom([]string{"x-new", "keep-new"}).Draw(t, "new")
				_, _ = w.sandbox.Upload(appid, sandbox.Material{Type: material.Image, Name: name})
			}
		case 1:
			w.sandbox.Remove(appid, it.ID)
		case 2:
			w.sandbox.Rename(appid, it.ID, rapid.SampledFrom([]string{"x-renamed", "keep-renamed"}).Draw(t, "to"))
		}
	}
}
