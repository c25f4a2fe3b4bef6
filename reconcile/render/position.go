package render

import (
	"strconv"
	"strings"

	"wxkeep/reconcile/plan"
)

// A position is a place in a manifest, counted from 1, the columns in characters.
type position struct {
	file         string
	line, column int
}

// positionOf reads file:line:column, of which a file may have colons of its own.
// What has another form is a file, at its first line.
func positionOf(s string) position {
	file, line, column := s, 0, 0
	if before, after, ok := cutLast(s); ok {
		column, file = after, before
		if before, after, ok := cutLast(before); ok {
			line, file = after, before
		}
	}
	if line == 0 {
		return position{s, 1, 1}
	}
	return position{file, line, column}
}

// cutLast cuts a number off the end of s.
func cutLast(s string) (before string, number int, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, 0, false
	}
	n, err := strconv.Atoi(s[i+1:])
	return s[:i], n, err == nil && n > 0
}

// placeOf is where a finding stands, or else where its account's manifest begins:
// CI systems show nothing without a place. Positions are as the manifest was
// named, which may have been below the root of the repository; its paths are
// those that CI systems want.
func placeOf(a plan.Account, f plan.Finding) position {
	if f.Position == "" {
		first := defaultManifest
		if len(a.Manifest.Paths) > 0 {
			first = a.Manifest.Paths[0]
		}
		return position{first, 1, 1}
	}
	at := positionOf(f.Position)
	var below []string
	for _, path := range a.Manifest.Paths {
		if path == at.file {
			return at
		}
		if strings.HasSuffix(path, "/"+strings.TrimPrefix(at.file, "./")) {
			below = append(below, path)
		}
	}
	if len(below) == 1 {
		at.file = below[0]
	}
	return at
}

// defaultManifest is the one that is read where none is named.
const defaultManifest = "wxkeep.yaml"
