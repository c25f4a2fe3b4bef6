package manifests

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// A splice puts a text in place of the bytes from at to end.
type splice struct {
	at, end int
	text    string
}

// An editor collects the splices of one text. What no splice covers stays as
// it is, byte by byte.
type editor struct {
	*source
	splices []splice
}

func (e *editor) replace(at, end int, text string) {
	e.splices = append(e.splices, splice{at, end, text})
}

func (e *editor) insert(at int, text string) { e.replace(at, at, text) }

// insertLines puts lines behind the line in which at stands; at may be the
// beginning of a line, and then they come before it.
func (e *editor) insertLines(at int, lines []string) {
	if at == 0 || e.text[at-1] != '\n' {
		at = nextLine(e.text, at)
	}
	eol := e.eol(at)
	if at > 0 && e.text[at-1] != '\n' { // the last line, without an end
		e.insert(at, eol+strings.Join(lines, eol))
		return
	}
	e.insert(at, strings.Join(lines, eol)+eol)
}

// eol returns how the line before at ends.
func (e *editor) eol(at int) string {
	if i := bytes.LastIndexByte(e.text[:at], '\n'); i > 0 && e.text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// result returns the text with all splices made.
func (e *editor) result() []byte {
	slices.SortStableFunc(e.splices, func(a, b splice) int { return cmp.Compare(a.at, b.at) })
	out := make([]byte, 0, len(e.text)+100*len(e.splices))
	at := 0
	for _, s := range e.splices {
		out = append(append(out, e.text[at:s.at]...), s.text...)
		at = s.end
	}
	return append(out, e.text[at:]...)
}
