package cli

import "runtime/debug"

// heapGrowth is by how many percent the heap may grow before garbage is collected,
// instead of Go's 100. Nearly all of it is what the plan is made of and lives as
// long as the run, so garbage is a small part of what is saved: with 100,000
// materials it is an eighth of the whole process, for a twentieth more of CPU.
const heapGrowth = 50

// beFrugal sets how much memory is taken for less work, unless GOGC says it.
// GOMEMLIMIT holds in any case.
func beFrugal(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
}
