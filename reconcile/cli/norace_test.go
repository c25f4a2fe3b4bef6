//go:build !race

package cli_test

var raceFlag []string
