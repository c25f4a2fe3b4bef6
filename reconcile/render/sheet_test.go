package render

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A table takes no more than the room there is, as many lines as have room, and
// counts the others.
func TestATableFitsItsRoom(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 30), func(n int) string { return strings.Repeat("图", n) + "\n" }), 0, 40).Draw(t, "lines")
		room := rapid.IntRange(0, 1000).Draw(t, "room")
		s := sheet{measure: characters, left: room}
		s.table(listed("things", "head\n", lines, 0))
		if n := characters(s.text); n > room || s.left != room-n {
			t.Errorf("%d characters in a room of %d, %d left", n, room, s.left)
		}
		whole := "head\n" + strings.Join(lines, "") + "\n"
		fits := len(lines) == 0 || characters(whole) <= room
		if fits == s.short() || fits && len(lines) > 0 && s.text != whole {
			t.Errorf("it says that it is short: %t, of %d characters in a room of %d", s.short(), characters(whole), room)
		}
		if s.short() && s.text != "" {
			shown := len(lines) - s.counted[0].out
			next := "head\n" + strings.Join(lines[:shown+1], "") + "\n… and **10 more things that are not shown**\n\n"
			if characters(next)+1 <= room && shown+1 < len(lines) {
				t.Errorf("another line would have had room in %d: %d characters", room, characters(next))
			}
		}
	})
}
