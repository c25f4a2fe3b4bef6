package reconcile_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
	"wxkeep/state/wechat"
	"wxkeep/state/wechat/sandbox"
)

func TestApply(t *testing.T) {
	t.Parallel()
	// Three orphans, of which a is the youngest, and something kept.
	abc := append(images("keep-", 3), one(material.Image, "a", 40), one(material.Image, "b", 50), one(material.Image, "c", 60))
	del := func(f sandbox.Fault) sandbox.Fault { f.Path = sandbox.DelMaterial; return f }
	tests := []struct {
		name      string
		materials []sandbox.Material
		faults    []sandbox.Fault
		status    plan.Status
		outcomes  map[string]plan.Outcome
		live      []string
		verified  bool
		says      string // in an error or a message
		calls     map[string]int
	}{
		{
			name:     "orphans go, and the account is counted twice",
			outcomes: map[string]plan.Outcome{"a": "deleted", "b": "deleted", "c": "deleted"},
			live:     []string{"keep-0", "keep-1", "keep-2"}, verified: true,
			calls: map[string]int{"count": 3, "list": 1, "delete": 3},
		},
		{
			name:      "one orphan is verified by the canary's count",
			materials: append(images("keep-", 3), one(material.Image, "a", 40)),
			outcomes:  map[string]plan.Outcome{"a": "deleted"},
			live:      []string{"keep-0", "keep-1", "keep-2"}, verified: true,
			calls: map[string]int{"count": 2, "list": 1, "delete": 1},
		},
		{
			name:      "nothing to do needs no call more",
			materials: images("keep-", 3),
			outcomes:  map[string]plan.Outcome{},
			live:      []string{"keep-0", "keep-1", "keep-2"},
			calls:     map[string]int{"count": 1, "list": 1},
		},
		{
			name:     "a material in use is refused, and the next one is the canary",
			faults:   []sandbox.Fault{del(sandbox.Fault{Errcode: 48005, At: 1})},
			outcomes: map[string]plan.Outcome{"a": "deleted", "b": "deleted", "c": "refused"},
			live:     []string{"c", "keep-0", "keep-1", "keep-2"}, verified: true,
			calls: map[string]int{"count": 3, "list": 1, "delete": 3},
		},
		{
			name:     "the daily quota defers the rest",
			faults:   []sandbox.Fault{del(sandbox.Fault{Errcode: 45009, From: 2})},
			status:   plan.QuotaUsed,
			outcomes: map[string]plan.Outcome{"a": "deferred", "b": "deferred", "c": "deleted"},
			live:     []string{"a", "b", "keep-0", "keep-1", "keep-2"}, verified: true,
			says: "2 of 3 deferred, run again to go on",
		},
		{
			name:     "busy is asked again",
			faults:   []sandbox.Fault{del(sandbox.Fault{Errcode: -1, Every: 2})},
			outcomes: map[string]plan.Outcome{"a": "deleted", "b": "deleted", "c": "deleted"},
			live:     []string{"keep-0", "keep-1", "keep-2"}, verified: true,
		},
		{
			name:     "a lost answer is our own deletion when a new listing agrees",
			faults:   []sandbox.Fault{del(sandbox.Fault{Lost: sandbox.LostBusy, At: 1}), del(sandbox.Fault{Lost: sandbox.LostCut, At: 3})},
			outcomes: map[string]plan.Outcome{"a": "deleted", "b": "deleted", "c": "deleted"},
			live:     []string{"keep-0", "keep-1", "keep-2"}, verified: true,
		},
		{
			name:     "a refused id that is still listed has failed",
			faults:   []sandbox.Fault{del(sandbox.Fault{Errcode: 40007, At: 2})},
			status:   plan.Incomplete,
			outcomes: map[string]plan.Outcome{"a": "deleted", "b": "failed", "c": "deleted"},
			live:     []string{"b", "keep-0", "keep-1", "keep-2"}, verified: true,
		},
		{
			name:     "a canary that is listed but not valid is another account's",
			faults:   []sandbox.Fault{del(sandbox.Fault{Errcode: 40007})},
			status:   plan.Foreign,
			outcomes: map[string]plan.Outcome{"a": "deferred", "b": "deferred", "c": "failed"},
			live:     []string{"a", "b", "c", "keep-0", "keep-1", "keep-2"}, verified: true,
			says: "the first media_id is listed, but not valid for deletion",
		},
		{
			name:      "three in a row not valid stop the run",
			materials: append(images("keep-", 3), append(images("x", 9), one(material.Image, "canary", 99))...),
			faults:    []sandbox.Fault{del(sandbox.Fault{Errcode: 40007, From: 2})},
			status:    plan.Foreign,
			verified:  true,
			says:      "3 media_ids in a row are not valid",
		},
		{
			name:     "an unknown code stops the run",
			faults:   []sandbox.Fault{del(sandbox.Fault{Errcode: 12345, Errmsg: "what", At: 2})},
			status:   plan.Error,
			outcomes: map[string]plan.Outcome{"a": "deferred", "b": "failed", "c": "deleted"},
			live:     []string{"a", "b", "keep-0", "keep-1", "keep-2"}, verified: true,
			says: "errcode 12345: what",
		},
		{
			name:     "a lost permission stops the run",
			faults:   []sandbox.Fault{del(sandbox.Fault{Errcode: 48001, From: 2})},
			status:   plan.Denied,
			outcomes: map[string]plan.Outcome{"a": "deferred", "b": "deferred", "c": "deleted"},
			live:     []string{"a", "b", "keep-0", "keep-1", "keep-2"}, verified: true,
			says: "48001",
		},
		{
			name:     "an account that cannot be counted again is not verified",
			faults:   []sandbox.Fault{{Path: sandbox.Count, Errcode: 45009, At: 3}},
			status:   plan.QuotaUsed,
			outcomes: map[string]plan.Outcome{"a": "deleted", "b": "deleted", "c": "deleted"},
			live:     []string{"keep-0", "keep-1", "keep-2"},
			says:     "not verified",
		},
		{
			name:     "and that is no success, though every answer was",
			faults:   []sandbox.Fault{{Path: sandbox.Count, Status: 502, From: 3}},
			status:   plan.Incomplete,
			outcomes: map[string]plan.Outcome{"a": "deleted", "b": "deleted", "c": "deleted"},
			live:     []string{"keep-0", "keep-1", "keep-2"},
			says:     "not verified",
		},
		{
			name:     "a canary that cannot be looked after stops the run",
			faults:   []sandbox.Fault{{Path: sandbox.Count, Errcode: 45009, From: 2}},
			status:   plan.QuotaUsed,
			outcomes: map[string]plan.Outcome{"a": "deferred", "b": "deferred", "c": "deleted"},
			live:     []string{"a", "b", "keep-0", "keep-1", "keep-2"},
			says:     "count again after the first deletion",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			materials := tt.materials
			if materials == nil {
				materials = slices.Clone(abc)
			}
			w := newWorld(t, materials...)
			w.inject(t, tt.faults...)
			opt := w.options()
			opt.Parallelism = 1 // so that the nth call is always the same one
			d := decide(t.Context(), w.account(), nil, opt)
			d.Apply(t.Context(), t.Context())
			if d.Summary.Status != tt.status {
				t.Errorf("status %d, want %d (%s)", d.Summary.Status, tt.status, d.Summary.Error)
			}
			if tt.outcomes != nil {
				if diff := cmp.Diff(tt.outcomes, outcomes(d)); diff != "" {
					t.Errorf("outcomes mismatch (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(tt.live, w.names()); diff != "" {
					t.Errorf("live mismatch (-want +got):\n%s", diff)
				}
			}
			said := d.Summary.Error
			if r := d.Summary.Result; r != nil {
				said += strings.Join(r.Messages, "\n")
				if r.Verified != tt.verified {
					t.Errorf("verified %v, want %v (%s)", r.Verified, tt.verified, said)
				}
			}
			for _, c := range d.Changes {
				said += c.Note
			}
			if !strings.Contains(said, tt.says) {
				t.Errorf("%q is not said in:\n%s", tt.says, said)
			}
			if tt.calls != nil {
				if diff := cmp.Diff(tt.calls, w.calls()); diff != "" {
					t.Errorf("calls mismatch (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// elsewhere is a server that answers deletions itself and passes the rest on.
func elsewhere(t *testing.T, w *world, deleted func(http.ResponseWriter)) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == sandbox.DelMaterial {
			deleted(rw)
			return
		}
		w.sandbox.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	w.server = &sandbox.Server{URL: server.URL}
	w.connect(t)
}

func TestApplyStopsWhenTheCanaryIsAcceptedButNotGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(images("keep-", 3), images("x", 30)...)...)
	asked := 0
	elsewhere(t, w, func(rw http.ResponseWriter) {
		asked++
		_, _ = io.WriteString(rw, `{"errcode":0,"errmsg":"ok"}`)
	})
	d := w.apply(t.Context())
	if asked != 1 {
		t.Errorf("%d deletions were sent, want the canary alone", asked)
	}
	if d.Summary.Status != plan.Foreign {
		t.Errorf("status %d, want %d", d.Summary.Status, plan.Foreign)
	}
	if got := d.Summary.Result.Outcomes; got[plan.Failed] != 1 || got[plan.Deferred] != 29 {
		t.Errorf("outcomes %v, want one failed and 29 deferred", got)
	}
}

func TestApplyBelievesThePageWhenTheCountDoesNotFit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(images("keep-", 3), images("x", 30)...)...)
	var once sync.Once
	w.hear = func(c wechat.Call) {
		if c.Path == sandbox.DelMaterial {
			once.Do(func() { upload(t, w, "keep-late0", "keep-late1") })
		}
	}
	d := w.apply(t.Context())
	if d.Summary.Status != plan.Done || !d.Summary.Result.Verified {
		t.Errorf("status %d, verified %v: %s", d.Summary.Status, d.Summary.Result.Verified, d.Summary.Result.Messages)
	}
	if diff := cmp.Diff([]string{"keep-0", "keep-1", "keep-2", "keep-late0", "keep-late1"}, w.names()); diff != "" {
		t.Errorf("live mismatch (-want +got):\n%s", diff)
	}
	// Listed with two calls; the canary's page and the first page were read, and
	// nothing was listed again.
	if diff := cmp.Diff(map[string]int{"count": 3, "list": 4, "delete": 30}, w.calls()); diff != "" {
		t.Errorf("calls mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"2 image uploaded meanwhile"}, d.Summary.Result.Messages); diff != "" {
		t.Errorf("messages mismatch (-want +got):\n%s", diff)
	}
}

func upload(t tester, w *world, names ...string) {
	for _, n := range names {
		if _, err := w.sandbox.Upload(appid, sandbox.Material{Type: material.Image, Name: n}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestApplyNotesWhatSomebodyElseDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(images("keep-", 3), images("x", 4)...)...)
	d := w.decide(t.Context())
	w.sandbox.Remove(appid, w.id(t, "x1"))
	d.Apply(t.Context(), t.Context())
	want := map[string]plan.Outcome{"x0": "deleted", "x1": "already_absent", "x2": "deleted", "x3": "deleted"}
	if diff := cmp.Diff(want, outcomes(d)); diff != "" {
		t.Errorf("outcomes mismatch (-want +got):\n%s", diff)
	}
	if d.Summary.Status != plan.Done {
		t.Errorf("status %d, want done: what is gone is gone", d.Summary.Status)
	}
}

func TestApplySendsTheCanaryThenNewsThenTheOldest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(images("keep-", 3),
		one(material.Voice, "v", 400), one(material.Image, "young", 40), one(material.Image, "old", 50),
		one(material.News, "n-young", 20), one(material.News, "n-old", 30), one(material.Video, "film", 300))...)
	a, opt := w.account(), w.options()
	opt.Parallelism = 1
	var names []string
	byID := map[material.ID]string{}
	for _, it := range w.sandbox.Live(appid) {
		byID[it.ID] = it.Name
	}
	decide(t.Context(), a, nil, opt).Apply(t.Context(), t.Context())
	for _, id := range w.sandbox.Deletes() {
		names = append(names, byID[id])
	}
	if diff := cmp.Diff([]string{"old", "n-old", "n-young", "v", "film", "young"}, names); diff != "" {
		t.Errorf("order mismatch (-want +got):\n%s", diff)
	}
}

func TestApplyDoublesUpToTheParallelism(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(images("keep-", 3), images("x", 16)...)...)
	var mu sync.Mutex
	flying, most := 0, 0
	var peaks []int // after how many deletions the peak rose
	done := 0
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == sandbox.DelMaterial {
			mu.Lock()
			if flying++; flying > most {
				most = flying
				peaks = append(peaks, done)
			}
			mu.Unlock()
			defer func() {
				mu.Lock()
				flying--
				done++
				mu.Unlock()
			}()
		}
		w.sandbox.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	w.server = &sandbox.Server{URL: server.URL}
	w.connect(t)
	if d := w.apply(t.Context()); d.Summary.Status != plan.Done {
		t.Fatalf("status %d", d.Summary.Status)
	}
	if most > 4 {
		t.Errorf("%d deletions in flight, want at most the parallelism, 4", most)
	}
	if peaks[0] != 0 || len(peaks) > 1 && peaks[1] < 1 || len(peaks) > 2 && peaks[2] < 3 {
		t.Errorf("in flight rose after %v deletions, want one alone, then two", peaks)
	}
}

func TestApplyEndsAfterTheCallsInFlight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(images("keep-", 3), images("x", 20)...)...)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	n := 0
	var mu sync.Mutex
	w.hear = func(c wechat.Call) {
		mu.Lock()
		defer mu.Unlock()
		if c.Path == sandbox.DelMaterial {
			if n++; n == 4 {
				stop()
			}
		}
	}
	d := w.decide(t.Context())
	d.Apply(ctx, t.Context())
	if d.Summary.Status != plan.Interrupted || !d.Summary.Result.Verified {
		t.Errorf("status %d, verified %v, want 130 and verified", d.Summary.Status, d.Summary.Result.Verified)
	}
	got := d.Summary.Result.Outcomes
	if got[plan.Deleted]+got[plan.Deferred] != 20 || got[plan.Deleted] < 4 || got[plan.Deleted] > 7 {
		t.Errorf("outcomes %v, want those of the batch in flight, and the rest deferred", got)
	}
	if live := len(w.sandbox.Live(appid)); live != 23-got[plan.Deleted] {
		t.Errorf("%d live, %d said to be deleted of 23", live, got[plan.Deleted])
	}
}

func TestApplyCutAtOnceSaysThatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(images("keep-", 3), images("x", 8)...)...)
	calls, cut := context.WithCancel(t.Context())
	defer cut()
	hold := make(chan struct{})
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == sandbox.DelMaterial {
			if n++; n == 2 {
				cut()
				<-hold // the answer comes too late
			}
		}
		w.sandbox.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	defer close(hold)
	w.server = &sandbox.Server{URL: server.URL}
	w.connect(t)
	a, opt := w.account(), w.options()
	opt.Parallelism = 1
	d := decide(t.Context(), a, nil, opt)
	d.Apply(calls, calls)
	got := d.Summary.Result.Outcomes
	if d.Summary.Status != plan.Interrupted || got[plan.Deleted] != 1 || got[plan.Undecided] != 1 || got[plan.Deferred] != 6 {
		t.Errorf("status %d, outcomes %v, want 130, one deleted, one unknown, six deferred", d.Summary.Status, got)
	}
	if d.Summary.Result.Verified {
		t.Error("verified, though it was cut")
	}
}

func TestApplyRefusesAClockThatIsOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(images("keep-", 3), images("x", 3)...)...)
	a := w.account()
	a.Reader = skewed{a.Reader, -6 * time.Minute}
	d := decide(t.Context(), a, nil, w.options())
	d.Apply(t.Context(), t.Context())
	if d.Summary.Status != plan.Error || d.Summary.Error != "this machine's clock is 6m0s off the server's: set it, then run again" {
		t.Errorf("status %d, error %q", d.Summary.Status, d.Summary.Error)
	}
	if n := len(w.sandbox.Deletes()); n != 0 {
		t.Errorf("%d deletions were sent", n)
	}
}

type skewed struct {
	reconcile.Reader
	by time.Duration
}

func (s skewed) Skew() (time.Duration, bool) { return s.by, true }

func TestBlockedPlansSendNothing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		alter  func(*world)
		status plan.Status
	}{
		{"freeze", func(w *world) { w.manifest.Freeze = true }, plan.GuardBlocked},
		{"an empty manifest", func(w *world) { w.manifest.Rules = nil }, plan.GuardBlocked},
		{"a canary that is gone", func(w *world) { w.manifest.Canaries = []material.ID{"tweety"} }, plan.Foreign},
		{"listed ids of another account", func(w *world) { w.manifest.Keep = []manifests.Entry{{ID: "elsewhere"}} }, plan.Foreign},
		{"too many", func(w *world) { w.manifest.Guards.MaxDeletes = 2 }, plan.GuardBlocked},
		{"too large a part", func(w *world) { w.manifest.Guards.MaxDeletePercent = 49 }, plan.GuardBlocked},
		{"news that is not named", func(w *world) { w.manifest.Guards.AllowIrreversible = nil }, plan.GuardBlocked},
		{"a list that is short", func(w *world) { _ = w.sandbox.Inject(appid, sandbox.Fault{TotalOff: 25}) }, plan.Unseen},
		{"a list without items", func(w *world) { _ = w.sandbox.Inject(appid, sandbox.Fault{Path: sandbox.BatchGet, NoItem: true}) }, plan.Error},
		{"a quota used up while listing", func(w *world) {
			_ = w.sandbox.Inject(appid, sandbox.Fault{Path: sandbox.BatchGet, Errcode: 45009, At: 2})
		}, plan.QuotaUsed},
		{"a listing that is not granted", func(w *world) { _ = w.sandbox.Inject(appid, sandbox.Fault{Path: sandbox.BatchGet, Errcode: 48001}) }, plan.Denied},
		{"a server that is always busy", func(w *world) { _ = w.sandbox.Inject(appid, sandbox.Fault{Path: sandbox.BatchGet, Status: 502}) }, plan.Unseen},
		{"a server that is gone", func(w *world) { _ = w.server.Close() }, plan.Error},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, append(images("keep-", 3), one(material.News, "n", 40), one(material.Image, "x", 50), one(material.Image, "y", 50))...)
			tt.alter(w)
			d := w.apply(t.Context())
			if d.Summary.Status != tt.status {
				t.Errorf("status %d, want %d (%s)", d.Summary.Status, tt.status, d.Summary.Error)
			}
			if n := len(w.sandbox.Deletes()); n != 0 {
				t.Errorf("%d deletions were sent", n)
			}
			if d.Summary.Applicable {
				t.Error("the plan is applicable")
			}
		})
	}
}
