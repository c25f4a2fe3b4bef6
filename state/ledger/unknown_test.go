package ledger

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/material"
)

func TestADeletionOfUnknownOutcomeIsOpenUntilOneIsKnown(t *testing.T) {
	t.Parallel()
	ctx, m, c := t.Context(), newMemory(), newClock()
	l := open(m, c)
	le, r := begun(t, l)
	check(t, r.Intent(ctx, batch("", "a", "b")), r.Outcome(ctx, batch(Unknown, "a", "b")), r.Outcome(ctx, batch(Deleted, "b")),
		r.End(ctx, Summary{Status: 3}), le.Release(ctx))
	le, r = begun(t, l)
	if diff := cmp.Diff([]material.ID{"a"}, idsOf(r.Open())); diff != "" {
		t.Errorf("open mismatch (-want +got):\n%s", diff)
	}
	check(t, r.Outcome(ctx, batch(Deleted, "a")), r.End(ctx, Summary{}), le.Release(ctx))
	le, r = begun(t, l)
	if open := r.Open(); len(open) > 0 {
		t.Errorf("still open in the third run: %v", idsOf(open))
	}
	check(t, r.End(ctx, Summary{}), le.Release(ctx))
}
