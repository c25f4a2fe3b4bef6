package reconcile

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

// TestWhatIsNotShownIsCounted holds that the changes without those that an entry or
// a rule keeps are the others of Diff as they are, and that none gets lost.
func TestWhatIsNotShownIsCounted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Map(rapid.IntRange(0, 12), func(i int) material.ID { return material.ID(fmt.Sprintf("id%02d", i)) })
		m := &manifests.Account{Name: "brand", Types: []material.Type{material.Image}, Guards: manifests.DefaultGuards(), Rules: []manifests.Rule{{Name: "ruled*"}}}
		for range rapid.IntRange(0, 8).Draw(t, "entries") {
			m.Keep = append(m.Keep, manifests.Entry{ID: id.Draw(t, "kept"), Until: rapid.SampledFrom([]time.Time{{}, noon, noon.Add(time.Hour)}).Draw(t, "until")})
		}
		var items []material.Item
		for _, id := range rapid.SliceOfNDistinct(id, 0, 10, rapid.ID).Draw(t, "live") {
			it := aged(string(id), rapid.SampledFrom([]material.Type{material.Image, material.Voice}).Draw(t, "type"), 30*days)
			it.Name = rapid.SampledFrom([]string{"ruled", "other"}).Draw(t, "name")
			items = append(items, it)
		}
		f := Facts{Now: noon, Uses: []state.Use{{Where: "menu/x", ID: id.Draw(t, "used")}}}
		named := id.Draw(t, "named")
		live := material.IndexOf(items)
		got := diff(m, items, live, callRoll(m, items, live, true, noon), f, func(id material.ID) bool { return id == named })
		var want []plan.Change
		others := 0
		for _, c := range Diff(m, items, f) {
			if (c.Reason == plan.Listed || c.Reason == plan.Rule) && c.Item.ID != named {
				others++
			} else {
				want = append(want, c)
			}
		}
		if diff := cmp.Diff(want, got.changes); diff != "" || got.others != others {
			t.Errorf("%d others, want %d; changes mismatch (-want +got):\n%s", got.others, others, diff)
		}
	})
}

// TestARollCountsAndFindsWhatASlowLookDoes compares the one pass with maps.
func TestARollCountsAndFindsWhatASlowLookDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Map(rapid.IntRange(0, 9), func(i int) material.ID { return material.ID(fmt.Sprintf("id%02d", i)) })
		m := &manifests.Account{}
		for i := range rapid.IntRange(0, 15).Draw(t, "entries") {
			m.Keep = append(m.Keep, manifests.Entry{
				ID: id.Draw(t, "kept"), Until: rapid.SampledFrom([]time.Time{{}, {}, noon, noon.Add(time.Hour), noon.Add(100 * days)}).Draw(t, "until"),
				Name: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "name"), Position: manifests.Position{File: "a.yaml", Line: i + 1, Column: 3},
			})
		}
		var items []material.Item
		names := map[material.ID]string{}
		for _, id := range rapid.SliceOfNDistinct(id, 0, 8, rapid.ID).Draw(t, "live") {
			names[id] = rapid.SampledFrom([]string{"a", "b"}).Draw(t, "live name")
			items = append(items, material.Item{ID: id, Name: names[id]})
		}
		complete := rapid.Bool().Draw(t, "complete")
		got := callRoll(m, items, material.IndexOf(items), complete, noon)

		var kinds []string
		listed, first := material.Set{}, map[material.ID]manifests.Position{}
		present, lasting := 0, 0
		for _, e := range m.Keep {
			name, live := names[e.ID]
			say := func(kind string) { kinds = append(kinds, fmt.Sprintf("%s %s %s", kind, e.ID, e.Position)) }
			switch {
			case e.Expired(noon):
				say(plan.Expired)
			case !live && complete:
				say(plan.Missing)
			case !e.Until.IsZero() && e.Until.Sub(noon) <= soon:
				say(plan.ExpiresSoon)
			}
			if live && e.Name != "" && e.Name != name {
				say(plan.NameChanged)
			}
			if at, twice := first[e.ID]; twice {
				say(plan.KeptTwice)
				kinds = append(kinds, fmt.Sprintf("also kept at %s", at))
			} else {
				first[e.ID] = e.Position
			}
			if e.Expired(noon) {
				continue
			}
			lasting++
			if live && !listed.Has(e.ID) {
				present++
			}
			listed.Add(e.ID)
		}
		var said []string
		for _, f := range got.found {
			said = append(said, fmt.Sprintf("%s %s %s", f.Kind, f.MediaID, f.Position))
			if f.Kind == plan.KeptTwice {
				said = append(said, f.Message)
			}
		}
		if diff := cmp.Diff(kinds, said); diff != "" {
			t.Errorf("findings mismatch (-want +got):\n%s", diff)
		}
		if got.listed != len(listed) || got.present != present || got.lasting != lasting {
			t.Errorf("%d listed, %d present, %d lasting, want %d, %d, %d", got.listed, got.present, got.lasting, len(listed), present, lasting)
		}
	})
}

// large is a listing of n images, and a manifest that keeps 99 in 100 of them.
func large(n int) (*manifests.Account, []material.Item) {
	m := &manifests.Account{Name: "brand", Types: []material.Type{material.Image}, Guards: manifests.DefaultGuards()}
	items := remembering(n).snapshot.Items
	for i := range items {
		items[i].UpdateTime = noon.Add(-30 * days).Unix()
		if i%100 != 0 {
			m.Keep = append(m.Keep, manifests.Entry{ID: items[i].ID, Position: manifests.Position{File: "a.yaml", Line: i, Column: 5}})
		}
	}
	return m, items
}

// decideAs decides as a run does that shows nothing kept.
func decideAs(m *manifests.Account, items []material.Item) (difference, []plan.Finding) {
	live := material.IndexOf(items)
	r := callRoll(m, items, live, true, noon)
	return diff(m, items, live, r, Facts{Now: noon}, func(material.ID) bool { return false }), r.found
}

// TestWhatIsKeptCostsADecisionNoAllocation compares accounts that differ in what
// they keep alone.
func TestWhatIsKeptCostsADecisionNoAllocation(t *testing.T) {
	count := func(n int) float64 {
		m, items := large(n)
		return testing.AllocsPerRun(3, func() { decideAs(m, items) })
	}
	if more := count(20_000) - count(10_000); more > 400 { // 100 deletions and 9,900 kept ones more
		t.Errorf("10,000 materials more, 100 of them deleted, cost %g allocations", more)
	}
}

// BenchmarkDiff decides about 100,000 materials, of which 99,000 are listed, and
// finds what there is to say about the entries.
func BenchmarkDiff(b *testing.B) {
	m, items := large(100_000)
	b.ReportAllocs()
	for b.Loop() {
		if d, found := decideAs(m, items); len(d.changes) != 1000 || d.others != 99_000 || found != nil {
			b.Fatalf("%d changes, %d others, %d findings", len(d.changes), d.others, len(found))
		}
	}
}
