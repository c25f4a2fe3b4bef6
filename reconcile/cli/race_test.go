//go:build race

package cli_test

// The binary under test looks for races if the test does.
var raceFlag = []string{"-race"}
