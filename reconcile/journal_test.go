package reconcile_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state/ledger"
	"wxkeep/state/material"
	"wxkeep/state/wechat"
	"wxkeep/state/wechat/sandbox"
)

func TestWhatTheLedgerCannotTakeIsNotDone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		full   string // of which every write fails from the plan on
		early  bool   // before the plan
		nth    int    // of those keys, from which on writing fails; 0 is the first
		says   string
		sent   int
		status plan.Status
	}{
		{"the lease", "lease", true, 0, "no space left", 0, plan.Error},
		{"since when orphans are", "seen.json", true, 0, "write down what was seen", 0, plan.Error},
		{"uses", "uses.json", true, 0, "write down what was seen", 0, plan.Error},
		{"the listing", "snapshot", true, 0, "write down what was seen", 0, plan.Error},
		{"the beginning of a run", "journal/", false, 0, "no space left", 0, plan.Error},
		{"the first intent", "journal/", false, 1, "note what is about to be deleted", 0, plan.Error},
		{"the first outcome", "journal/", false, 2, "note what was deleted", 1, plan.Error},
		{"the second intent", "journal/", false, 3, "note what is about to be deleted", 1, plan.Error},
		{"the end of a run", "journal/", false, 5, "end the journal", 3, plan.Error},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, abc()...).remember(t)
			n := 0
			refuse := func(key string) error {
				if !strings.HasPrefix(key, tt.full) {
					return nil
				}
				if n++; n <= tt.nth {
					return nil
				}
				return full("")(key)
			}
			if tt.early {
				w.book.refuse = refuse
			}
			opt := w.options()
			opt.Parallelism = 1
			all := reconcile.Plan(t.Context(), []*reconcile.Account{w.account()}, nil, opt)
			w.book.refuse = refuse
			all[0].Apply(t.Context(), t.Context())
			w.book.refuse = nil
			if err := reconcile.Release(t.Context(), all); err != nil {
				t.Error(err)
			}
			if got := all[0].Summary.Status; got != tt.status {
				t.Errorf("status %d, want %d", got, tt.status)
			}
			if text := said(all[0]); !strings.Contains(text, tt.says) {
				t.Errorf("%q is not said in:\n%s", tt.says, text)
			}
			if got := len(w.sandbox.Deletes()); got != tt.sent {
				t.Errorf("%d were sent, want %d", got, tt.sent)
			}
			w.checkBook(t, t.Errorf)

			if again := w.apply(t.Context()); again.Summary.Status != plan.Done {
				t.Fatalf("the next run has status %d: %s", again.Summary.Status, said(again))
			}
			w.checkBook(t, t.Errorf)
			got := map[string]string{}
			for _, it := range w.journaled(t) {
				got[it.Name] = it.Outcome
			}
			if diff := cmp.Diff(map[string]string{"a": "deleted", "b": "deleted", "c": "deleted"}, got); diff != "" {
				t.Errorf("the journal's outcomes mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// The lease is taken away from outside once the canary is gone, as by another run
// that believes this one to be dead.
func TestNothingIsSentWithoutTheLease(t *testing.T) {
	t.Parallel()
	w := newWorld(t, abc()...).remember(t)
	all := reconcile.Plan(t.Context(), []*reconcile.Account{w.account()}, nil, w.options())
	intents := 0
	w.book.wrote = func(key string) {
		if !strings.HasPrefix(key, "journal/") {
			return
		}
		if intents++; intents == 2 { // the begin, then the canary's intent
			all[0].LoseLease()
		}
	}
	all[0].Apply(t.Context(), t.Context())
	w.book.wrote = nil
	_ = reconcile.Release(t.Context(), all)
	if n := len(w.sandbox.Deletes()); n != 0 {
		t.Errorf("%d were sent", n)
	}
	if d := all[0]; d.Summary.Status != plan.Error || !strings.Contains(said(d), "the lease is lost") {
		t.Errorf("status %d: %s", d.Summary.Status, said(d))
	}
	if diff := cmp.Diff(map[string]plan.Outcome{"a": "deferred", "b": "deferred", "c": "deferred"}, outcomes(all[0])); diff != "" {
		t.Errorf("outcomes mismatch (-want +got):\n%s", diff)
	}
}

func TestAnApplyWithoutWhatItNeedsIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		alter func(*reconcile.Account, *reconcile.Options)
		says  string
	}{
		{"the lease", func(_ *reconcile.Account, opt *reconcile.Options) { opt.Applying = false }, "this run does not hold the lease"},
		{"a ledger to archive in", func(a *reconcile.Account, _ *reconcile.Options) { a.Ledger = nil }, "archive is required"},
		{"contents to archive", func(a *reconcile.Account, _ *reconcile.Options) { a.Fetcher = nil }, "archive is required"},
		{"a client that deletes", func(a *reconcile.Account, _ *reconcile.Options) { a.Deleter = nil }, "this run can only plan"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, abc()...).remember(t)
			a, opt := w.account(), w.options()
			tt.alter(a, &opt)
			all := reconcile.Plan(t.Context(), []*reconcile.Account{a}, nil, opt)
			all[0].Apply(t.Context(), t.Context())
			if err := reconcile.Release(t.Context(), all); err != nil {
				t.Error(err)
			}
			if d := all[0]; d.Summary.Status != plan.Error || !strings.Contains(d.Summary.Error, tt.says) {
				t.Errorf("status %d, error %q", d.Summary.Status, d.Summary.Error)
			}
			if n := len(w.sandbox.Deletes()); n != 0 {
				t.Errorf("%d were sent", n)
			}
		})
	}
}

func TestTheJournalHasWhatTheVerificationFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, abc()...).remember(t)
	w.inject(t, sandbox.Fault{Path: sandbox.DelMaterial, Lost: sandbox.LostCut, At: 2}, sandbox.Fault{Path: sandbox.DelMaterial, Errcode: 40007, At: 4})
	opt := w.options()
	opt.Parallelism = 1
	d := w.run(t.Context(), nil, opt)
	want := map[string]plan.Outcome{"c": "deleted", "b": "deleted", "a": "failed"}
	if diff := cmp.Diff(want, outcomes(d)); diff != "" {
		t.Fatalf("outcomes mismatch (-want +got):\n%s", diff)
	}
	got := map[string]plan.Outcome{}
	for _, it := range w.journaled(t) {
		got[it.Name] = plan.Outcome(it.Outcome)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the journal's outcomes mismatch (-want +got):\n%s", diff)
	}
	h, err := w.ledger().History(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if s := h.Runs[0].Summary; s.Status != int(plan.Incomplete) || !s.Verified {
		t.Errorf("the journal's end says %+v, want status 3 and verified", s)
	}
}

// A run is cut between a call and its outcome. The next one finds out, though
// there is nothing left to delete.
func TestTheNextRunClosesWhatACutOneLeftOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(images("keep-", 3), one(material.Image, "a", 40), one(material.Image, "b", 50))...).remember(t)
	w.intend(t, w.id(t, "a"), w.id(t, "b"))
	w.sandbox.Remove(appid, w.id(t, "a"))
	w.manifest.Keep = append(w.manifest.Keep, kept(w.id(t, "b"))...)

	d := w.apply(t.Context())
	if d.Summary.Status != plan.Done || d.Summary.Result == nil || !d.Summary.Result.Verified {
		t.Fatalf("status %d, result %+v: %s", d.Summary.Status, d.Summary.Result, said(d))
	}
	got := map[string]string{}
	for _, it := range w.journaled(t) {
		got[it.Name] = it.Outcome + ": " + it.Note
	}
	want := map[string]string{"a": "deleted: the run was cut; a new listing shows it is gone", "b": "failed: the run was cut; it is still listed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the journal's outcomes mismatch (-want +got):\n%s", diff)
	}
	if again := w.apply(t.Context()); again.Summary.Result != nil {
		t.Errorf("a third run has a result: %+v", again.Summary.Result)
	}
	if n := len(w.sandbox.Deletes()); n != 0 {
		t.Errorf("%d were sent", n)
	}
	w.checkBook(t, t.Errorf)
}

// What a restore left open is not a run's to close, and no reason to begin one.
func TestAnOpenUploadBeginsNoRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, images("keep-", 3)...).remember(t)
	lease, err := w.ledger().Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	run, err := lease.Begin(t.Context(), ledger.RunInfo{Command: "restore", Action: ledger.Upload})
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Intent(t.Context(), []ledger.Item{{Item: material.Item{ID: "old", Type: material.Image}}}); err != nil {
		t.Fatal(err)
	}
	if err := lease.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := w.apply(t.Context()); d.Summary.Status != plan.Done || d.Summary.Result != nil {
		t.Errorf("status %d, result %+v", d.Summary.Status, d.Summary.Result)
	}
}

// intend is a run that is cut after its intents.
func (w *world) intend(t *testing.T, ids ...material.ID) string {
	t.Helper()
	lease, err := w.ledger().Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	run, err := lease.Begin(t.Context(), ledger.RunInfo{Command: "apply", Action: ledger.Delete})
	if err != nil {
		t.Fatal(err)
	}
	var items []ledger.Item
	for _, it := range w.sandbox.Live(appid) {
		if !slices.Contains(ids, it.ID) {
			continue
		}
		c, err := fetcher{wechat.NewReader(w.client)}.Fetch(t.Context(), it)
		if err != nil {
			t.Fatal(err)
		}
		sha, err := run.Save(t.Context(), it, c.Kind, c.Bytes, nil)
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, ledger.Item{Item: it, SHA256: sha})
	}
	if err := run.Intent(t.Context(), items); err != nil {
		t.Fatal(err)
	}
	if err := lease.Release(context.Background()); err != nil {
		t.Fatal(err)
	}
	return run.ID()
}
