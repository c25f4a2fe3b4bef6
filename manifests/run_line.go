package manifests

import "bytes"

// A line is one of a keep list, in one of the few forms that mean the same
// whatever stands above and below:
//
//   - "ID" # a comment
//   - media_id: "ID"
//     reason: a value
//
// What stands before a value is ASCII, so that columns are bytes.
type line struct {
	kind  lineKind
	dash  int    // of an item: the column of the dash, from 0
	inner int    // the column of the key, or of the bare id
	key   int    // in entryKeys, or bareID
	at    int    // the column of the value
	value []byte // without its quotes; never empty
}

const bareID = -1

type lineKind int

const (
	otherLine   lineKind = iota // of none of the forms
	emptyLine                   // blanks, a comment, or both
	itemLine                    // begins an entry
	settingLine                 // goes on with one
)

// longestLine is the most bytes of a line that has a form: some more, and YAML
// has another rule for what may be a key.
const longestLine = 1000

// readLine reads a line, without its end, of a text that checkText let pass.
func readLine(text []byte) line {
	text = bytes.TrimSuffix(text, []byte("\r"))
	at := blanks(text)
	switch {
	case len(text) > longestLine:
		return line{}
	case at == len(text) || text[at] == '#':
		return line{kind: emptyLine}
	}
	l := line{kind: settingLine}
	if text[at] == '-' {
		l.kind, l.dash = itemLine, at
		at++
		gap := blanks(text[at:])
		if gap == 0 {
			return line{}
		}
		at += gap
	}
	l.inner, l.key = at, keyOf(text[at:])
	if l.key != bareID {
		at += len(entryKeys[l.key]) + 1
		gap := blanks(text[at:])
		if gap == 0 {
			return line{}
		}
		at += gap
	} else if l.kind == settingLine {
		return line{}
	}
	value, rest := valueOf(text[at:])
	if gap := blanks(rest); len(value) == 0 || gap < len(rest) && (gap == 0 || rest[gap] != '#') {
		return line{}
	}
	l.at, l.value = at, value
	return l
}

// blanks returns how many blanks text begins with.
func blanks(text []byte) int {
	n := 0
	for n < len(text) && text[n] == ' ' {
		n++
	}
	return n
}

// keyOf returns the key that text begins with, or bareID.
func keyOf(text []byte) int {
	for i, key := range entryKeys {
		if len(text) > len(key) && text[len(key)] == ':' && string(text[:len(key)]) == key {
			return i
		}
	}
	return bareID
}

// valueOf returns the value that text begins with and what is behind it, or no
// value when it is not one that is as it shows: in double quotes without an
// escape, or words that YAML can only take for a text, a number, a date or a
// truth, all of which are read as written.
func valueOf(text []byte) (value, rest []byte) {
	if len(text) > 0 && text[0] == '"' {
		end := bytes.IndexByte(text[1:], '"') + 1
		if end == 0 || bytes.IndexByte(text[:end], '\\') >= 0 || bytes.IndexByte(text[:end], '\t') >= 0 {
			return nil, nil
		}
		return text[1:end], text[end+1:]
	}
	end := 0
	for end < len(text) && (ofWords(text[end]) || end > 0 && (text[end] == ' ' || text[end] == '-')) {
		end++
	}
	value = bytes.TrimRight(text[:end], " ")
	switch string(value) {
	case "null", "Null", "NULL":
		return nil, nil
	}
	return value, text[len(value):]
}

// ofWords reports whether c never means anything but itself in words without
// quotes.
func ofWords(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '/' || c >= 0x80
}
