package manifests

import (
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

func TestAPlaceInTheTextIsFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("ab素\n ")), 1, 300, -1).Draw(t, "text")
		lines := strings.SplitAfter(text, "\n")
		line := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
		column := rapid.IntRange(0, len([]rune(lines[line]))).Draw(t, "column")
		want := string([]rune(lines[line])[column:]) + strings.Join(lines[line+1:], "")
		s := source{text: []byte(text)}
		if got := string(s.from(&yaml.Node{Line: line + 1, Column: column + 1})); got != want {
			t.Fatalf("line %d, column %d: %q, want %q", line+1, column+1, got, want)
		}
	})
}

func TestAPlaceOutsideTheTextIsNone(t *testing.T) {
	t.Parallel()
	s := source{text: []byte("abc\n")}
	for _, n := range []yaml.Node{{}, {Line: 9, Column: 1}, {Line: 1, Column: 999}} {
		if got := s.from(&n); got != nil {
			t.Errorf("line %d, column %d: %q", n.Line, n.Column, got)
		}
	}
}
