package manifests

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"
)

// checkText finds what makes a text unfit to be read as YAML at all, and
// returns the text without its byte order mark.
func checkText(path string, text []byte, problems *Problems) ([]byte, bool) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	before := len(*problems)
	if at, message := badCharacter(text); message != "" {
		problems.add(position(path, text, at), "%s", message)
	}
	for _, line := range conflictMarkers(text) {
		problems.add(Position{File: path, Line: line, Column: 1}, "git conflict marker: settle the conflict, then remove the markers")
	}
	return text, len(*problems) == before
}

// position returns the place of the byte at offset at.
func position(path string, text []byte, at int) Position {
	start := bytes.LastIndexByte(text[:at], '\n') + 1
	return Position{
		File:   path,
		Line:   bytes.Count(text[:at], []byte("\n")) + 1,
		Column: utf8.RuneCount(text[start:at]) + 1,
	}
}

// badCharacter returns the offset of the first character that a manifest must
// not have, and what is wrong with it.
func badCharacter(text []byte) (int, string) {
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c >= ' ' && c < 0x7f, c == '\n', c == '\t':
			i++
			continue
		case c == '\r' && i+1 < len(text) && text[i+1] == '\n':
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return i, "not UTF-8: save the file in the encoding UTF-8"
		case misleading(r):
			return i, fmt.Sprintf("character %U does not show and misleads the reader: delete it", r)
		}
		i += size
	}
	return 0, ""
}

// misleading reports whether r makes a text look other than it is read. YAML
// takes U+0085, U+2028, U+2029 and a lone carriage return for the end of a
// line, which editors do not, and the marks for writing from right to left
// change the order in which a line is shown: what is reviewed as a comment
// would be an entry, or an entry a comment.
func misleading(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r < 0xa0: // control characters
		return true
	case r == '\u2028', r == '\u2029', r == '\ufeff':
		return true
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
		return true
	}
	return false
}

// conflictMarkers returns every line with which git opens a conflict, and
// those of the other markers when that line is no longer there.
func conflictMarkers(text []byte) []int {
	var found []int
	inside := false
	for start, line := 0, 1; start < len(text); start, line = nextLine(text, start), line+1 {
		mark := markerAt(text[start:])
		if mark != 0 && (mark == '<' || !inside) {
			found = append(found, line)
		}
		if mark != 0 {
			inside = mark != '>'
		}
	}
	return found
}

// markers are the lines that git writes around the sides of a conflict.
var markers = []string{"<<<<<<<", "|||||||", "=======", ">>>>>>>"}

// markerAt returns the character of which the marker that line begins with is
// made, or 0.
func markerAt(line []byte) byte {
	i := slices.IndexFunc(markers, func(m string) bool { return bytes.HasPrefix(line, []byte(m)) })
	if i < 0 {
		return 0
	}
	if rest := line[len(markers[i]):]; len(rest) > 0 && !bytes.ContainsRune([]byte(" \r\n"), rune(rest[0])) {
		return 0
	}
	return line[0]
}

// nextLine returns the offset of the line after the one at start.
func nextLine(text []byte, start int) int {
	i := bytes.IndexByte(text[start:], '\n')
	if i < 0 {
		return len(text)
	}
	return start + i + 1
}
