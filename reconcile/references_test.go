package reconcile_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

// everywhere is an account in which a is in a menu, b the cover of a draft, c in
// the HTML of a publication, d in the text of one more draft, and x nowhere.
func everywhere() sandbox.Account {
	return sandbox.Account{
		Materials: []sandbox.Material{
			one(material.Image, "a", 40), one(material.Image, "b", 41), one(material.Image, "c", 42), one(material.Image, "d", 43),
			one(material.Image, "x", 44), one(material.Image, "keep-0", 45),
		},
		Menu:      &sandbox.Menu{Buttons: []sandbox.Button{{Name: "海报", Message: sandbox.Message{Type: "media_id", Material: "a"}}}},
		Drafts:    []sandbox.Draft{{Articles: []sandbox.Article{{Title: "春", Thumb: "b"}}}, {Articles: []sandbox.Article{{Title: "夏", Embeds: []string{"d"}}}}},
		Published: []sandbox.Draft{{Articles: []sandbox.Article{{Title: "秋", Embeds: []string{"c"}}}}},
	}
}

func TestWhatIsUsedSomewhereStays(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, everywhere()).remember(t).refer("menu", "auto_reply", "drafts", "published", "news")
	d := w.apply(t.Context())
	if d.Summary.Status != plan.Done {
		t.Fatalf("status %d: %s", d.Summary.Status, said(d))
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "d", "keep-0"}, w.names()); diff != "" {
		t.Errorf("live mismatch (-want +got):\n%s", diff)
	}
	got := map[string]plan.Reason{}
	for _, c := range d.Changes {
		got[c.Item.Name] = c.Reason
		if c.Reason == plan.Referenced && c.Detail == "" {
			t.Errorf("nothing says where %s is used", c.Item.Name)
		}
	}
	want := map[string]plan.Reason{"a": "referenced", "b": "referenced", "c": "referenced", "d": "referenced", "x": "orphan"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reasons mismatch (-want +got):\n%s", diff)
	}
	if d.Summary.Summary.Keep != 1 || d.Summary.Summary.InUse != 4 {
		t.Errorf("%d kept and %d in use, want 1 and 4", d.Summary.Summary.Keep, d.Summary.Summary.InUse)
	}
}

// A draft that used an image is gone, published or sent to all: the ledger is the
// only trace.
func TestAUseOnceSeenIsRemembered(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, everywhere()).remember(t).refer("menu", "drafts")
	w.plan(t.Context())
	for _, id := range w.sandbox.Drafts(appid) {
		w.sandbox.RemoveDraft(appid, id)
	}
	w.sandbox.SetNow(now.AddDate(0, 0, 40))
	d := w.apply(t.Context())
	if diff := cmp.Diff([]string{"a", "b", "d", "keep-0"}, w.names()); diff != "" {
		t.Errorf("live mismatch (-want +got):\n%s", diff)
	}
	for _, c := range d.Changes {
		if gone := c.Item.Name == "b" || c.Item.Name == "d"; gone && !strings.HasSuffix(c.Detail, ", last seen 2026-11-23") {
			t.Errorf("%s is %s: %q", c.Item.Name, c.Reason, c.Detail)
		}
	}
}

func TestAPlaceThatIsUnknownStopsEverything(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		fault  sandbox.Fault
		status plan.Status
	}{
		{"a menu that is not granted", sandbox.Fault{Path: sandbox.MenuGet, Errcode: 48001}, plan.Unseen},
		{"the menu shown, not granted", sandbox.Fault{Path: sandbox.SelfMenu, Errcode: 48001}, plan.Unseen},
		{"replies that are busy", sandbox.Fault{Path: sandbox.AutoReply, Errcode: -1}, plan.Unseen},
		{"drafts with a code that nobody knows", sandbox.Fault{Path: sandbox.DraftGet, Errcode: 12345}, plan.Unseen},
		{"publications that are not granted", sandbox.Fault{Path: sandbox.PublishedGet, Errcode: 48001}, plan.Unseen},
		{"publications beyond the quota", sandbox.Fault{Path: sandbox.PublishedGet, Errcode: 45009}, plan.QuotaUsed},
		{"a token that drafts refuse", sandbox.Fault{Path: sandbox.DraftGet, Errcode: 40001}, plan.Denied},
		{"a listing of news beyond the quota", sandbox.Fault{Path: sandbox.BatchGet, Type: material.News, Errcode: 45009}, plan.QuotaUsed},
		{"news of which a list is short", sandbox.Fault{Type: material.News, Path: sandbox.BatchGet, IgnoreOffset: true}, plan.Unseen},
		{"news that grows while it is listed, twice", sandbox.Fault{Type: material.News, Path: sandbox.BatchGet, Upload: 1}, plan.Unseen},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := everywhere()
			for range 120 { // one of so many may be missing from a list of things to delete, but not of news
				a.Materials = append(a.Materials, sandbox.Material{Type: material.News})
			}
			w := newWorldOf(t, a).remember(t).refer("menu", "auto_reply", "drafts", "published", "news")
			w.manifest.Types = []material.Type{material.Image}
			w.inject(t, tt.fault)
			opt := w.options()
			opt.Parallelism = 1 // pages read in another order may happen to show all of a growing list
			d := w.run(t.Context(), nil, opt)
			if d.Summary.Status != tt.status {
				t.Errorf("status %d, want %d: %s", d.Summary.Status, tt.status, said(d))
			}
			if n := len(w.sandbox.Deletes()); n != 0 {
				t.Errorf("%d were sent", n)
			}
			blocked := slices.ContainsFunc(d.Summary.Guards, func(g plan.Guard) bool {
				return g.Name == plan.ReferencesUnknown && g.Status == plan.Blocked
			})
			if !blocked {
				t.Errorf("%s does not block", plan.ReferencesUnknown)
			}
			unknown := 0
			for _, r := range d.Summary.References {
				if r.Status == plan.Unknown {
					unknown++
				}
			}
			if unknown != 1 {
				t.Errorf("%d places are unknown, want one: %+v", unknown, d.Summary.References)
			}
		})
	}
}

func TestAPlaceThatNobodySearchesIsUnknown(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, everywhere()).refer("menu", "drafts")
	w.manifest.References.Files = []string{"site/*.html"}
	a := w.account()
	a.Searchers = a.Searchers[:1]
	d := decide(t.Context(), a, nil, w.options())
	got := map[string]string{}
	for _, r := range d.Summary.References {
		got[r.Source] = string(r.Status)
	}
	want := map[string]string{"menu": "scanned", "auto_reply": "off", "drafts": "unknown", "published": "off", "news": "off", "files": "unknown"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("references mismatch (-want +got):\n%s", diff)
	}
	if d.Summary.Status != plan.Unseen {
		t.Errorf("status %d, want %d", d.Summary.Status, plan.Unseen)
	}
	var off []string
	for _, f := range d.Summary.Findings {
		if f.Kind == plan.NotChecked {
			off = append(off, f.Message)
		}
	}
	if len(off) != 3 {
		t.Errorf("not checked: %q, want the three places that are off", off)
	}
}

// covers are two news, of which one has each of two covers, and both share one.
func covers(used bool) sandbox.Account {
	return sandbox.Account{Materials: []sandbox.Material{
		one(material.Image, "cover", 90), one(material.Image, "shared", 80), one(material.Image, "free", 20), one(material.Image, "keep-0", 20),
		{Type: material.News, Age: 60 * day, Articles: []sandbox.Article{{Title: "n1", Thumb: "cover", Embeds: []string{"shared"}}}, InUse: used},
		{Type: material.News, Age: 50 * day, Articles: []sandbox.Article{{Title: "n2", Thumb: "shared"}}},
	}}
}

const day = 24 * 60 * 60 * 1e9

func TestCoversGoAfterTheirNews(t *testing.T) {
	t.Parallel()
	type verdicts = map[string]plan.Outcome
	tests := []struct {
		name   string
		used   bool // n1 is refused
		alter  func(*world, *reconcile.Options)
		faults []sandbox.Fault
		want   verdicts
		order  []string // sent
	}{
		{
			name:  "all go, news first, but for the canary that waits for none",
			want:  verdicts{"free": "deleted", "n1": "deleted", "n2": "deleted", "cover": "deleted", "shared": "deleted"},
			order: []string{"free", "n1", "n2", "cover", "shared"},
		},
		{
			name: "news that is refused keeps what it uses", used: true,
			want:  verdicts{"free": "deleted", "n1": "refused", "n2": "deleted", "cover": "changed", "shared": "changed"},
			order: []string{"free", "n1", "n2"},
		},
		{
			name: "news of which an answer is lost keeps it, too", faults: []sandbox.Fault{{Path: sandbox.DelMaterial, Lost: sandbox.LostCut, At: 2}},
			want:  verdicts{"free": "deleted", "n1": "deleted", "n2": "deleted", "cover": "changed", "shared": "changed"},
			order: []string{"free", "n1", "n1", "n2"},
		},
		{
			name: "a limit takes the news before the older cover", alter: func(_ *world, opt *reconcile.Options) { opt.Limit = 1 },
			want: verdicts{"n1": "deleted"}, order: []string{"n1"},
		},
		{
			name: "a limit may split", alter: func(_ *world, opt *reconcile.Options) { opt.Limit = 2 },
			want: verdicts{"n1": "deleted", "cover": "deleted"}, order: []string{"n1", "cover"},
		},
		{
			name: "a cover named alone stays", alter: func(w *world, opt *reconcile.Options) {
				opt.OnlyID = material.Set{w.named("shared"): {}, w.named("n2"): {}}
			},
			want: verdicts{"n2": "deleted"}, order: []string{"n2"},
		},
		{
			name: "news that is kept keeps it", alter: func(w *world, _ *reconcile.Options) { w.manifest.Keep = kept(w.named("n2")) },
			want: verdicts{"free": "deleted", "n1": "deleted", "cover": "deleted"}, order: []string{"free", "n1", "cover"},
		},
		{
			name: "news that is not governed keeps it", alter: func(w *world, _ *reconcile.Options) { w.manifest.Types = []material.Type{material.Image} },
			want: verdicts{"free": "deleted"}, order: []string{"free"},
		},
		{
			name: "news in nothing that is searched keeps nothing", alter: func(w *world, _ *reconcile.Options) {
				w.refer()
				w.manifest.Types = []material.Type{material.Image}
			},
			want: verdicts{"free": "deleted", "cover": "deleted", "shared": "deleted"}, order: []string{"cover", "shared", "free"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldOf(t, covers(tt.used)).remember(t).refer("news")
			names := map[material.ID]string{}
			for _, it := range w.sandbox.Live(appid) {
				names[it.ID] = it.Name
			}
			opt := w.options()
			opt.Parallelism = 1
			if tt.alter != nil {
				tt.alter(w, &opt)
			}
			w.inject(t, tt.faults...)
			d := w.run(t.Context(), nil, opt)
			if diff := cmp.Diff(tt.want, outcomes(d)); diff != "" {
				t.Errorf("outcomes mismatch (-want +got):\n%s", diff)
			}
			var order []string
			for _, id := range w.sandbox.Deletes() {
				order = append(order, names[id])
			}
			if diff := cmp.Diff(tt.order, order); diff != "" {
				t.Errorf("order mismatch (-want +got):\n%s", diff)
			}
			if d.Summary.Status != plan.Done {
				t.Errorf("status %d: %s", d.Summary.Status, said(d))
			}
			w.checkBook(t, t.Errorf)
		})
	}
}

// named is the id of the material of this name; it is there.
func (w *world) named(name string) material.ID {
	for _, it := range w.sandbox.Live(appid) {
		if it.Name == name {
			return it.ID
		}
	}
	panic("no material is called " + name)
}

func TestASavedPlanHasNoCoverOfNewsThatStaysSince(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, covers(false)).remember(t).refer("news")
	saved := w.saved(t, day)
	w.manifest.Keep = kept(w.named("n2"))
	d := w.run(t.Context(), saved, w.options())
	want := map[string]plan.Outcome{"free": "deleted", "n1": "deleted", "cover": "deleted"}
	if diff := cmp.Diff(want, outcomes(d)); diff != "" {
		t.Errorf("outcomes mismatch (-want +got):\n%s", diff)
	}
}

func TestSomethingShownIsHeldUntilItIsResolved(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, sandbox.Account{
		Materials:   []sandbox.Material{one(material.Image, "shown", 40), one(material.Image, "x", 41), one(material.Voice, "v", 42), one(material.Image, "keep-0", 43)},
		WebsiteMenu: &sandbox.Menu{Buttons: []sandbox.Button{{Name: "联系我们", Message: sandbox.Message{Type: "img", Material: "shown"}}}},
	}).remember(t).refer("menu")
	d := w.plan(t.Context())
	got := map[string]plan.Reason{}
	detail := ""
	for _, c := range d.Changes {
		got[c.Item.Name] = c.Reason
		if c.Item.Name == "shown" {
			detail = c.Detail
		}
	}
	want := map[string]plan.Reason{"shown": "maybe_in_use", "x": "maybe_in_use", "v": "orphan", "keep-0": "rule"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("reasons mismatch (-want +got):\n%s", diff)
	}
	_, entry, ok := strings.Cut(detail, "resolved_uses: ")
	if !ok || !strings.Contains(entry, string(w.named("shown"))) {
		t.Fatalf("no entry to paste in %q", detail)
	}
	_, sha, _ := strings.Cut(entry, `sha256: "`)
	w.manifest.ResolvedUses = []manifests.ResolvedUse{{Place: "menu/联系我们", MediaID: w.named("shown"), SHA256: sha[:64]}}
	if d := w.apply(t.Context()); d.Summary.Status != plan.Done {
		t.Fatalf("status %d: %s", d.Summary.Status, said(d))
	}
	if diff := cmp.Diff([]string{"keep-0", "shown"}, w.names()); diff != "" {
		t.Errorf("live mismatch (-want +got):\n%s", diff)
	}
	// Once resolved, it is remembered, though the menu shows something else now.
	w.manifest.ResolvedUses, w.manifest.References.Places = nil, nil
	if d := w.plan(t.Context()); len(d.Deletions()) != 0 {
		t.Errorf("%d would be deleted", len(d.Deletions()))
	}
}

// TestAUseIsNeverSent holds promise 2 for uses: the decisions are falsified after
// the guards.
func TestAUseIsNeverSent(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, everywhere()).remember(t).refer("menu", "drafts", "published")
	opt := w.options()
	opt.All = true
	all := reconcile.Plan(t.Context(), []*reconcile.Account{w.account()}, nil, opt)
	for i := range all[0].Changes {
		all[0].Changes[i].Action = plan.Delete
	}
	all[0].Apply(t.Context(), t.Context())
	_ = reconcile.Release(t.Context(), all)
	for _, id := range w.sandbox.Deletes() {
		if id != w.oldestOf("x") {
			t.Errorf("%s was sent", id)
		}
	}
	if all[0].Summary.Status != plan.Error {
		t.Errorf("status %d, want an error: a mistake has to be said", all[0].Summary.Status)
	}
}

// oldestOf is the id that the material of this name has, or had.
func (w *world) oldestOf(name string) material.ID {
	return sandbox.MediaID(appid, material.Image, name, 0)
}
