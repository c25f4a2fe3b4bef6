package render

import (
	"strings"
	"testing"
)

func TestWidths(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     string // in five columns
		width    int    // of in
	}{
		{"letters take a column", "abc", "abc  ", 3},
		{"Chinese characters take two", "图片素", "图片…", 6},
		{"half of one is never shown", "a图片b", "a图… ", 6},
		{"an emoji takes two", "😀a", "😀a  ", 3},
		{"an emoji of several parts is one", "👨‍👩‍👧a", "👨‍👩‍👧a  ", 3},
		{"a flag is one", "🇨🇳a", "🇨🇳a  ", 3},
		{"an accent takes no column", "e\u0301a", "e\u0301a   ", 2},
		{"full-width letters take two", "ＡＢ", "ＡＢ ", 4},
		{"what some locales show in two columns takes one", "→…", "→…   ", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := widthOf(tt.in); got != tt.width {
				t.Errorf("width %d, want %d", got, tt.width)
			}
			if got := fit(tt.in, 5); got != tt.want {
				t.Errorf("fit() = %q, want %q", got, tt.want)
			}
		})
	}
}

// A name can have any number of accents, which take no column.
func TestANameOfAccentsIsCut(t *testing.T) {
	t.Parallel()
	if got := fit("e"+strings.Repeat("\u0301", 10_000), 5); len(got) > 100 {
		t.Errorf("it has %d bytes", len(got))
	}
}
