package state

import "testing"

func TestWhatLiesBehindHolesIsKeptWhereCallsAreMany(t *testing.T) {
	t.Parallel()
	pages := []Span{{0, 20}, {20, 20}, {60, 20}, {80, 20}}
	tests := []struct {
		name  string
		pages []Span
		calls int
		want  int
	}{
		{"nothing", nil, 0, 0},
		{"no hole", pages[:2], 4, 2},
		{"a hole, and many calls", pages, 100, 4},
		{"a hole, and few", pages, 7, 2},
		{"nothing at the front, and few", pages[2:], 7, 0},
	}
	for _, tt := range tests {
		if got := WorthKeeping(tt.pages, tt.calls); got != tt.want {
			t.Errorf("%s: %d of %d pages are kept, want %d", tt.name, got, len(tt.pages), tt.want)
		}
	}
}
