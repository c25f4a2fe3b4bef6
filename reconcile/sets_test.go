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
	_, kept := d.sets()
	if diff := cmp.Diff(material.Set{"listed": {}, "ruled": {}}, kept); diff != "" {
		t.Errorf("kept mismatch (-want +got):\n%s", diff)
	}
}
