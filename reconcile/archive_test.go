package reconcile_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

// abc are three orphans, of which c is the oldest, so the first to go, and
// something kept.
func abc() []sandbox.Material {
	return append(images("keep-", 3), one(material.Image, "a", 40), one(material.Image, "b", 50), one(material.Image, "c", 60))
}

func TestWhatCannotBeArchivedIsLeftAlone(t *testing.T) {
	t.Parallel()
	get := func(f sandbox.Fault) []sandbox.Fault { f.Path = sandbox.GetMaterial; return []sandbox.Fault{f} }
	type verdicts = map[string]plan.Outcome
	none := verdicts{"a": "deferred", "b": "deferred", "c": "deferred"}
	tests := []struct {
		name   string
		faults []sandbox.Fault
		full   []string     // keys that cannot be written
		answer string       // instead of the first content asked for
		later  func(*world) // after the plan
		status plan.Status
		want   verdicts
		says   string
	}{
		{name: "the quota of get_material is used up", faults: get(sandbox.Fault{Errcode: 45009}), status: plan.QuotaUsed, want: none, says: "3 of 3 deferred"},
		{
			name: "it is used up on the way", faults: get(sandbox.Fault{Errcode: 45009, From: 2}),
			status: plan.QuotaUsed, want: verdicts{"a": "deferred", "b": "deferred", "c": "deleted"}, says: "2 of 3 deferred",
		},
		{name: "get_material is not granted", faults: get(sandbox.Fault{Errcode: 48001}), status: plan.Denied, want: none, says: "48001"},
		{
			name: "the server is busy for one", faults: get(sandbox.Fault{Status: 502, To: 5}),
			status: plan.Incomplete, want: verdicts{"a": "deleted", "b": "deleted", "c": "archive_failed"}, says: "502",
		},
		{
			name: "the server is always busy", faults: get(sandbox.Fault{Status: 502}),
			status: plan.Incomplete, want: verdicts{"a": "archive_failed", "b": "archive_failed", "c": "archive_failed"}, says: "stopped: ",
		},
		{
			name: "one is not valid, but listed", faults: get(sandbox.Fault{Errcode: 40007, At: 1}),
			status: plan.Incomplete, want: verdicts{"a": "deleted", "b": "deleted", "c": "archive_failed"}, says: "40007",
		},
		{
			name:   "and a new listing, made for another one, does not change that",
			faults: append(get(sandbox.Fault{Errcode: 40007, At: 1}), sandbox.Fault{Path: sandbox.DelMaterial, Lost: sandbox.LostCut, At: 2}),
			status: plan.Incomplete, want: verdicts{"a": "deleted", "b": "deleted", "c": "archive_failed"}, says: "40007",
		},
		{
			name: "one is gone", later: func(w *world) { w.sandbox.Remove(appid, w.oldest()) },
			want: verdicts{"a": "deleted", "b": "deleted", "c": "already_absent"}, says: "gone before its turn came",
		},
		{
			name: "a code that nobody knows stops the run", faults: get(sandbox.Fault{Errcode: 12345, At: 1}),
			status: plan.Error, want: verdicts{"a": "deferred", "b": "deferred", "c": "archive_failed"}, says: "stopped: /cgi-bin/material/get_material: errcode 12345",
		},
		{
			name: "a gateway's words in the place of a picture", answer: "upstream connect error",
			status: plan.Incomplete, want: verdicts{"a": "deleted", "b": "deleted", "c": "archive_failed"}, says: "its content is no image, but text/plain",
		},
		{
			name: "a video in the place of a picture", answer: `{"title":"t","description":"d","down_url":"http://example.com/"}`,
			status: plan.Incomplete, want: verdicts{"a": "deleted", "b": "deleted", "c": "archive_failed"}, says: "its content is no image, but application/json",
		},
		{
			name: "the disk is full", full: []string{"blobs/"},
			status: plan.Error, want: verdicts{"a": "deferred", "b": "deferred", "c": "archive_failed"}, says: "save what is deleted: archive",
		},
		{
			name: "the disk is full after the content", full: []string{"archive/"},
			status: plan.Error, want: verdicts{"a": "deferred", "b": "deferred", "c": "archive_failed"}, says: "no space left on device",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, abc()...).remember(t)
			if tt.answer != "" {
				instead(t, w, sandbox.GetMaterial, tt.answer)
			}
			w.inject(t, tt.faults...)
			opt := w.options()
			opt.Parallelism = 1
			all := reconcile.Plan(t.Context(), []*reconcile.Account{w.account()}, nil, opt)
			w.book.refuse = full(tt.full...)
			if tt.later != nil {
				tt.later(w)
			}
			d := all[0]
			d.Apply(t.Context(), t.Context())
			if err := reconcile.Release(t.Context(), all); err != nil {
				t.Error(err)
			}
			if d.Summary.Status != tt.status {
				t.Errorf("status %d, want %d (%s)", d.Summary.Status, tt.status, d.Summary.Error)
			}
			if diff := cmp.Diff(tt.want, outcomes(d)); diff != "" {
				t.Errorf("outcomes mismatch (-want +got):\n%s", diff)
			}
			said := said(d)
			if !strings.Contains(said, tt.says) {
				t.Errorf("%q is not said in:\n%s", tt.says, said)
			}
			w.checkBook(t, t.Errorf)
			noted := map[string]plan.Outcome{}
			for _, it := range w.journaled(t) {
				noted[it.Name] = plan.Outcome(it.Outcome)
			}
			if diff := cmp.Diff(tt.want, noted); diff != "" {
				t.Errorf("the journal's outcomes mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// oldest is the id of the material that was changed first.
func (w *world) oldest() material.ID {
	live := w.sandbox.Live(appid)
	oldest := live[0]
	for _, it := range live {
		if it.UpdateTime < oldest.UpdateTime {
			oldest = it
		}
	}
	return oldest.ID
}

// instead answers the first call of path with other words.
func instead(t *testing.T, w *world, path, answer string) {
	t.Helper()
	first := true
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path && first {
			first = false
			_, _ = io.WriteString(rw, answer)
			return
		}
		w.sandbox.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	w.server = &sandbox.Server{URL: server.URL}
	w.connect(t)
}

// said is all that a run says in words.
func said(d *reconcile.Decision) string {
	words := []string{d.Summary.Error}
	if r := d.Summary.Result; r != nil {
		words = append(words, r.Messages...)
	}
	for _, c := range d.Changes {
		words = append(words, c.Detail, c.Note)
	}
	for _, f := range d.Summary.Findings {
		words = append(words, f.Message)
	}
	for _, g := range d.Summary.Guards {
		if g.Status == plan.Blocked {
			words = append(words, g.Message)
		}
	}
	return strings.Join(words, "\n")
}

func TestWhatTheAPIGivesOfEachTypeIsArchived(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(images("keep-", 6), one(material.Image, "twin", 40), one(material.Image, "twin2", 41),
		one(material.Voice, "v", 42), one(material.Video, "film", 43), one(material.News, "n", 44))...).remember(t)
	d := w.apply(t.Context())
	if d.Summary.Status != plan.Done {
		t.Fatalf("status %d: %s", d.Summary.Status, said(d))
	}
	kinds := map[string]string{}
	for _, it := range w.journaled(t) {
		a, content, err := w.ledger().Load(t.Context(), it.ID)
		if err != nil {
			t.Fatal(err)
		}
		if a.SHA256 != it.SHA256 || a.Size != len(content) {
			t.Errorf("%s is archived with %s and %d bytes, the journal says %s", it.Name, a.SHA256, a.Size, it.SHA256)
		}
		kinds[a.Name] = a.Kind
	}
	delete(kinds, "v") // AMR has no kind of its own
	want := map[string]string{"twin": "image/png", "twin2": "image/png", "film": "application/json", "n": "application/json"}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("kinds mismatch (-want +got):\n%s", diff)
	}
	if got := d.Summary.Calls[sandbox.GetMaterial].Used; got != 5 {
		t.Errorf("%d contents were asked for, want 5", got)
	}
}

func TestAPlanSaysWhatItsArchiveCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, abc()...).remember(t)
	if got := w.plan(t.Context()).Summary.Calls[sandbox.GetMaterial]; got.Used != 0 || got.Needed != 3 {
		t.Errorf("get_material: %+v, want 3 needed", got)
	}
}

// A batch is several waves of calls: what stops the run on its way saves the rest
// of them.
func TestNothingMoreIsFetchedOnceTheArchiveIsFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(images("keep-", 20), images("x", 20)...)...).remember(t)
	opt := w.options()
	opt.Parallelism = 2
	all := reconcile.Plan(t.Context(), []*reconcile.Account{w.account()}, nil, opt)
	var blobs atomic.Int32 // two are saved at once
	w.book.refuse = func(key string) error {
		if strings.HasPrefix(key, "blobs/") {
			if blobs.Add(1) > 8 {
				return full("blobs/")(key)
			}
		}
		return nil
	}
	all[0].Apply(t.Context(), t.Context())
	w.book.refuse = nil
	if err := reconcile.Release(t.Context(), all); err != nil {
		t.Error(err)
	}
	sent, got := len(w.sandbox.Deletes()), w.sandbox.Calls()[sandbox.GetMaterial]
	if got > 10 || sent > 8 || all[0].Summary.Status != plan.Error {
		t.Errorf("status %d: %d contents fetched for 8 that could be saved, %d sent", all[0].Summary.Status, got, sent)
	}
}
