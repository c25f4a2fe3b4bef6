package reconcile_test

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state/ledger"
	"wxkeep/state/material"
	"wxkeep/state/wechat"
	"wxkeep/state/wechat/sandbox"
)

// An uploader uploads as the command line does.
type uploader struct{ client *wechat.Uploader }

func (u uploader) Upload(ctx context.Context, it material.Item, content []byte) (material.ID, error) {
	id, _, err := u.client.Upload(ctx, it.Type, it.Name, content)
	return id, err
}

// restore brings back ids, or what a run deleted.
func (w *world) restore(t *testing.T, ids []material.ID, run string) (*reconcile.Restoration, error) {
	t.Helper()
	r, err := reconcile.Restore(t.Context(), w.account(), ids, run, w.options())
	if err != nil {
		t.Fatal(err)
	}
	err = r.Apply(t.Context(), t.Context(), uploader{wechat.NewUploader(w.client)})
	if released := r.Release(t.Context()); released != nil {
		t.Error(released)
	}
	return r, err
}

// contents are the bytes of what is live, by name.
func (w *world) contents(t *testing.T) map[string][]byte {
	t.Helper()
	got := map[string][]byte{}
	for _, it := range w.sandbox.Live(appid) {
		c, err := fetcher{wechat.NewReader(w.client)}.Fetch(t.Context(), it)
		if err != nil {
			t.Fatal(err)
		}
		got[it.Name] = c.Bytes
	}
	return got
}

// lastRun names the last run in the journal.
func (w *world) lastRun(t *testing.T) string {
	t.Helper()
	h, err := w.ledger().History(t.Context(), now.AddDate(-1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return h.Runs[len(h.Runs)-1].ID
}

func TestWhatARunDeletedIsBroughtBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(images("keep-", 3), one(material.Image, "a.png", 40), one(material.Voice, "v.amr", 41), one(material.Video, "film", 42))...).remember(t)
	before := w.contents(t)
	old := map[string]material.ID{}
	for _, it := range w.sandbox.Live(appid) {
		old[it.Name] = it.ID
	}
	if d := w.apply(t.Context()); d.Summary.Status != plan.Done {
		t.Fatalf("status %d: %s", d.Summary.Status, said(d))
	}
	run := w.lastRun(t)
	r, err := w.restore(t, nil, run)
	if err != nil || r.Status != plan.Done {
		t.Fatalf("status %d: %v", r.Status, err)
	}
	after := w.contents(t)
	delete(before, "film")
	if diff := cmp.Diff(slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after))); diff != "" {
		t.Errorf("names mismatch (-want +got):\n%s", diff)
	}
	for name := range before {
		if !bytes.Equal(before[name], after[name]) {
			t.Errorf("%s came back with other bytes", name)
		}
	}
	want := map[string]string{"a.png": "", "v.amr": "", "film": "a video cannot be uploaded again through the API"}
	for _, it := range r.Document.Restored {
		note, ok := want[it.Name]
		restored := it.New != "" && it.New == w.named(it.Name) && it.New != it.Old
		if it.Name == "film" {
			restored = it.New == ""
		}
		if !ok || !restored || it.Old != old[it.Name] || !strings.HasPrefix(it.Note, note) || note == "" && it.Note != "" {
			t.Errorf("restored %+v", it)
		}
		delete(want, it.Name)
	}
	if len(want) > 0 {
		t.Errorf("not in the document: %v", want)
	}
	w.checkBook(t, t.Errorf)

	uploads := w.sandbox.Calls()[sandbox.AddMaterial]
	again, err := w.restore(t, []material.ID{old["a.png"], old["a.png"]}, "")
	if err != nil {
		t.Fatal(err)
	}
	there := plan.RestoredItem{Old: old["a.png"], New: w.named("a.png"), Type: material.Image, Name: "a.png", Note: "restored before"}
	if diff := cmp.Diff([]plan.RestoredItem{there}, again.Document.Restored); diff != "" {
		t.Errorf("a second restoration (-want +got):\n%s", diff)
	}
	if n := w.sandbox.Calls()[sandbox.AddMaterial]; n != uploads {
		t.Errorf("it was uploaded again")
	}

	// Held for 30 days, though nothing keeps it; then it goes, and may come back once more.
	for after, want := range map[int]plan.Reason{8: plan.Restored, 29: plan.Restored, 31: plan.Orphan} {
		w.sandbox.SetNow(now.Add(days(after)))
		for _, c := range w.plan(t.Context()).Changes {
			if c.Item.Name == "a.png" && c.Reason != want {
				t.Errorf("after %d days it is %s, want %s", after, c.Reason, want)
			}
		}
	}
	w.sandbox.SetNow(now.Add(days(31)))
	w.apply(t.Context())
	if r, err := w.restore(t, []material.ID{old["a.png"]}, ""); err != nil || r.Document.Restored[0].New != w.named("a.png") || r.Document.Restored[0].Note != "" {
		t.Errorf("once more: %+v, %v", r.Document.Restored, err)
	}
}

func TestWhatIsNotInTheArchive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, abc()...).remember(t)
	w.manifest.Archive = false
	w.apply(t.Context())
	r, err := w.restore(t, nil, w.lastRun(t))
	if err != nil || r.Status != plan.Incomplete || len(r.Document.Restored) != 3 {
		t.Fatalf("status %d, %d in the document: %v", r.Status, len(r.Document.Restored), err)
	}
	for _, it := range r.Document.Restored {
		if it.New != "" || it.Note != "not in the archive" {
			t.Errorf("restored %+v", it)
		}
	}
	for want, f := range map[string]func() (*reconcile.Restoration, error){
		"nobody is not in the archive of brand": func() (*reconcile.Restoration, error) {
			return reconcile.Restore(t.Context(), w.account(), []material.ID{"nobody"}, "", w.options())
		},
		`there is no run "yesterday"`: func() (*reconcile.Restoration, error) {
			return reconcile.Restore(t.Context(), w.account(), nil, "yesterday", w.options())
		},
	} {
		r, err := f()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		if err := r.Release(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestADamagedArchiveIsSaidAndTheOthersComeBack(t *testing.T) {
	t.Parallel()
	for _, damaged := range []string{"blobs", "archive"} {
		t.Run(damaged, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, abc()...).remember(t)
			a := w.named("a")
			w.apply(t.Context())
			archived, err := w.ledger().Archived(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(w.book.dir, "accounts", appid, "blobs", archived.SHA256)
			if damaged == "archive" {
				file = filepath.Join(w.book.dir, "accounts", appid, "archive", string(a)+".json")
			}
			if err := os.Truncate(file, 20); err != nil {
				t.Fatal(err)
			}
			r, err := w.restore(t, nil, w.lastRun(t))
			if err != nil || r.Status != plan.Incomplete {
				t.Errorf("status %d: %v", r.Status, err)
			}
			for _, it := range r.Document.Restored {
				if ok := it.New != ""; ok == (it.Old == a) || ok == (it.Note != "") {
					t.Errorf("restored %+v", it)
				}
			}
			if diff := cmp.Diff([]string{"b.png", "c.png", "keep-0", "keep-1", "keep-2"}, w.names()); diff != "" {
				t.Errorf("live mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnUploadThatFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		fault  sandbox.Fault
		full   string
		status plan.Status
		fails  bool     // with an error
		notes  []string // of the three, as they begin
		noted  []string // in the journal, of those that it has
	}{
		{"the quota is used up", sandbox.Fault{Errcode: 45009, From: 2}, "", plan.QuotaUsed, true, []string{"", "/cgi-bin/material/add_material: errcode 45009", "not tried"}, []string{"restored", "failed"}},
		{"it is not granted", sandbox.Fault{Errcode: 48001}, "", plan.Denied, true, []string{"/cgi-bin/material/add_material: errcode 48001", "not tried", "not tried"}, []string{"failed"}},
		{"one is refused", sandbox.Fault{Errcode: 40005, At: 2}, "", plan.Incomplete, false, []string{"", "/cgi-bin/material/add_material: errcode 40005", ""}, []string{"restored", "failed", "restored"}},
		{"an answer that is lost is asked for again", sandbox.Fault{Lost: sandbox.LostCut, At: 1}, "", plan.Done, false, []string{"", "", ""}, []string{"restored", "restored", "restored"}},
		{"the server is busy for one", sandbox.Fault{Status: 502, To: 5}, "", plan.Incomplete, false, []string{"/cgi-bin/material/add_material: server busy", "", ""}, []string{"unknown", "restored", "restored"}},
		{"a code that nobody knows", sandbox.Fault{Errcode: 12345}, "", plan.Error, true, []string{"/cgi-bin/material/add_material: errcode 12345", "not tried", "not tried"}, []string{"unknown"}},
		{"the journal is full", sandbox.Fault{}, "journal/", plan.Error, true, []string{"not tried", "not tried", "not tried"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, abc()...).remember(t)
			w.apply(t.Context())
			run := w.lastRun(t)
			if tt.fault != (sandbox.Fault{}) {
				tt.fault.Path = sandbox.AddMaterial
				w.inject(t, tt.fault)
			}
			n := 0
			w.book.refuse = func(key string) error {
				if tt.full == "" || !strings.HasPrefix(key, tt.full) {
					return nil
				}
				if n++; n == 1 {
					return nil // the begin
				}
				return full("")(key)
			}
			r, err := w.restore(t, nil, run)
			if r.Status != tt.status || (err != nil) != tt.fails {
				t.Errorf("status %d, want %d: %v", r.Status, tt.status, err)
			}
			for i, it := range r.Document.Restored {
				if !strings.HasPrefix(it.Note, tt.notes[i]) || (tt.notes[i] == "") != (it.Note == "") || (it.Note == "") != (it.New != "") {
					t.Errorf("restored %+v, want the note %q", it, tt.notes[i])
				}
			}
			w.book.refuse = nil
			h, err := w.ledger().History(t.Context(), now.AddDate(-1, 0, 0))
			if err != nil {
				t.Fatal(err)
			}
			var noted []string
			for _, it := range h.Runs[len(h.Runs)-1].Items {
				noted = append(noted, it.Outcome)
			}
			if diff := cmp.Diff(tt.noted, noted); diff != "" {
				t.Errorf("the journal's outcomes mismatch (-want +got):\n%s", diff)
			}
			w.checkBook(t, t.Errorf)
		})
	}
}

func TestARestorationThatIsInterrupted(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]int{"after the calls in flight": 0, "at once": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, abc()...).remember(t)
			w.apply(t.Context())
			r, err := reconcile.Restore(t.Context(), w.account(), nil, w.lastRun(t), w.options())
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			calls := t.Context()
			if at == 1 {
				calls = ctx
			}
			up := interrupting{uploader{wechat.NewUploader(w.client)}, stop}
			if err := r.Apply(ctx, calls, up); err != nil {
				t.Error(err)
			}
			if err := r.Release(t.Context()); err != nil {
				t.Error(err)
			}
			if r.Status != plan.Interrupted {
				t.Errorf("status %d", r.Status)
			}
			var notes []string
			for _, it := range r.Document.Restored {
				notes = append(notes, it.Note)
			}
			if notes[1] != "interrupted" || notes[2] != "interrupted" {
				t.Errorf("notes %q", notes)
			}
			if unknown := strings.Contains(notes[0], "it may have been uploaded"); unknown != (at == 1) {
				t.Errorf("notes %q", notes)
			}
			if again, err := w.restore(t, nil, w.firstRun(t)); err != nil || again.Status != plan.Done || again.Todo() != 0 {
				t.Errorf("the next one: status %d, %v", again.Status, err)
			}
			if diff := cmp.Diff([]string{"a.png", "b.png", "c.png", "keep-0", "keep-1", "keep-2"}, w.names()); diff != "" {
				t.Errorf("live mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// interrupting is interrupted in its first call.
type interrupting struct {
	uploader
	stop func()
}

func (u interrupting) Upload(ctx context.Context, it material.Item, content []byte) (material.ID, error) {
	u.stop()
	return u.uploader.Upload(ctx, it, content)
}

func (w *world) firstRun(t *testing.T) string {
	t.Helper()
	h, err := w.ledger().History(t.Context(), now.AddDate(-1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return h.Runs[0].ID
}

// What a run deleted that was cut is known when the next one has looked.
func TestWhatACutRunDeletedIsBroughtBackByItsName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(images("keep-", 3), one(material.Image, "a.png", 40), one(material.Image, "b.png", 50))...).remember(t)
	a, b := w.named("a.png"), w.named("b.png")
	run := w.intend(t, a, b)
	w.sandbox.Remove(appid, a)
	w.manifest.Keep = kept(b)

	r, err := w.restore(t, nil, run)
	if err != nil || r.Todo() != 0 || len(r.Document.Restored) != 2 || !strings.HasPrefix(r.Document.Restored[0].Note, "nobody knows whether it was deleted") {
		t.Errorf("before the next run: %+v, %v", r.Document.Restored, err)
	}
	w.apply(t.Context())
	if r, err = w.restore(t, nil, run); err != nil || len(r.Document.Restored) != 1 || r.Document.Restored[0].New != w.named("a.png") {
		t.Errorf("after it: %+v, %v", r.Document.Restored, err)
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(images("keep-", 3), one(material.Image, "a.png", 40), one(material.Image, "b.png", 50))...).remember(t)
	saved := w.saved(t, day)
	a, b := w.named("a.png"), w.named("b.png")
	opt := w.options()
	opt.Limit = 1
	w.run(t.Context(), saved, opt)
	first := w.lastRun(t)
	w.intend(t, a)
	second := w.lastRun(t)
	r, err := w.restore(t, []material.ID{b}, "")
	if err != nil {
		t.Fatal(err)
	}
	h, err := w.ledger().History(t.Context(), now.AddDate(-1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	at := h.Runs[0].Started
	want := plan.History{Runs: []plan.PastRun{
		{Run: first, Account: "brand", AppID: appid, StartedAt: at, PlanDigest: saved.Digest, Items: []plan.PastItem{{MediaID: b, Type: material.Image, Name: "b.png", Outcome: plan.Deleted, At: at}}},
		{Run: second, Account: "brand", AppID: appid, StartedAt: at, Items: []plan.PastItem{{MediaID: a, Type: material.Image, Name: "a.png", Outcome: plan.Undecided, At: at}}},
		{Run: w.lastRun(t), Account: "brand", AppID: appid, StartedAt: at, Items: []plan.PastItem{{MediaID: b, Type: material.Image, Name: "b.png", Outcome: ledger.Restored, New: r.Document.Restored[0].New, At: at}}},
	}}
	if diff := cmp.Diff(want, reconcile.History(h.Runs)); diff != "" {
		t.Errorf("History mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(plan.History{Runs: []plan.PastRun{}}, reconcile.History(nil)); diff != "" {
		t.Errorf("an empty one (-want +got):\n%s", diff)
	}
}
