package manifests

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wxkeep/state/material"
)

func packedOf(entries []Entry) Packed {
	var p packing
	for i := range entries {
		p.add(&entries[i])
	}
	return p.list()
}

// TestAPackedListIsTheListItWas holds it of lists joined of several files.
func TestAPackedListIsTheListItWas(t *testing.T) {
	t.Parallel()
	text := rapid.StringN(0, 20, 40)
	entry := rapid.Custom(func(t *rapid.T) Entry {
		e := Entry{
			ID:   material.ID(rapid.StringMatching(`[AB_-]{1,30}`).Draw(t, "id")),
			Name: text.Draw(t, "name"), Reason: text.Draw(t, "reason"), Owner: text.Draw(t, "owner"),
			Position: Position{File: rapid.SampledFrom([]string{"", "a.yaml", "teams/b.yaml"}).Draw(t, "file"), Line: rapid.IntRange(0, 1<<30).Draw(t, "line"), Column: rapid.IntRange(0, 1<<20).Draw(t, "column")},
		}
		if day := rapid.IntRange(0, 40_000).Draw(t, "until"); day > 0 {
			e.Until = time.Date(1970, 1, 1+day, 0, 0, 0, 0, material.China)
		}
		return e
	})
	rapid.Check(t, func(t *rapid.T) {
		a := &Account{}
		var want []Entry
		for range rapid.IntRange(0, 4).Draw(t, "parts") {
			part := rapid.SliceOfN(entry, 0, 20).Draw(t, "part")
			want = append(want, part...)
			a.Packed += packedOf(part)
		}
		if diff := cmp.Diff(want, a.Unpacked().Keep); diff != "" {
			t.Errorf("entries mismatch (-packed +unpacked):\n%s", diff)
		}
		if whole := (&Account{Keep: want}).Digest(); a.Digest() != whole {
			t.Errorf("the digest of the packed list is %s, want %s", a.Digest(), whole)
		}
	})
}

// TestAnEntryPacksIntoAFewBytes holds what a fleet's manifests cost in memory.
func TestAnEntryPacksIntoAFewBytes(t *testing.T) {
	t.Parallel()
	entries := make([]Entry, 10_000)
	for i := range entries {
		entries[i] = Entry{ID: material.ID(fmt.Sprintf("qzM0Rk1sX2Vn4Bd7ayT5cA%021x", i*0x9e3779b97f4a7c1)), Position: Position{File: "a.yaml", Line: 10 + i, Column: 5}}
	}
	if each := len(packedOf(entries)) / len(entries); each > 26 {
		t.Errorf("%d bytes an entry, at most 26 are wanted", each)
	}
}
