package reconcile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	a := covers(false)
	a.Materials = append(a.Materials,
		one(material.Image, "new", 1), one(material.Image, "banner", 30), one(material.Image, "past", 31), one(material.Image, "listed", 32),
		one(material.Image, "retired", 33), one(material.Image, "keep-retired", 34), one(material.Voice, "v", 35))
	a.Menu = &sandbox.Menu{Buttons: []sandbox.Button{{Name: "海报", Message: sandbox.Message{Type: "media_id", Material: "banner"}}}}
	w := newWorldOf(t, a).remember(t).refer("menu", "news", "drafts")
	w.manifest.Types = []material.Type{material.Image}
	w.manifest.Guards.MaxDeletes = 2
	w.manifest.Keep = []manifests.Entry{
		{ID: w.named("listed"), Reason: "logo", Position: manifests.Position{File: "a.yaml", Line: 7, Column: 3}},
		{ID: w.named("past"), Until: now, Position: manifests.Position{File: "a.yaml", Line: 8, Column: 3}},
	}
	w.manifest.Retire = []manifests.Retired{{ID: w.named("keep-retired"), Position: manifests.Position{File: "a.yaml", Line: 9, Column: 3}}}
	w.inject(t, sandbox.Fault{Path: sandbox.DraftGet, Errcode: 48001})
	d := w.plan(t.Context())

	tests := []struct {
		name    string
		id      material.ID
		verdict string
		says    []string // what: detail, + in front of what counts
	}{
		{"an orphan", w.named("free"), "delete orphan never kept", []string{
			"-entry: no entry lists it", "-use: no use was found", "-age: changed 2026-11-03, older than min_age from 2026-11-10 12:00",
			"+use: drafts: unknown: ", "-use: auto_reply: NOT CHECKED", "+guard: references_unknown blocked: ", "+guard: max_deletes blocked: ", "-guard: freeze passed: ",
		}},
		{"listed", w.named("listed"), "keep listed logo (a.yaml:7:3)", []string{"+entry: logo (a.yaml:7:3)"}},
		{"an entry that has ended", w.named("past"), "delete orphan kept until 2026-11-23 (a.yaml:8:3)", []string{"-entry: a.yaml:8:3: kept until 2026-11-23 only"}},
		{"in a menu", w.named("banner"), "keep referenced menu/海报", []string{"+use: menu/海报"}},
		{"a cover of news that stays", w.named("cover"), `keep referenced news "n1", cover`, []string{`+use: news "n1", cover`}},
		{"by a rule", w.named("keep-0"), "keep rule ", []string{"+rule: "}},
		{"retired", w.named("keep-retired"), "delete orphan retired", []string{"+retire: a.yaml:9:3: rules do not keep it", "-rule: "}},
		{"too new", w.named("new"), "hold too_new changed 2026-11-22, deletable from 2026-11-29 12:00", []string{"+age: "}},
		{"not governed, and listed for its uses alone", w.named("n1"), "  news is not governed by the manifest: never touched", nil},
		{"not governed, and not listed", w.named("v"), "  not among the account's image, news; other types are not listed", []string{"-entry: no entry lists it"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := d.Explain(tt.id)
			if got := string(e.Action) + " " + string(e.Reason) + " " + e.Detail; got != tt.verdict {
				t.Errorf("verdict %q, want %q", got, tt.verdict)
			}
			if (e.Item == nil) != (tt.id == w.named("v")) || e.MediaID != tt.id || e.Account != "brand" {
				t.Errorf("explained %+v", e)
			}
			said := considered(e)
			for _, want := range tt.says {
				if !strings.Contains(said, "\n"+want) {
					t.Errorf("%q is not said in:%s", want, said)
				}
			}
		})
	}
}

// considered is a line for each thing considered, with + in front of what counts.
func considered(e plan.Explanation) string {
	var b strings.Builder
	for _, c := range e.Considered {
		sign := "\n-"
		if c.Counts {
			sign = "\n+"
		}
		b.WriteString(sign + c.What + ": " + c.Detail)
	}
	return b.String()
}

func TestExplainWhatTheLedgerRemembers(t *testing.T) {
	t.Parallel()
	used := one(material.Image, "used", 60)
	used.InUse = true
	a := everywhere()
	a.Materials = append(a.Materials, used)
	w := newWorldOf(t, a).remember(t).refer("drafts")
	w.manifest.Grace = 5 * day
	w.plan(t.Context())
	for _, id := range w.sandbox.Drafts(appid) {
		w.sandbox.RemoveDraft(appid, id)
	}
	w.sandbox.SetNow(now.Add(5 * day))
	w.apply(t.Context())
	restored, err := w.restore(t, []material.ID{w.oldestOf("x")}, "")
	if err != nil {
		t.Fatal(err)
	}
	w.sandbox.SetNow(now.Add(14 * day))
	d := w.plan(t.Context())
	for _, tt := range []struct {
		id   material.ID
		want string
	}{
		{w.named("b"), `+use: draft "春", cover, last seen 2026-11-23`},
		{w.named("used"), "-grace: an orphan since 2026-11-23 12:00, grace is 120h0m0s"},
		{w.named("used"), "-refusal: "},
		{restored.Document.Restored[0].New, "+restoration: made by a restore at 2026-11-28 12:00"},
	} {
		if said := considered(d.Explain(tt.id)); tt.want != "-refusal: " && !strings.Contains(said, "\n"+tt.want) {
			t.Errorf("%q is not said in:%s", tt.want, said)
		} else if tt.want == "-refusal: " && strings.Contains(said, "refusal") {
			t.Errorf("a refusal of nine days ago is said in:%s", said)
		}
	}
	w.sandbox.SetNow(now.Add(6 * day))
	if said := considered(w.plan(t.Context()).Explain(w.named("used"))); !strings.Contains(said, "\n+refusal: WeChat refused to delete it at 2026-11-28 12:00") {
		t.Errorf("the refusal is not said in:%s", said)
	}
}

func TestFindByImageURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, abc()...)
	d := w.plan(t.Context())
	for _, it := range w.sandbox.Live(appid) {
		if diff := cmp.Diff([]material.ID{it.ID}, d.Find(it.URL)); diff != "" {
			t.Errorf("Find(%s) mismatch (-want +got):\n%s", it.URL, diff)
		}
	}
	if got := d.Find("http://example.com/x.png"); got != nil {
		t.Errorf("found %v at another host", got)
	}
}
