package reconcile_test

import (
	"testing"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// TestAMistakenPlannerSendsNothingKept holds promise 2: the decisions are
// falsified after the guards, as a mistake in wxkeep might.
func TestAMistakenPlannerSendsNothingKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(images("keep-", 3), images("x", 3)...)...)
	listed := w.id(t, "x1")
	w.manifest.Keep = []manifests.Entry{{ID: listed}}
	d := w.decide(t.Context())
	allowed := material.Set{}
	for i := range d.Changes {
		if d.Changes[i].Action == plan.Delete {
			allowed.Add(d.Changes[i].Item.ID)
		}
		d.Changes[i].Action = plan.Delete
	}
	d.Apply(t.Context(), t.Context())
	for _, id := range w.sandbox.Deletes() {
		if !allowed.Has(id) {
			t.Errorf("%s was sent, and was not approved", id)
		}
	}
	if d.Summary.Status != plan.Error {
		t.Errorf("status %d, want an error: a mistake has to be said", d.Summary.Status)
	}
}

// TestAPlanHasNoClientThatDeletes holds promise 3 where the types meet.
func TestAPlanHasNoClientThatDeletes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, images("x", 1)...)
	if _, deletes := any(w.reader).(reconcile.Deleter); deletes {
		t.Error("the reading client can delete")
	}
	if _, deletes := any(w.client).(reconcile.Deleter); deletes {
		t.Error("the client that both are made of can delete")
	}
}
