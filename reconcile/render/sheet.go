package render

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A sheet is a Markdown document of limited length. What does not fit is left out
// row by row, and counted.
type sheet struct {
	measure func(string) int // characters or bytes, whichever are limited
	left    int              // how much there is room for
	text    string
	counted []shortage
}

// A shortage is how much of one subject was left out.
type shortage struct {
	what       string
	out, total int
}

// The two ways to measure a document. Go's runes are what GitHub counts in a
// comment, and its limit in bytes is four times as much: no character takes more.
func characters(s string) int { return utf8.RuneCountInString(s) }
func size(s string) int       { return len(s) }

// A table is a part of a sheet that may be cut: lines of one subject between a
// head and a foot.
type table struct {
	what       string // in the plural
	head, foot string
	lines      []string
	share      int // of the room, how much it may take: 0 for all
}

// table writes as many lines as there is room for, and below them how many there
// are besides. Without room for one, nothing is written.
func (s *sheet) table(t table) {
	if len(t.lines) == 0 {
		return
	}
	room := s.left
	if t.share > 0 {
		room = min(room, t.share)
	}
	fits := s.fitting(t, room)
	if fits > 0 {
		text := t.head + strings.Join(t.lines[:fits], "") + t.rest(fits) + t.foot
		s.left -= s.measure(text)
		s.text += text
	}
	s.count(t.what, len(t.lines)-fits, len(t.lines))
}

// fitting is how many lines of t have room.
func (s *sheet) fitting(t table, room int) int {
	used := s.measure(t.head) + s.measure(t.foot)
	for i, line := range t.lines {
		used += s.measure(line)
		if used+s.measure(t.rest(i+1)) > room {
			return i
		}
	}
	return len(t.lines)
}

// rest says how many lines follow the first n. The text gets no longer as n grows,
// but for the last line, which has none.
func (t table) rest(n int) string {
	if n == len(t.lines) {
		return ""
	}
	return fmt.Sprintf("\n… and **%d more %s that are not shown**\n", len(t.lines)-n, t.what)
}

// count notes how much of a subject there is, and how much of that was left out.
func (s *sheet) count(what string, out, total int) {
	i := slices.IndexFunc(s.counted, func(h shortage) bool { return h.what == what })
	if i < 0 {
		i, s.counted = len(s.counted), append(s.counted, shortage{what: what})
	}
	s.counted[i].out += out
	s.counted[i].total += total
}

// short reports whether anything was left out.
func (s *sheet) short() bool {
	return slices.ContainsFunc(s.counted, func(h shortage) bool { return h.out > 0 })
}

// shortages lists what was left out, in words.
func (s *sheet) shortages() string {
	var words []string
	for _, h := range s.counted {
		if h.out > 0 {
			words = append(words, fmt.Sprintf("%d of %d %s", h.out, h.total, h.what))
		}
	}
	return strings.Join(words, ", ")
}
