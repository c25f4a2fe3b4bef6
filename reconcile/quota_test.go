package reconcile_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
	"wxkeep/state/wechat"
	"wxkeep/state/wechat/sandbox"
)

// TestAPlanThatDoesNotFitIsAppliedAsFarAsItDoes holds that WeChat never has to say
// 45009, that what is left to production is left, and that the next day goes on.
func TestAPlanThatDoesNotFitIsAppliedAsFarAsItDoes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		path    string
		quota   sandbox.Quota
		reserve float64
		ledger  bool // and an archive
		deleted int  // of 6, on the first day
	}{
		{"deletions", sandbox.DelMaterial, sandbox.Quota{Daily: 5}, 20, false, 4},
		{"deletions, with nothing reserved", sandbox.DelMaterial, sandbox.Quota{Daily: 5}, 0, false, 5},
		{"deletions that others made, too", sandbox.DelMaterial, sandbox.Quota{Daily: 100, Used: 77}, 20, false, 3},
		{"nothing is left", sandbox.DelMaterial, sandbox.Quota{Daily: 100, Used: 80}, 20, false, 0},
		{"contents for the archive", sandbox.GetMaterial, sandbox.Quota{Daily: 5}, 20, true, 4},
		{"one count after the first one", sandbox.Count, sandbox.Quota{Daily: 10, Used: 6}, 20, false, 1},
		{"no count after the first one", sandbox.Count, sandbox.Quota{Daily: 10, Used: 7}, 20, false, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldOf(t, sandbox.Account{Materials: images("x", 6), Quotas: map[string]sandbox.Quota{tt.path: tt.quota}})
			w.manifest.Guards.QuotaReservePercent = tt.reserve
			if tt.ledger {
				w.remember(t)
				w.manifest.Archive = true
			}
			w.hear = func(c wechat.Call) {
				if c.Errcode != 0 {
					t.Errorf("%s: errcode %d", c.Path, c.Errcode)
				}
			}
			d := w.apply(t.Context())
			if d.Summary.Status != plan.QuotaUsed {
				t.Errorf("status %d, want %d: %s", d.Summary.Status, plan.QuotaUsed, said(d))
			}
			want := map[plan.Outcome]int{plan.Deferred: 6 - tt.deleted}
			if tt.deleted > 0 {
				want[plan.Deleted] = tt.deleted
			}
			if diff := cmp.Diff(want, d.Summary.Result.Outcomes); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
			if text := strings.Join(d.Summary.Result.Messages, "\n"); !strings.Contains(text, tt.path+" has ") || !strings.Contains(text, "run again from 2026-11-24 00:00 (UTC+8) on") {
				t.Errorf("it does not say which quota, and when to come back: %s", text)
			}
			if w.book != nil {
				w.checkBook(t, t.Errorf)
			}

			w.sandbox.SetNow(time.Date(2026, 11, 24, 0, 0, 0, 0, material.China))
			for range 6 { // days, if only one may go each day
				if d = w.apply(t.Context()); d.Summary.Status == plan.Done {
					break
				}
				w.sandbox.SetNow(w.sandbox.Now().AddDate(0, 0, 1))
			}
			if left := w.names(); len(left) != 0 || d.Summary.Status != plan.Done {
				t.Errorf("status %d, and %v are still live: %s", d.Summary.Status, left, said(d))
			}
		})
	}
}

// TestAPlanThatDoesNotFitSaysSo holds that a plan is shown in full, with the
// status that apply would end with.
func TestAPlanThatDoesNotFitSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, sandbox.Account{Materials: images("x", 6), Quotas: map[string]sandbox.Quota{sandbox.DelMaterial: {Daily: 5}}})
	d := decide(t.Context(), w.account(), nil, reconcile.Options{Now: w.sandbox.Now})
	if d.Summary.Status != plan.QuotaUsed || !d.Summary.Applicable || len(d.Deletions()) != 6 {
		t.Errorf("status %d, applicable %v, %d deletions; want %d, true, 6", d.Summary.Status, d.Summary.Applicable, len(d.Deletions()), plan.QuotaUsed)
	}
	if diff := cmp.Diff(plan.Call{Needed: 6, Left: left(5)}, d.Summary.Calls[sandbox.DelMaterial]); diff != "" {
		t.Errorf("calls of del_material (-want +got):\n%s", diff)
	}
}

// TestAListingThatDoesNotFitIsListedAllTheSame holds that it is WeChat who stops
// it, and that the plan says why.
func TestAListingThatDoesNotFitIsListedAllTheSame(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, sandbox.Account{Generate: sandbox.Generate{Image: 100}, Quotas: map[string]sandbox.Quota{sandbox.BatchGet: {Daily: 4}}})
	d := w.apply(t.Context())
	if d.Summary.Status != plan.QuotaUsed || w.calls()["list"] < 4 {
		t.Errorf("status %d after %d list calls, want %d after 4 or more: %s", d.Summary.Status, w.calls()["list"], plan.QuotaUsed, said(d))
	}
	guards := d.Summary.Guards
	want := "the listing needs 5 calls, and " + sandbox.BatchGet + " has 4 of 4 calls left today, 1 of them for production"
	if got := guards[len(guards)-1].Message; !strings.HasSuffix(got, want) {
		t.Errorf("the guard says %q, want at its end %q", got, want)
	}
}

// TestQuotasAreAskedForOnceADay counts how often quota/get is called by runs after
// one that left its memory in the ledger.
func TestQuotasAreAskedForOnceADay(t *testing.T) {
	t.Parallel()
	list, del := sandbox.Quota{}, sandbox.Quota{}
	tests := []struct {
		name   string
		quotas map[string]sandbox.Quota
		alter  func(*testing.T, *world)
		want   int // of count, list, del_material and get_material
	}{
		{"plenty is left", map[string]sandbox.Quota{sandbox.BatchGet: list, sandbox.DelMaterial: del}, nil, 0},
		{"less than twice the need is left", map[string]sandbox.Quota{sandbox.DelMaterial: {Daily: 9}}, nil, 1},
		{"the next day", nil, func(_ *testing.T, w *world) { w.sandbox.SetNow(time.Date(2026, 11, 24, 0, 0, 0, 0, material.China)) }, 4},
		{"a second before the next day", nil, func(_ *testing.T, w *world) {
			w.sandbox.SetNow(time.Date(2026, 11, 23, 23, 59, 59, 0, material.China))
		}, 0},
		{"without the ledger", nil, func(_ *testing.T, w *world) { w.book, w.manifest.Archive = nil, false }, 3},
		{"WeChat does not say, and then nothing more is asked", map[string]sandbox.Quota{sandbox.DelMaterial: {Daily: 9}}, func(t *testing.T, w *world) {
			w.sandbox.SetNow(time.Date(2026, 11, 24, 0, 0, 0, 0, material.China))
			w.inject(t, sandbox.Fault{Path: sandbox.QuotaGet, Errcode: 48001})
		}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldOf(t, sandbox.Account{Materials: images("x", 4), Quotas: tt.quotas}).remember(t)
			w.manifest.Archive = true
			w.plan(t.Context())
			before := w.sandbox.Calls()[sandbox.QuotaGet]
			if before != 4 {
				t.Errorf("the first run asked %d times, want 4", before)
			}
			if tt.alter != nil {
				tt.alter(t, w)
			}
			if d := w.apply(t.Context()); d.Summary.Status != plan.Done || len(w.names()) != 0 {
				t.Errorf("status %d: %s", d.Summary.Status, said(d))
			}
			if got := w.sandbox.Calls()[sandbox.QuotaGet] - before; got != tt.want {
				t.Errorf("the next run asked %d times, want %d", got, tt.want)
			}
		})
	}
}

// TestARefusedAccountIsNotAskedForItsQuotas holds that the count comes first: an
// administrator who has to confirm calls is asked once.
func TestARefusedAccountIsNotAskedForItsQuotas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, images("x", 4)...)
	w.inject(t, sandbox.Fault{Errcode: 89503})
	d := w.apply(t.Context())
	if d.Summary.Status != plan.Denied {
		t.Errorf("status %d, want %d: %s", d.Summary.Status, plan.Denied, said(d))
	}
	if diff := cmp.Diff(map[string]int{sandbox.StableToken: 1, sandbox.Count: 1}, w.sandbox.Calls()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// TestARunKeepsToTheLimitAMinute holds that 45011 comes once for each path where
// WeChat tells the limit, that it is waited out where it does not, and that nobody
// waits for longer than that takes.
func TestARunKeepsToTheLimitAMinute(t *testing.T) {
	t.Parallel()
	minute := map[string]sandbox.Quota{
		sandbox.BatchGet:    {Minute: 60, RefreshSecond: 60},
		sandbox.DelMaterial: {Minute: 60, RefreshSecond: 60},
	}
	tests := []struct {
		name   string
		fault  sandbox.Fault
		first  bool // the run before left its memory in the ledger
		limits int  // how often 45011 comes
	}{
		{name: "WeChat tells", limits: 2},
		{name: "the ledger remembers", first: true, limits: 2},
		{name: "nobody knows", fault: sandbox.Fault{Path: sandbox.QuotaGet, Errcode: 48001}, limits: 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldOf(t, sandbox.Account{Materials: images("x", 150), Generate: sandbox.Generate{Image: 1250}, Quotas: minute}).remember(t)
			w.manifest.Archive = false
			w.manifest.Rules[0].Name = "活动海报_*" // all that is generated
			if tt.fault != (sandbox.Fault{}) {
				w.inject(t, tt.fault)
			}
			if tt.first {
				w.sleeper()
				w.plan(t.Context())
				w.sandbox.SetNow(now.Add(10 * time.Minute))
				w.connect(t)
			}
			asked := w.sandbox.Calls()[sandbox.QuotaGet]
			began := w.sleeper()
			var mu sync.Mutex
			limited := 0
			w.hear = func(c wechat.Call) {
				mu.Lock()
				defer mu.Unlock()
				if c.Errcode == 45011 {
					limited++
				}
			}
			opt := w.options()
			opt.Parallelism = 1 // on a pretended clock the sleep of one call takes the time of those on their way
			d := w.run(t.Context(), nil, opt)
			if d.Summary.Status != plan.Done || d.Summary.Result.Outcomes[plan.Deleted] != 150 {
				t.Errorf("status %d: %v %s", d.Summary.Status, d.Summary.Result, said(d))
			}
			if limited != tt.limits {
				t.Errorf("45011 came %d times, want %d", limited, tt.limits)
			}
			// 70 pages take a second minute, 150 deletions a third.
			if took := w.sandbox.Now().Sub(began); took != 3*time.Minute {
				t.Errorf("it took %s, want 3m", took)
			}
			if tt.first && w.sandbox.Calls()[sandbox.QuotaGet] != asked {
				t.Error("WeChat was asked again")
			}
		})
	}
}

// sleeper makes the sandbox's clock go on when the client sleeps, and returns what
// it shows. Who sleeps at the same time sleeps through the same time.
func (w *world) sleeper() time.Time {
	var mu sync.Mutex
	w.sleep = func(d time.Duration) {
		until := w.sandbox.Now().Add(d)
		mu.Lock()
		defer mu.Unlock()
		if until.After(w.sandbox.Now()) {
			w.sandbox.SetNow(until)
		}
	}
	return w.sandbox.Now()
}

// TestAQuotaThatWeChatSaysIsUsedUpIsNotRememberedAsPlenty holds that after 45009
// the next run of the day asks, whatever WeChat said before.
func TestAQuotaThatWeChatSaysIsUsedUpIsNotRememberedAsPlenty(t *testing.T) {
	t.Parallel()
	w := newWorld(t, images("x", 4)...).remember(t)
	w.inject(t, sandbox.Fault{Path: sandbox.DelMaterial, Errcode: 45009, At: 2})
	if d := w.apply(t.Context()); d.Summary.Status != plan.QuotaUsed {
		t.Fatalf("status %d, want %d: %s", d.Summary.Status, plan.QuotaUsed, said(d))
	}
	before := w.sandbox.Calls()[sandbox.QuotaGet]
	if d := w.apply(t.Context()); d.Summary.Status != plan.Done {
		t.Errorf("status %d: %s", d.Summary.Status, said(d))
	}
	if got := w.sandbox.Calls()[sandbox.QuotaGet] - before; got != 4 {
		t.Errorf("the next run asked %d times, want 4", got)
	}
}
