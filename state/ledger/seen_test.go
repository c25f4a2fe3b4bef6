package ledger

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wxkeep/state/material"
)

func TestSeenMerge(t *testing.T) {
	t.Parallel()
	now := newClock().now
	before, after := now.Add(-time.Hour), now.Add(time.Hour)
	tests := []struct {
		name    string
		seen    Seen
		orphans material.Set
		want    Seen
	}{
		{"nothing was seen, nothing is", nil, nil, Seen{}},
		{"a new orphan gets now", nil, material.Set{"a": {}}, Seen{"a": now}},
		{"an old one keeps its time", Seen{"a": before}, material.Set{"a": {}}, Seen{"a": before}},
		{"what is no orphan any more is dropped", Seen{"a": before, "b": before}, material.Set{"b": {}}, Seen{"b": before}},
		{"a time to come becomes now", Seen{"a": after}, material.Set{"a": {}}, Seen{"a": now}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			old := maps.Clone(tt.seen)
			if diff := cmp.Diff(tt.want, tt.seen.Merge(tt.orphans, now)); diff != "" {
				t.Errorf("Merge() mismatch (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(old, tt.seen); diff != "" {
				t.Errorf("Merge() changed what was seen:\n%s", diff)
			}
		})
	}
}

func TestALostLedgerMakesNothingDueSooner(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := newClock()
		kept, lost := newMemory(), newMemory()
		for range rapid.IntRange(1, 12).Draw(t, "runs") {
			// The clock may be set back, too.
			c.advance(time.Duration(rapid.Int64Range(-int64(time.Hour), int64(72*time.Hour)).Draw(t, "later")))
			orphans := material.Set{}
			for _, n := range rapid.SliceOf(rapid.IntRange(0, 5)).Draw(t, "orphans") {
				orphans.Add(material.ID(fmt.Sprint("id", n)))
			}
			if rapid.Bool().Draw(t, "lose") {
				delete(lost.objects, root+"seen.json")
			}
			a, err1 := open(kept, c).RecordSeen(t.Context(), orphans)
			b, err2 := open(lost, c).RecordSeen(t.Context(), orphans)
			if err1 != nil || err2 != nil || len(a) != len(orphans) || len(b) != len(orphans) {
				t.Fatalf("seen %v, %v and %v, %v, want times of %v", a, err1, b, err2, orphans)
			}
			for id := range orphans {
				if b[id].Before(a[id]) || a[id].After(c.Now()) {
					t.Fatalf("%s is an orphan since %s with a lost ledger, since %s else, now %s", id, b[id], a[id], c.Now())
				}
			}
			saved, err := open(kept, c).Seen(t.Context())
			if diff := cmp.Diff(a, saved); diff != "" || err != nil {
				t.Fatalf("saved: %v, mismatch (-want +got):\n%s", err, diff)
			}
		}
	})
}

func TestARecordedOrphanThatStaysKeepsItsFirstTime(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s Store, alter func(string, []byte)) {
		c := newClock()
		l := open(s, c)
		first := c.Now()
		for range 3 {
			seen, err := l.RecordSeen(t.Context(), material.Set{"a": {}})
			check(t, err)
			if diff := cmp.Diff(Seen{"a": first}, seen); diff != "" {
				t.Errorf("seen mismatch (-want +got):\n%s", diff)
			}
			c.advance(time.Hour)
		}
		alter(root+"seen.json", nil)
		seen, err := l.Seen(t.Context())
		check(t, err)
		if len(seen) != 0 {
			t.Errorf("a lost ledger has seen %v", seen)
		}
	})
}
