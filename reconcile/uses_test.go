package reconcile

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/ledger"
	"wxkeep/state/material"
)

const coverURL = "http://mmbiz.qpic.cn/mmbiz_png/KEY/0?wx_fmt=png"

func TestDiffKeepsWhatIsUsed(t *testing.T) {
	t.Parallel()
	img := aged("img", material.Image, 100*days)
	img.URL = coverURL
	twin := aged("twin", material.Image, 90*days)
	twin.URL = "https://mmbiz.qpic.cn/mmbiz_png/KEY/640?wx_fmt=png"
	news := aged("news", material.News, 80*days)
	type verdicts map[material.ID]string
	tests := []struct {
		name     string
		manifest manifests.Account
		items    []material.Item
		facts    Facts
		want     verdicts
	}{
		{
			name:  "by its id",
			items: []material.Item{img, twin},
			facts: Facts{Uses: []state.Use{{Where: "menu/产品", ID: "img"}}},
			want:  verdicts{"img": "keep referenced menu/产品", "twin": "delete orphan never kept"},
		},
		{
			name:  "by an image URL, and then every material that has it",
			items: []material.Item{img, twin},
			facts: Facts{Uses: []state.Use{{Where: `draft "春"`, URL: material.URLKey(coverURL)}}},
			want:  verdicts{"img": `keep referenced draft "春"`, "twin": `keep referenced draft "春"`},
		},
		{
			name:  "the URL beside an id counts only where the id is not live",
			items: []material.Item{img, twin},
			facts: Facts{Uses: []state.Use{{Where: "a", ID: "img", URL: material.URLKey(coverURL)}}},
			want:  verdicts{"img": "keep referenced a", "twin": "delete orphan never kept"},
		},
		{
			name:  "and protects all that have it where it is not",
			items: []material.Item{img, twin},
			facts: Facts{Uses: []state.Use{{Where: "a", ID: "elsewhere", URL: material.URLKey(coverURL)}}},
			want:  verdicts{"img": "keep referenced a", "twin": "keep referenced a"},
		},
		{
			name:     "what news uses that stays",
			manifest: manifests.Account{Keep: []manifests.Entry{{ID: "news"}}},
			items:    []material.Item{img, news},
			facts:    Facts{Uses: []state.Use{{Where: "news 关于", ID: "img", By: "news"}}},
			want:     verdicts{"img": "keep referenced news 关于", "news": "keep listed "},
		},
		{
			name:  "but not what only deleted news uses",
			items: []material.Item{img, news},
			facts: Facts{Uses: []state.Use{{Where: "news 关于", ID: "img", By: "news"}}},
			want:  verdicts{"img": "delete orphan never kept", "news": "delete orphan never kept"},
		},
		{
			name:  "news that is too new keeps its cover",
			items: []material.Item{img, aged("fresh", material.News, days)},
			facts: Facts{Uses: []state.Use{{Where: "news 新", ID: "img", By: "fresh"}}},
			want:  verdicts{"img": "keep referenced news 新", "fresh": "hold too_new changed 2026-11-22, deletable from 2026-11-29 12:00"},
		},
		{
			name:  "news in a menu keeps its cover",
			items: []material.Item{img, news},
			facts: Facts{Uses: []state.Use{{Where: "menu/关于", ID: "news"}, {Where: "news 关于", ID: "img", By: "news"}}},
			want:  verdicts{"img": "keep referenced news 关于", "news": "keep referenced menu/关于"},
		},
		{
			name:  "a use remembered, with when it was last seen",
			items: []material.Item{img},
			facts: Facts{Remembered: []ledger.Use{{ID: "img", Where: `draft "春"`, Last: noon.Add(-days)}}},
			want:  verdicts{"img": `keep referenced draft "春", last seen 2026-11-22`},
		},
		{
			name:  "an upload that is used is not merely too new",
			items: []material.Item{aged("up", material.Image, 0)},
			facts: Facts{Uses: []state.Use{{Where: "menu/x", ID: "up"}}},
			want:  verdicts{"up": "keep referenced menu/x"},
		},
		{
			name:     "uses protect a retired id, too",
			manifest: manifests.Account{Retire: []manifests.Retired{{ID: "img"}}},
			items:    []material.Item{img},
			facts:    Facts{Uses: []state.Use{{Where: "menu/x", ID: "img"}}},
			want:     verdicts{"img": "keep referenced menu/x"},
		},
		{
			name:  "something shown and not identified holds its type",
			items: []material.Item{img, news},
			facts: Facts{Shown: []state.Shown{{Place: "menu/联系我们", Type: material.Image, SHA256: "ab"}, {Place: "auto_reply/x", Type: material.Image, SHA256: "cd"}}},
			want: verdicts{
				"img":  `hold maybe_in_use menu/联系我们 shows one that the API does not identify; if it is this one, add to resolved_uses: {place: "menu/联系我们", media_id: "img", sha256: "ab"} (and 1 more places)`,
				"news": "delete orphan never kept",
			},
		},
		{
			name:     "until resolved_uses names it",
			manifest: manifests.Account{ResolvedUses: []manifests.ResolvedUse{{Place: "menu/联系我们", MediaID: "img", SHA256: "ab"}}},
			items:    []material.Item{img, twin},
			facts:    Facts{Shown: []state.Shown{{Place: "menu/联系我们", Type: material.Image, SHA256: "ab"}}},
			want:     verdicts{"img": "keep referenced menu/联系我们", "twin": "delete orphan never kept"},
		},
		{
			name: "a resolved use of an id that is not live, or of another type, resolves nothing",
			manifest: manifests.Account{ResolvedUses: []manifests.ResolvedUse{
				{Place: "menu/x", MediaID: "mistyped", SHA256: "ab"}, {Place: "menu/x", MediaID: "news", SHA256: "ab"},
			}},
			items: []material.Item{img, news},
			facts: Facts{Shown: []state.Shown{{Place: "menu/x", Type: material.Image, SHA256: "ab"}}},
			want: verdicts{
				"img":  `hold maybe_in_use menu/x shows one that the API does not identify; if it is this one, add to resolved_uses: {place: "menu/x", media_id: "img", sha256: "ab"}`,
				"news": "delete orphan never kept",
			},
		},
		{
			name:     "another sha256 of the shown copy reopens it",
			manifest: manifests.Account{ResolvedUses: []manifests.ResolvedUse{{Place: "menu/x", MediaID: "img", SHA256: "ab"}}},
			items:    []material.Item{twin},
			facts:    Facts{Shown: []state.Shown{{Place: "menu/x", Type: material.Image, SHA256: "ef"}}},
			want: verdicts{
				"twin": `hold maybe_in_use menu/x shows one that the API does not identify; if it is this one, add to resolved_uses: {place: "menu/x", media_id: "twin", sha256: "ef"}`,
			},
		},
		{
			name:  "what was restored is held for 30 days, what was refused for 7",
			items: []material.Item{img, twin, news},
			facts: Facts{
				Restored: map[material.ID]time.Time{"img": noon.Add(-29 * days)},
				Refused:  map[material.ID]time.Time{"twin": noon.Add(-6 * days), "news": noon.Add(-7 * days)},
			},
			want: verdicts{
				"img":  "hold restored restored, deletable from 2026-11-24 12:00",
				"twin": "hold refused WeChat refused to delete it on 2026-11-17, tried again from 2026-11-24 12:00",
				"news": "delete orphan never kept",
			},
		},
		{
			name:     "grace holds an orphan until it has been one long enough",
			manifest: manifests.Account{Grace: 3 * days},
			items:    []material.Item{img, twin, news},
			facts:    Facts{Since: map[material.ID]time.Time{"img": noon.Add(-3 * days), "twin": noon.Add(-2 * days)}},
			want: verdicts{
				"img":  "delete orphan never kept",
				"twin": "hold in_grace an orphan since 2026-11-21, due 2026-11-24 12:00",
				"news": "hold in_grace an orphan since 2026-11-23, due 2026-11-26 12:00",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, f := tt.manifest, tt.facts
			m.Name, m.Types, m.Guards = "brand", material.Types(), manifests.DefaultGuards()
			f.Now = noon
			got := verdicts{}
			for _, c := range Diff(&m, tt.items, f) {
				got[c.Item.ID] = string(c.Action) + " " + string(c.Reason) + " " + c.Detail
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("verdicts mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatNarrowsARunKeepsTheCoverOfNewsThatStays(t *testing.T) {
	t.Parallel()
	m := &manifests.Account{Name: "brand", Types: material.Types(), Guards: manifests.DefaultGuards()}
	items := []material.Item{
		aged("cover", material.Image, 100*days), aged("news", material.News, 80*days),
		aged("younger", material.News, 70*days), aged("other", material.Image, 75*days),
	}
	uses := []state.Use{
		{Where: "news x", ID: "cover", By: "news"}, {Where: "news y", ID: "cover", By: "younger"},
	}
	tests := []struct {
		name string
		opt  Options
		want []material.ID // deleted, by type and age
	}{
		{"all go", Options{}, []material.ID{"cover", "other", "news", "younger"}},
		{"only the cover is named: it stays", Options{OnlyID: material.Set{"cover": {}}}, nil},
		{"one of its news is not named: it stays", Options{OnlyID: material.Set{"cover": {}, "news": {}}}, []material.ID{"news"}},
		{"all are named: all go", Options{OnlyID: material.Set{"cover": {}, "news": {}, "younger": {}}}, []material.ID{"cover", "news", "younger"}},
		{"a limit takes news, of which the cover waits", Options{Limit: 1}, []material.ID{"news"}},
		{"and never the cover before the last news", Options{Limit: 3}, []material.ID{"other", "news", "younger"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			all := everything(m, items, Facts{Now: noon, Uses: uses})
			changes, used := all.changes, all.used
			narrow(changes, used, tt.opt)
			settle(changes, used)
			var got []material.ID
			for _, c := range changes {
				if c.Action == plan.Delete {
					got = append(got, c.Item.ID)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("deletions mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// A lost ledger makes nothing due sooner, and one more use never adds a deletion.
func TestFactsOnlyEverHold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, items := drawn(t)
		m.Grace = time.Duration(rapid.IntRange(0, 5).Draw(t, "grace")) * days
		f := Facts{Now: noon, Since: map[material.ID]time.Time{}}
		for _, it := range items {
			if rapid.Bool().Draw(t, "seen") {
				f.Since[it.ID] = noon.Add(-time.Duration(rapid.IntRange(-2, 8).Draw(t, "since")) * days)
			}
			if rapid.Bool().Draw(t, "used") {
				f.Uses = append(f.Uses, state.Use{Where: "x", ID: it.ID})
			}
		}
		deleted := material.Set{}
		for _, c := range Diff(m, items, f) {
			if c.Action == plan.Delete {
				deleted.Add(c.Item.ID)
			}
		}
		lost := f
		lost.Since = nil
		for _, c := range Diff(m, items, lost) {
			if c.Action == plan.Delete && !deleted.Has(c.Item.ID) {
				t.Fatalf("without the ledger %s is due sooner", c.Item.ID)
			}
		}
		bare := f
		bare.Uses = nil
		all := material.Set{}
		for _, c := range Diff(m, items, bare) {
			if c.Action == plan.Delete {
				all.Add(c.Item.ID)
			}
		}
		for id := range deleted {
			if !all.Has(id) {
				t.Fatalf("a use deletes %s", id)
			}
		}
	})
}
