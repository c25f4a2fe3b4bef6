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
// head and a foot. Lines are made when there is room for them.
type table struct {
	what       string // in the plural
	head, foot string
	count      int
	line       func(i int) string
	share      int // of the room, how much it may take: 0 for all
}

// table writes as many lines as there is room for, and below them how many there
// are besides. Without room for one, nothing is written.
func (s *sheet) table(t table) {
	if t.count == 0 {
		return
	}
	room := s.left
	if t.share > 0 {
		room = min(room, t.share)
	}
	lines := s.fitting(t, room)
	out := t.count - len(lines)
	if len(lines) > 0 {
		text := t.head + strings.Join(lines, "") + t.rest(out) + t.foot
		s.left -= s.measure(text)
		s.text += text
	}
	s.note(t.what, out, t.count)
}

// fitting returns the lines of t that have room, beside the words that there are
// others if there are.
func (s *sheet) fitting(t table, room int) []string {
	room -= s.measure(t.head) + s.measure(t.foot)
	var lines []string
	for len(lines) < t.count && room >= 0 {
		lines = append(lines, t.line(len(lines)))
		room -= s.measure(lines[len(lines)-1])
	}
	if room >= 0 {
		return lines
	}
	room -= s.measure(t.rest(t.count))
	for len(lines) > 0 && room < 0 {
		room += s.measure(lines[len(lines)-1])
		lines = lines[:len(lines)-1]
	}
	return lines
}

// rest says how many lines are left out.
func (t table) rest(out int) string {
	if out == 0 {
		return ""
	}
	return fmt.Sprintf("\n… and **%d more %s that are not shown**\n", out, t.what)
}

// note counts how much of a subject there is, and how much of that was left out.
func (s *sheet) note(what string, out, total int) {
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
