package material

import (
	"testing"

	"pgregory.net/rapid"
)

// TestAnIndexFindsWhatAMapWould compares the two, whatever the ids and the room.
func TestAnIndexFindsWhatAMapWould(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Map(rapid.StringMatching(`[ab]{0,6}`), func(s string) ID { return ID(s) })
		ids := rapid.SliceOfN(id, 0, 200).Draw(t, "ids")
		x := NewIndex(rapid.IntRange(0, 200).Draw(t, "room"), func(place int) ID { return ids[place] })
		places := map[ID]int{}
		for i, id := range ids {
			_, known := places[id]
			if x.Add(i) == known {
				t.Errorf("Add(%d) of %q: new is %t, want %t", i, id, known, !known)
			}
			if !known {
				places[id] = i
			}
		}
		for _, id := range append(ids, rapid.SliceOfN(id, 0, 20).Draw(t, "others")...) {
			want, known := places[id]
			got, found := x.Find(id)
			if found != known || found && got != want || x.Has(id) != known {
				t.Errorf("Find(%q) = %d, %t, want %d, %t", id, got, found, want, known)
			}
		}
	})
}

func BenchmarkIndex(b *testing.B) {
	items := listed(100_000)
	b.Run("build", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			IndexOf(items)
		}
	})
	b.Run("find all", func(b *testing.B) {
		x := IndexOf(items)
		for b.Loop() {
			for i := range items {
				if at, _ := x.Find(items[i].ID); at != i {
					b.Fatal(at)
				}
			}
		}
	})
}
