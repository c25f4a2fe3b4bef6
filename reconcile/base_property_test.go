package reconcile

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

// A drawnChange is a change of a base, what is live, and what is used where.
type drawnChange struct {
	base, change *manifests.Account
	items        []material.Item
	found        sight
}

func drawChange(t *rapid.T) drawnChange {
	var d drawnChange
	d.change, d.items = drawn(t)
	other, _ := drawn(t)
	base := *d.change
	d.base = &base
	if rapid.Bool().Draw(t, "types differ") {
		d.base.Types = other.Types
	}
	if rapid.Bool().Draw(t, "lists differ") {
		d.base.Keep, d.base.Rules, d.base.Retire = other.Keep, other.Rules, other.Retire
	}
	places := []string{state.PlaceMenu, state.PlaceDrafts, state.PlaceNews}
	for _, m := range []*manifests.Account{d.base, d.change} {
		m.References.Places = rapid.SliceOfDistinct(rapid.SampledFrom(places), rapid.ID).Draw(t, "places")
		m.Guards.MinAge = time.Duration(rapid.IntRange(0, 15).Draw(t, "min age")) * days
		m.Grace = time.Duration(rapid.IntRange(0, 2).Draw(t, "grace")) * days
	}
	for _, p := range places {
		if !slices.Contains(d.change.References.Places, p) && !slices.Contains(d.base.References.Places, p) {
			continue
		}
		d.found.places = append(d.found.places, searched{place: p})
		for _, it := range d.items {
			if rapid.IntRange(0, 3).Draw(t, "used") == 0 {
				u := state.Use{Place: p, Where: p + "/x", ID: it.ID}
				if p == state.PlaceNews {
					u.By = rapid.SampledFrom(d.items).Draw(t, "by").ID
				}
				d.found.uses = append(d.found.uses, u)
			}
		}
	}
	return d
}

// decide decides about the change, with its base or without.
func (c drawnChange) decide(t *rapid.T, based bool, opt Options) *Decision {
	opt.Now = func() time.Time { return noon }
	a := &Account{Manifest: c.change}
	found := c.found.within(c.change)
	if based {
		a.Base, found = c.base, c.found
	}
	d := newDecision(a, opt)
	d.snapshot = &state.Snapshot{Items: c.items}
	for _, typ := range material.Types() {
		d.snapshot.Listings = append(d.snapshot.Listings, state.Listing{Type: typ})
	}
	d.facts.Now = noon
	d.see(t.Context(), found)
	d.choose(t.Context(), nil)
	return d
}

func deleted(changes []plan.Change) material.Set {
	ids := material.Set{}
	for _, c := range changes {
		if c.Action == plan.Delete {
			ids.Add(c.Item.ID)
		}
	}
	return ids
}

func TestAChangeIsToldFromWhatWasPending(t *testing.T) {
	t.Parallel()
	for range 10 { // a hundred each
		rapid.Check(t, checkChange)
	}
}

func checkChange(t *rapid.T) {
	c := drawChange(t)
	alone, all := c.decide(t, false, Options{}), c.decide(t, true, Options{})

	// A base decides nothing.
	if diff := cmp.Diff(deleted(alone.Changes), deleted(all.Changes)); diff != "" {
		t.Fatalf("the base changes what is deleted:\n%s", diff)
	}

	// Because of the change is what the change deletes and the base does not.
	was := deleted(c.baseAlone(t).Changes)
	want, got := material.Set{}, material.Set{}
	for id := range deleted(all.Changes) {
		if !was.Has(id) {
			want.Add(id)
		}
	}
	for _, ch := range all.Changes {
		switch {
		case (ch.Cause == "") != (ch.Action == plan.Keep):
			t.Fatalf("%s is to %s, by the cause %q", ch.Item.ID, ch.Action, ch.Cause)
		case ch.Action == plan.Delete && ch.Cause == plan.ThisChange:
			got.Add(ch.Item.ID)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("because of the change (-want +got):\n%s", diff)
	}

	// --only-change deletes some of that and nothing else, and a plan of it
	// approves nothing that waited in its grace before.
	only := c.decide(t, true, Options{OnlyChange: true, Limit: rapid.IntRange(0, 3).Draw(t, "limit")})
	for _, ch := range only.Changes {
		approved := ch.Action == plan.Delete || ch.Reason == plan.InGrace
		if approved && ch.Cause != plan.ThisChange {
			t.Fatalf("%s is %s (%s), by the cause %q", ch.Item.ID, ch.Action, ch.Reason, ch.Cause)
		}
		if ch.Action == plan.Delete && !want.Has(ch.Item.ID) {
			t.Fatalf("%s is deleted, and not because of the change", ch.Item.ID)
		}
	}
}

// baseAlone decides about the base as if there was no change.
func (c drawnChange) baseAlone(t *rapid.T) *Decision {
	return drawnChange{change: c.base, items: c.items, found: c.found}.decide(t, false, Options{})
}
