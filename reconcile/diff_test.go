package reconcile

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, material.China)

// aged is a material last changed so long before noon.
func aged(id string, t material.Type, age time.Duration) material.Item {
	return material.Item{ID: material.ID(id), Type: t, Name: id + ".png", UpdateTime: noon.Add(-age).Unix()}
}

const days = 24 * time.Hour

func TestDiff(t *testing.T) {
	t.Parallel()
	at := manifests.Position{File: "m.yaml", Line: 7, Column: 3}
	logo := aged("logo", material.Image, 100*days)
	old := aged("old", material.Image, 90*days)
	fresh := aged("fresh", material.Image, 6*days)
	hello := aged("hello", material.Voice, 300*days)
	tests := []struct {
		name     string
		manifest manifests.Account
		items    []material.Item
		want     []plan.Change
	}{
		{
			name:     "listed is kept, the rest is an orphan",
			manifest: manifests.Account{Keep: []manifests.Entry{{ID: "logo", Reason: "menu", Position: at}}},
			items:    []material.Item{old, logo},
			want: []plan.Change{
				{Item: logo, Action: plan.Keep, Reason: plan.Listed, Detail: "menu (m.yaml:7:3)"},
				{Item: old, Action: plan.Delete, Reason: plan.Orphan, Detail: "never kept"},
			},
		},
		{
			name:     "a media_id is case-sensitive",
			manifest: manifests.Account{Keep: []manifests.Entry{{ID: "LOGO"}}},
			items:    []material.Item{logo},
			want:     []plan.Change{{Item: logo, Action: plan.Delete, Reason: plan.Orphan, Detail: "never kept"}},
		},
		{
			name:     "a rule keeps what it matches",
			manifest: manifests.Account{Rules: []manifests.Rule{{Name: "lo*", Position: at}}},
			items:    []material.Item{logo, old},
			want: []plan.Change{
				{Item: logo, Action: plan.Keep, Reason: plan.Rule, Detail: "m.yaml:7:3"},
				{Item: old, Action: plan.Delete, Reason: plan.Orphan, Detail: "never kept"},
			},
		},
		{
			name: "a retired id is kept by no rule",
			manifest: manifests.Account{
				Rules:  []manifests.Rule{{Name: "*", Position: at}},
				Retire: []manifests.Retired{{ID: "old"}},
			},
			items: []material.Item{logo, old},
			want: []plan.Change{
				{Item: logo, Action: plan.Keep, Reason: plan.Rule, Detail: "m.yaml:7:3"},
				{Item: old, Action: plan.Delete, Reason: plan.Orphan, Detail: "retired"},
			},
		},
		{
			name: "an expired entry keeps nothing, one that ends tonight does",
			manifest: manifests.Account{Keep: []manifests.Entry{
				{ID: "logo", Until: time.Date(2026, 11, 24, 0, 0, 0, 0, material.China), Position: at},
				{ID: "old", Until: time.Date(2026, 11, 23, 0, 0, 0, 0, material.China), Position: at},
			}},
			items: []material.Item{logo, old},
			want: []plan.Change{
				{Item: logo, Action: plan.Keep, Reason: plan.Listed, Detail: "m.yaml:7:3"},
				{Item: old, Action: plan.Delete, Reason: plan.Orphan, Detail: "kept until 2026-11-22 (m.yaml:7:3)"},
			},
		},
		{
			name: "one of two entries may expire",
			manifest: manifests.Account{Keep: []manifests.Entry{
				{ID: "old", Until: time.Date(2026, 1, 1, 0, 0, 0, 0, material.China)},
				{ID: "old", Position: at},
			}},
			items: []material.Item{old},
			want:  []plan.Change{{Item: old, Action: plan.Keep, Reason: plan.Listed, Detail: "m.yaml:7:3"}},
		},
		{
			name:     "what is younger than min_age is held, even with a retired id",
			manifest: manifests.Account{Retire: []manifests.Retired{{ID: "fresh"}}},
			items:    []material.Item{fresh},
			want: []plan.Change{
				{Item: fresh, Action: plan.Hold, Reason: plan.TooNew, Detail: "changed 2026-11-17, deletable from 2026-11-24 12:00"},
			},
		},
		{
			name:  "what is exactly min_age old is due",
			items: []material.Item{aged("seven", material.Image, 7*days)},
			want:  []plan.Change{{Item: aged("seven", material.Image, 7*days), Action: plan.Delete, Reason: plan.Orphan, Detail: "never kept"}},
		},
		{
			name:  "a time in the future is too new",
			items: []material.Item{aged("tomorrow", material.Image, -days)},
			want: []plan.Change{
				{Item: aged("tomorrow", material.Image, -days), Action: plan.Hold, Reason: plan.TooNew, Detail: "changed 2026-11-24, deletable from 2026-12-01 12:00"},
			},
		},
		{
			name:  "a type that is not governed has no change",
			items: []material.Item{hello, old},
			want:  []plan.Change{{Item: old, Action: plan.Delete, Reason: plan.Orphan, Detail: "never kept"}},
		},
		{
			name:     "types come in order, then the oldest first, then by id",
			manifest: manifests.Account{Types: []material.Type{material.Voice, material.Image}},
			items:    []material.Item{hello, old, aged("b", material.Image, 200*days), aged("a", material.Image, 200*days)},
			want: []plan.Change{
				{Item: aged("a", material.Image, 200*days), Action: plan.Delete, Reason: plan.Orphan, Detail: "never kept"},
				{Item: aged("b", material.Image, 200*days), Action: plan.Delete, Reason: plan.Orphan, Detail: "never kept"},
				{Item: old, Action: plan.Delete, Reason: plan.Orphan, Detail: "never kept"},
				{Item: hello, Action: plan.Delete, Reason: plan.Orphan, Detail: "never kept"},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := tt.manifest
			m.Name = "brand"
			m.Guards = manifests.DefaultGuards()
			if m.Types == nil {
				m.Types = []material.Type{material.Image}
			}
			for i := range tt.want {
				tt.want[i].Account = "brand"
			}
			if diff := cmp.Diff(tt.want, Diff(&m, tt.items, Facts{Now: noon, Details: true})); diff != "" {
				t.Errorf("Diff() mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// drawn is a manifest and what is live, made so that they often meet.
func drawn(t *rapid.T) (*manifests.Account, []material.Item) {
	id := rapid.StringMatching(`[ab]{1,3}`)
	m := &manifests.Account{
		Name: "brand", Guards: manifests.DefaultGuards(),
		Types: rapid.SliceOfNDistinct(rapid.SampledFrom(material.Types()), 1, 4, rapid.ID).Draw(t, "types"),
	}
	for _, s := range rapid.SliceOf(id).Draw(t, "keep") {
		e := manifests.Entry{ID: material.ID(s)}
		if rapid.Bool().Draw(t, "ends") {
			e.Until = noon.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "until")) * days)
		}
		m.Keep = append(m.Keep, e)
	}
	if rapid.Bool().Draw(t, "ruled") {
		m.Rules = append(m.Rules, manifests.Rule{Name: rapid.SampledFrom([]string{"a*", "*b.png", "??.png"}).Draw(t, "rule")})
	}
	for _, s := range rapid.SliceOfN(id, 0, 2).Draw(t, "retire") {
		m.Retire = append(m.Retire, manifests.Retired{ID: material.ID(s)})
	}
	var items []material.Item
	for _, s := range rapid.SliceOfDistinct(id, rapid.ID).Draw(t, "live") {
		typ := rapid.SampledFrom(material.Types()).Draw(t, "type")
		items = append(items, aged(s, typ, time.Duration(rapid.IntRange(0, 20).Draw(t, "age"))*days))
	}
	return m, items
}

func TestDiffProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, items := drawn(t)
		changes := Diff(m, items, Facts{Now: noon, Details: true})

		once := map[material.ID]int{}
		deleted := material.Set{}
		for _, c := range changes {
			once[c.Item.ID]++
			if c.Action == plan.Delete {
				deleted.Add(c.Item.ID)
			}
		}
		for _, it := range items {
			want := 0
			for _, typ := range m.Types {
				if typ == it.Type {
					want = 1
				}
			}
			if once[it.ID] != want {
				t.Fatalf("%s has %d changes, want %d", it.ID, once[it.ID], want)
			}
		}
		for _, e := range m.Keep {
			if deleted.Has(e.ID) && !e.Expired(noon) {
				t.Fatalf("%s is listed, and deleted", e.ID)
			}
		}

		// The order of neither side matters.
		shuffled := *m
		shuffled.Keep = append([]manifests.Entry(nil), m.Keep...)
		rand.Shuffle(len(shuffled.Keep), func(i, j int) { shuffled.Keep[i], shuffled.Keep[j] = shuffled.Keep[j], shuffled.Keep[i] })
		mixed := append([]material.Item(nil), items...)
		rand.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if diff := cmp.Diff(withoutDetails(changes), withoutDetails(Diff(&shuffled, mixed, Facts{Now: noon, Details: true}))); diff != "" {
			t.Fatalf("another order decides differently:\n%s", diff)
		}

		// Adding an entry never adds a deletion.
		if len(items) > 0 {
			more := *m
			more.Keep = append([]manifests.Entry{{ID: items[rand.IntN(len(items))].ID}}, m.Keep...)
			for _, c := range Diff(&more, items, Facts{Now: noon}) {
				if c.Action == plan.Delete && !deleted.Has(c.Item.ID) {
					t.Fatalf("one more entry deletes %s", c.Item.ID)
				}
			}
		}
	})
}

// withoutDetails drops which of several entries is named.
func withoutDetails(changes []plan.Change) []plan.Change {
	plain := append([]plan.Change(nil), changes...)
	for i := range plain {
		plain[i].Detail = ""
	}
	return plain
}

func TestNarrowOnlyHolds(t *testing.T) {
	t.Parallel()
	items := []material.Item{
		aged("a", material.Image, 30*days), aged("b", material.Image, 20*days), aged("c", material.Image, 40*days), aged("new", material.Image, 0),
	}
	m := &manifests.Account{Name: "brand", Types: []material.Type{material.Image}, Guards: manifests.DefaultGuards()}
	tests := []struct {
		name string
		opt  Options
		want map[material.ID]plan.Reason
	}{
		{"nothing narrows", Options{}, map[material.ID]plan.Reason{"a": "orphan", "b": "orphan", "c": "orphan", "new": "too_new"}},
		{"the oldest stay", Options{Limit: 2}, map[material.ID]plan.Reason{"a": "orphan", "b": "over_limit", "c": "orphan", "new": "too_new"}},
		{"only the named stay", Options{OnlyID: material.Set{"b": {}, "new": {}}}, map[material.ID]plan.Reason{"a": "not_in_this_change", "b": "orphan", "c": "not_in_this_change", "new": "too_new"}},
		{"a limit above all changes nothing", Options{Limit: 3}, map[material.ID]plan.Reason{"a": "orphan", "b": "orphan", "c": "orphan", "new": "too_new"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			changes := Diff(m, items, Facts{Now: noon})
			narrow(changes, nil, tt.opt)
			got := map[material.ID]plan.Reason{}
			for _, c := range changes {
				got[c.Item.ID] = c.Reason
				if (c.Action == plan.Delete) != (c.Reason == plan.Orphan) {
					t.Errorf("%s is %s for %s", c.Item.ID, c.Action, c.Reason)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("reasons mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNarrowToASavedPlan(t *testing.T) {
	t.Parallel()
	m := &manifests.Account{Name: "brand", Types: []material.Type{material.Image}, Guards: manifests.DefaultGuards(), Keep: []manifests.Entry{{ID: "kept"}}}
	same, kept, renamed, later := aged("same", material.Image, 30*days), aged("kept", material.Image, 30*days), aged("renamed", material.Image, 30*days), aged("later", material.Image, 30*days)
	was := renamed
	was.Name = "before.png"
	saved := &plan.Plan{Changes: []plan.Change{
		{Account: "brand", Action: plan.Delete, Item: same}, {Account: "brand", Action: plan.Delete, Item: kept}, {Account: "brand", Action: plan.Delete, Item: was},
		{Account: "brand", Action: plan.Delete, Item: aged("gone", material.Image, 0)}, {Account: "brand", Action: plan.Hold, Item: later},
		{Account: "other", Action: plan.Delete, Item: later},
	}}
	changes := Diff(m, []material.Item{same, kept, renamed, later}, Facts{Now: noon})
	r := narrowTo(changes, approvals("brand", saved), nil)
	if want := (remainder{total: 4, left: 1, message: "1 of 4: 1 kept since, 1 changed since, 1 gone since"}); r != want {
		t.Errorf("narrowTo() = %+v, want %+v", r, want)
	}
	got := map[material.ID]string{}
	for _, c := range changes {
		got[c.Item.ID] = string(c.Action) + " " + string(c.Outcome) + " " + c.Detail
	}
	want := map[material.ID]string{
		"same": "delete  never kept", "kept": "keep  ", "later": "hold  not in the saved plan",
		"renamed": `hold changed changed since the plan: name was "before.png"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes mismatch (-want +got):\n%s", diff)
	}
}
