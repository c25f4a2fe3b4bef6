package reconcile

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

// TestKeptIDsAreAskedOfTheManifestAgain holds promise 2 against a Diff that
// deletes everything: the kept set does not come from it.
func TestKeptIDsAreAskedOfTheManifestAgain(t *testing.T) {
	t.Parallel()
	m := &manifests.Account{
		Name: "brand", Types: []material.Type{material.Image}, Guards: manifests.DefaultGuards(),
		Keep:   []manifests.Entry{{ID: "listed"}, {ID: "past", Until: noon}},
		Rules:  []manifests.Rule{{Name: "ruled*"}},
		Retire: []manifests.Retired{{ID: "ruled-but-retired"}},
	}
	var items []material.Item
	for _, id := range []string{"listed", "past", "ruled", "ruled-but-retired", "orphan"} {
		items = append(items, aged(id, material.Image, 30*days))
	}
	d := &Decision{Account: &Account{Manifest: m}, snapshot: &state.Snapshot{Items: items}, opt: Options{}.withDefaults()}
	d.facts.Now = noon
	for _, it := range items {
		d.Changes = append(d.Changes, plan.Change{Item: it, Action: plan.Delete})
	}
	d.approveAll()
	_, kept := d.sets()
	if diff := cmp.Diff(material.Set{"listed": {}, "ruled": {}}, kept); diff != "" {
		t.Errorf("kept mismatch (-want +got):\n%s", diff)
	}
}

// TestUsedIDsAreAskedOfTheUsesAgain is the same for uses, against a Diff that
// deletes everything: a cover is kept as long as one news that uses it stays.
func TestUsedIDsAreAskedOfTheUsesAgain(t *testing.T) {
	t.Parallel()
	m := &manifests.Account{Name: "brand", Types: material.Types(), Guards: manifests.DefaultGuards()}
	items := []material.Item{
		aged("shown", material.Image, 30*days), aged("cover", material.Image, 30*days), aged("shared", material.Image, 30*days),
		aged("orphan", material.Image, 30*days), aged("goes", material.News, 30*days), aged("stays", material.News, 30*days),
	}
	d := &Decision{
		Account: &Account{Manifest: m}, snapshot: &state.Snapshot{Items: items},
		opt: Options{}.withDefaults(), doomed: material.Set{"goes": {}},
	}
	d.facts = Facts{Now: noon, Uses: []state.Use{
		{Where: "menu/x", ID: "shown"}, {Where: "news a", ID: "cover", By: "goes"},
		{Where: "news a", ID: "shared", By: "goes"}, {Where: "news b", ID: "shared", By: "stays"},
	}}
	d.used = find(items, material.IndexOf(items), d.facts, nil)
	for _, it := range items {
		d.Changes = append(d.Changes, plan.Change{Item: it, Action: plan.Delete})
	}
	d.approveAll()
	_, kept := d.sets()
	if diff := cmp.Diff(material.Set{"shown": {}, "shared": {}}, kept); diff != "" {
		t.Errorf("kept mismatch (-want +got):\n%s", diff)
	}
}

// approveAll is what a mistake in the decisions might come to.
func (d *Decision) approveAll() {
	d.approved = d.snapshot.IDs()
	d.forbid()
}
