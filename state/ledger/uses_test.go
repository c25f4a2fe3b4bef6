package ledger

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wxkeep/state/material"
)

func TestMergeUses(t *testing.T) {
	t.Parallel()
	now := newClock().now
	use := func(id material.ID, where string, first, last int) Use {
		return Use{ID: id, Place: "drafts", Where: where, First: now.AddDate(0, 0, first), Last: now.AddDate(0, 0, last)}
	}
	tests := []struct {
		name       string
		a, b, want []Use
	}{
		{"a use that is gone stays", []Use{use("a", "x", 0, 1)}, nil, []Use{use("a", "x", 0, 1)}},
		{"a use seen again lasts longer", []Use{use("a", "x", 0, 1)}, []Use{use("a", "x", 2, 2)}, []Use{use("a", "x", 0, 2)}},
		{"an older one begins earlier", []Use{use("a", "x", 2, 3)}, []Use{use("a", "x", 0, 1)}, []Use{use("a", "x", 0, 3)}},
		{"spots are told apart, and sorted", []Use{use("b", "x", 0, 0)}, []Use{use("a", "y", 0, 0), use("a", "x", 0, 0)},
			[]Use{use("a", "x", 0, 0), use("a", "y", 0, 0), use("b", "x", 0, 0)}},
		{"ids are case-sensitive", []Use{use("a", "x", 0, 0)}, []Use{use("A", "x", 1, 1)}, []Use{use("A", "x", 1, 1), use("a", "x", 0, 0)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, MergeUses(tt.a, tt.b)); diff != "" {
				t.Errorf("MergeUses() mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNoUseIsEverForgotten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) []Use {
			return rapid.SliceOf(rapid.Custom(func(t *rapid.T) Use {
				at := func(name string) time.Time {
					return newClock().now.AddDate(0, 0, rapid.IntRange(0, 9).Draw(t, name))
				}
				n := rapid.IntRange(0, 3)
				return Use{ID: material.ID(fmt.Sprint("id", n.Draw(t, "id"))), Place: "menu", Where: fmt.Sprint(n.Draw(t, "where")), First: at("first"), Last: at("last")}
			})).Draw(t, name)
		}
		a, b := draw("a"), draw("b")
		got := MergeUses(a, b)
		for _, u := range slices.Concat(a, b) {
			i := slices.IndexFunc(got, func(g Use) bool { return compareSpots(g, u) == 0 })
			if i < 0 || got[i].First.After(u.First) || got[i].Last.Before(u.Last) {
				t.Fatalf("%v is not in %v", u, got)
			}
		}
		if diff := cmp.Diff(got, MergeUses(b, a)); diff != "" {
			t.Fatalf("the order matters:\n%s", diff)
		}
		if diff := cmp.Diff(got, MergeUses(got, b)); diff != "" {
			t.Fatalf("twice is not once:\n%s", diff)
		}
	})
}

func TestUsesAreRememberedOverRuns(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s Store, _ func(string, []byte)) {
		ctx, c := t.Context(), newClock()
		l := open(s, c)
		first := c.Now()
		none, err := l.Uses(ctx)
		check(t, err)
		if len(none) != 0 {
			t.Errorf("uses %v before the first run", none)
		}
		draft := Use{ID: "cover", Place: "drafts", Where: "draft 十月 article 1"}
		_, err = l.RecordUses(ctx, []Use{draft})
		check(t, err)
		c.advance(24 * time.Hour)
		menu := Use{ID: "logo", Place: "menu", Where: "menu/联系我们"}
		got, err := l.RecordUses(ctx, []Use{menu}) // the draft was published
		check(t, err)
		draft.First, draft.Last, menu.First, menu.Last = first, first, c.Now(), c.Now()
		if diff := cmp.Diff([]Use{draft, menu}, got); diff != "" {
			t.Errorf("RecordUses() mismatch (-want +got):\n%s", diff)
		}
		saved, err := l.Uses(ctx)
		check(t, err)
		if diff := cmp.Diff(got, saved); diff != "" {
			t.Errorf("Uses() mismatch (-want +got):\n%s", diff)
		}
		if _, err := l.RecordUses(ctx, []Use{{ID: "", Place: "menu"}}); err == nil {
			t.Error("a use of nothing was recorded")
		}
	})
}

func TestRecordsAtTheSameTimeLoseNothing(t *testing.T) {
	t.Parallel()
	m := newMemory()
	l := open(m, newClock())
	other := 0
	m.befall(func(_ int, what string) fault {
		if what == "get "+root+"uses.json" && other < 3 {
			return none
		}
		if other++; other <= 3 { // before each write another run writes
			at := newClock().now
			data, err := encode(usesObject{Version: format, Uses: []Use{{ID: material.ID(fmt.Sprint("other", other)), Place: "menu", First: at, Last: at}}})
			check(t, err)
			m.set(root+"uses.json", data)
		}
		return none
	})
	got, err := l.RecordUses(t.Context(), []Use{{ID: "mine", Place: "menu"}})
	check(t, err)
	if len(got) != 2 || got[0].ID != "mine" || got[1].ID != "other3" {
		t.Errorf("uses %v, want mine and what the other run wrote last", got)
	}
}
