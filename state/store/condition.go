package store

import "strings"

// A Condition says when a Put may happen.
type Condition string

// The conditions that need no version; see [IfVersion] for the other one.
const (
	// Always puts, or replaces what is there.
	Always Condition = "always"
	// IfAbsent puts only where nothing is.
	IfAbsent Condition = "if absent"
)

const ifVersion = "if version "

// IfVersion replaces the object only while it has this version, as Get or Put
// returned it. An object that is not there has none.
func IfVersion(version string) Condition {
	return Condition(ifVersion + version)
}

// version returns the version of an IfVersion.
func (c Condition) version() (string, bool) {
	return strings.CutPrefix(string(c), ifVersion)
}
