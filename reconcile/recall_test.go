package reconcile_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

func TestGraceCountsFromTheFirstRecordedLook(t *testing.T) {
	t.Parallel()
	w := newWorld(t, abc()...).remember(t)
	w.manifest.Grace = 3 * day
	reading := func() *reconcile.Decision {
		return reconcile.Plan(t.Context(), []*reconcile.Account{w.account()}, nil, reconcile.Options{Now: w.sandbox.Now})[0]
	}
	reading() // a plan that only reads starts no grace
	w.sandbox.SetNow(now.Add(2 * day))
	recording := func() *reconcile.Decision {
		all := reconcile.Plan(t.Context(), []*reconcile.Account{w.account()}, nil, reconcile.Options{Now: w.sandbox.Now, Record: true})
		if err := reconcile.Release(t.Context(), all); err != nil {
			t.Error(err)
		}
		return all[0]
	}
	recording()
	w.sandbox.SetNow(now.Add(5*day - time.Second))
	if n := len(reading().Deletions()); n != 0 {
		t.Errorf("%d are due a second too early", n)
	}
	w.sandbox.SetNow(now.Add(5 * day))
	if n := len(reading().Deletions()); n != 3 {
		t.Errorf("%d are due, want 3", n)
	}
	w.manifest.Keep = kept(w.named("a"))
	recording() // a is no orphan now
	w.manifest.Keep = nil
	if n := len(reading().Deletions()); n != 2 {
		t.Errorf("%d are due, want 2: one was kept for a while, so that it starts again", n)
	}
	if err := os.Remove(filepath.Join(w.book.dir, "accounts", appid, "seen.json")); err != nil {
		t.Fatal(err)
	}
	if n := len(reading().Deletions()); n != 0 {
		t.Errorf("%d are due, though the ledger is lost", n)
	}
}

// The unseen is not recorded: an orphan's time is dropped when it is no orphan,
// and what was not seen may be one.
func TestOnlyAWholeLookIsRecorded(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{
		"all was seen":           {},
		"the listing failed":     {Path: sandbox.BatchGet, Status: 502},
		"a place is unknown":     {Path: sandbox.DraftGet, Errcode: 48001},
		"the listing was short":  {TotalOff: 25},
		"a plan that only reads": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorldOf(t, everywhere()).remember(t).refer("menu", "drafts")
			if fault != (sandbox.Fault{}) {
				w.inject(t, fault)
			}
			reading := name == "a plan that only reads"
			all := reconcile.Plan(t.Context(), []*reconcile.Account{w.account()}, nil, reconcile.Options{Now: w.sandbox.Now, Record: !reading})
			if err := reconcile.Release(t.Context(), all); err != nil {
				t.Error(err)
			}
			var got []string
			for _, object := range []string{"lease", "seen.json", "snapshot", "uses.json"} {
				if _, _, err := w.book.Get(t.Context(), "accounts/"+appid+"/"+object); err == nil {
					got = append(got, object)
				}
			}
			want := []string{"lease", "uses.json"}
			switch name {
			case "all was seen":
				want = []string{"lease", "seen.json", "snapshot", "uses.json"}
			case "a plan that only reads":
				want = nil
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("objects mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestARememberedListingMakesNoCall(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, everywhere()).remember(t).refer("menu", "drafts", "news")
	then := w.plan(t.Context())
	before := w.sandbox.Calls()
	opt := reconcile.Options{Now: w.sandbox.Now, Remembered: true, All: true}
	remembered := func() *reconcile.Decision { return decide(t.Context(), w.account(), nil, opt) }

	d := remembered()
	if diff := cmp.Diff(then.Changes, d.Changes); diff != "" {
		t.Errorf("changes mismatch (-then +remembered):\n%s", diff)
	}
	if diff := cmp.Diff(then.Summary.References, d.Summary.References); diff != "" {
		t.Errorf("references mismatch (-then +remembered):\n%s", diff)
	}
	if diff := cmp.Diff(then.Summary.Listing, d.Summary.Listing); diff != "" {
		t.Errorf("listing mismatch (-then +remembered):\n%s", diff)
	}
	if d.Summary.Status != plan.Done {
		t.Errorf("status %d: %s", d.Summary.Status, said(d))
	}

	w.refer("menu", "drafts", "news", "published")
	if d := remembered(); d.Summary.Status != plan.Unseen || !strings.Contains(said(d), "published: it was not searched") {
		t.Errorf("a place that was not searched then: status %d: %s", d.Summary.Status, said(d))
	}
	w.refer("menu")
	if d := remembered(); d.Summary.Status != plan.Done || len(d.Deletions()) != 2 {
		t.Errorf("a place left out since: status %d, %d deletions: %s", d.Summary.Status, len(d.Deletions()), said(d))
	}
	if diff := cmp.Diff(before, w.sandbox.Calls()); diff != "" {
		t.Errorf("calls mismatch (-before +after):\n%s", diff)
	}
}

func TestATypeThatWasNotListedThenIsUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, abc()...).remember(t)
	w.manifest.Types = []material.Type{material.Image}
	w.plan(t.Context())
	w.manifest.Types = []material.Type{material.Image, material.Voice}
	d := decide(t.Context(), w.account(), nil, reconcile.Options{Now: w.sandbox.Now, Remembered: true})
	if d.Summary.Status != plan.Unseen || !strings.Contains(said(d), "voice was not listed then") {
		t.Errorf("status %d: %s", d.Summary.Status, said(d))
	}
}

func TestNothingIsRememberedYet(t *testing.T) {
	t.Parallel()
	w := newWorld(t, abc()...).remember(t).refer("menu")
	w.manifest.Keep = kept(w.named("a"))
	opt := reconcile.Options{Now: w.sandbox.Now, Remembered: true}
	without := w.account()
	without.Ledger = nil
	for name, a := range map[string]*reconcile.Account{"an empty ledger": w.account(), "no ledger": without} {
		d := decide(t.Context(), a, nil, opt)
		if d.Summary.Status != plan.Error || d.Summary.Applicable || d.Summary.Error == "" {
			t.Errorf("%s: status %d, applicable %v, %q", name, d.Summary.Status, d.Summary.Applicable, d.Summary.Error)
		}
		if e := d.Explain(w.named("b")); !strings.HasPrefix(e.Detail, "not seen") {
			t.Errorf("%s: explained as %q", name, e.Detail)
		}
	}
	if len(w.sandbox.Calls()) != 0 {
		t.Errorf("calls %v", w.sandbox.Calls())
	}
}

func TestASavedPlanApprovesWhatIsInGrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, abc()...).remember(t)
	w.manifest.Grace = 3 * day
	saved := w.saved(t, 10*day)
	if saved.Deletions() != 0 {
		t.Fatalf("%d deletions in a plan in which all is in grace", saved.Deletions())
	}
	apply := func() *reconcile.Decision { return w.run(t.Context(), saved, w.options()) }

	if d := apply(); d.Summary.Status != plan.Done || !strings.Contains(said(d), "0 of 3: 3 still in grace") {
		t.Errorf("in grace: status %d: %s", d.Summary.Status, said(d))
	}
	upload(t, w, "late")
	w.sandbox.Rename(appid, w.named("b"), "renamed")
	w.sandbox.SetNow(now.Add(9 * day))
	if d := apply(); d.Summary.Status != plan.Done || !strings.Contains(said(d), "2 of 3: 1 changed since") {
		t.Errorf("due: status %d: %s", d.Summary.Status, said(d))
	}
	if diff := cmp.Diff([]string{"keep-0", "keep-1", "keep-2", "late", "renamed"}, w.names()); diff != "" {
		t.Errorf("live mismatch (-want +got):\n%s", diff)
	}
	if d := apply(); d.Summary.Status != plan.Stale || !strings.Contains(said(d), "(0 of 3: 1 changed since, 2 deleted under it before): it is used up") {
		t.Errorf("used up: status %d: %s", d.Summary.Status, said(d))
	}
	w.sandbox.SetNow(now.Add(10 * day))
	if d := apply(); d.Summary.Status != plan.Stale || !strings.Contains(said(d), "the saved plan expired") {
		t.Errorf("expired: status %d: %s", d.Summary.Status, said(d))
	}
}

func TestASavedPlanDeletesNoIDTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, abc()...).remember(t)
	saved := w.saved(t, day)
	was := map[string]material.Item{}
	for _, it := range w.sandbox.Live(appid) {
		was[it.Name] = it
	}
	opt := w.options()
	opt.Limit = 1
	w.run(t.Context(), saved, opt)
	c := was["c"]
	if _, err := w.sandbox.Upload(appid, sandbox.Material{Type: c.Type, ID: c.ID, Name: c.Name, Updated: time.Unix(c.UpdateTime, 0)}); err != nil {
		t.Fatal(err)
	}
	d := w.run(t.Context(), saved, w.options())
	if d.Summary.Status != plan.Done || !strings.Contains(said(d), "of the saved plan 2 of 3: 1 deleted under it before") {
		t.Errorf("status %d: %s", d.Summary.Status, said(d))
	}
	if !slices.Contains(w.names(), "c") {
		t.Error("it is deleted again under the same plan")
	}
}

func TestMaxDeletesPerDayCountsEveryRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(images("keep-", 3), images("x", 6)...)...).remember(t)
	w.manifest.Guards.MaxDeletesPerDay, w.manifest.Guards.DayLimited = 4, true
	apply := func(limit int) *reconcile.Decision {
		opt := w.options()
		opt.Limit = limit
		return w.run(context.Background(), nil, opt)
	}
	steps := []struct {
		after  time.Duration
		limit  int
		status plan.Status
		live   int
		says   string
	}{
		{0, 0, plan.GuardBlocked, 9, "6 deletions and 0 in the last 24 hours, at most 4: wait, use --limit 4"},
		{0, 3, plan.Done, 6, ""},
		{time.Hour, 2, plan.GuardBlocked, 6, "2 deletions and 3 in the last 24 hours, at most 4: wait, use --limit 1"},
		{time.Hour, 1, plan.Done, 5, ""},
		{23 * time.Hour, 1, plan.GuardBlocked, 5, "1 deletions and 4 in the last 24 hours, at most 4: wait"},
		{24*time.Hour + time.Second, 2, plan.Done, 3, ""},
	}
	for _, s := range steps {
		w.sandbox.SetNow(now.Add(s.after))
		d := apply(s.limit)
		if d.Summary.Status != s.status || len(w.names()) != s.live || !strings.Contains(said(d), s.says) {
			t.Errorf("after %s with limit %d: status %d, %d live, want %d and %d: %s", s.after, s.limit, d.Summary.Status, len(w.names()), s.status, s.live, said(d))
		}
	}
	w.book, w.manifest.Archive = nil, false
	upload(t, w, "y")
	w.sandbox.SetNow(now.Add(90 * day))
	if d := apply(0); d.Summary.Status != plan.GuardBlocked || !strings.Contains(said(d), "there is no ledger") {
		t.Errorf("without a ledger: status %d: %s", d.Summary.Status, said(d))
	}
}

func TestWhatWasRefusedOrRestoredIsHeld(t *testing.T) {
	t.Parallel()
	used := one(material.Image, "used", 60)
	used.InUse = true
	w := newWorld(t, append(images("keep-", 3), used)...).remember(t)
	w.apply(t.Context())
	sent := len(w.sandbox.Deletes())
	if d := w.apply(t.Context()); len(w.sandbox.Deletes()) != sent || !strings.Contains(said(d), "WeChat refused to delete it on 2026-11-23") {
		t.Errorf("it is tried again at once: %s", said(d))
	}
	w.sandbox.SetNow(now.Add(7*day + time.Second))
	if w.apply(t.Context()); len(w.sandbox.Deletes()) != sent+1 {
		t.Error("it is not tried again after a week")
	}
}

func TestACorruptLedgerDeletesNothing(t *testing.T) {
	t.Parallel()
	for _, object := range []string{"seen.json", "uses.json", "lease"} {
		t.Run(object, func(t *testing.T) {
			t.Parallel()
			w := newWorldOf(t, everywhere()).remember(t).refer("menu")
			w.plan(t.Context())
			if err := os.WriteFile(filepath.Join(w.book.dir, "accounts", appid, object), []byte("{}"), 0o600); err != nil {
				t.Fatal(err)
			}
			d := w.apply(t.Context())
			if d.Summary.Status != plan.Error || !strings.Contains(d.Summary.Error, object) {
				t.Errorf("status %d: %s", d.Summary.Status, d.Summary.Error)
			}
			if n := len(w.sandbox.Deletes()); n != 0 {
				t.Errorf("%d were sent", n)
			}
		})
	}
}

func TestAnAccountThatIsLockedIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, abc()...).remember(t)
	first := reconcile.Plan(t.Context(), []*reconcile.Account{w.account()}, nil, w.options())
	second := w.apply(t.Context())
	if second.Summary.Status != plan.Locked {
		t.Errorf("status %d, want %d: %s", second.Summary.Status, plan.Locked, second.Summary.Error)
	}
	if n := len(w.sandbox.Deletes()); n != 0 {
		t.Errorf("%d were sent", n)
	}
	reconcile.Apply(t.Context(), t.Context(), first)
	if err := reconcile.Release(t.Context(), first); err != nil {
		t.Error(err)
	}
	if first[0].Summary.Status != plan.Done || len(w.names()) != 3 {
		t.Errorf("the first has status %d, %v live", first[0].Summary.Status, w.names())
	}
}
