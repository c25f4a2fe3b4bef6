package cli

import (
	"runtime/debug"
	"testing"
)

// TestTheEnvironmentDecidesAboutGarbage changes what the whole process has, and is
// therefore not parallel.
func TestTheEnvironmentDecidesAboutGarbage(t *testing.T) {
	before := debug.SetGCPercent(77)
	defer debug.SetGCPercent(before)
	for _, tt := range []struct {
		name, gogc string
		want       int
	}{
		{"GOGC stays in charge", "200", 77},
		{"without it less memory is taken", "", heapGrowth},
	} {
		beFrugal(func(name string) string {
			if name != "GOGC" {
				t.Errorf("%s was asked for", name)
			}
			return tt.gogc
		})
		if got := debug.SetGCPercent(77); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
