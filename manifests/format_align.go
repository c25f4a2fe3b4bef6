package manifests

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// align puts ids in quotes and comments in columns, and cuts blanks at the end
// of lines.
func (e *editor) align(documents []parsed) {
	var texts []span
	for _, d := range documents {
		for _, key := range []string{"keep", "retire", "canaries"} {
			if items := d.keys.value(key); items != nil {
				e.alignList(items)
			}
		}
		if uses := d.keys.value("resolved_uses"); uses != nil {
			for _, use := range uses.Content {
				e.quoteID(idNode(use))
			}
		}
		texts = e.textsIn(d.root, d.root.Column-1, texts)
	}
	e.trim(texts)
}

// alignList puts the ids of a list in quotes, and, if it has an item a line,
// one blank behind each dash and the comments in one column.
func (e *editor) alignList(items *yaml.Node) {
	width := 0
	for _, item := range items.Content {
		width = max(width, len(idNode(item).Value)+len(`"" `))
	}
	for _, item := range items.Content {
		id := idNode(item)
		grown := e.quoteID(id)
		if items.Style&yaml.FlowStyle != 0 {
			continue
		}
		at := e.offset(item)
		if gap := item.Column - items.Column; item.Kind == yaml.ScalarNode && gap > 2 && at >= gap && e.text[at-gap] == '-' && len(bytes.Trim(e.text[at-gap+1:at], " ")) == 0 {
			e.replace(at-gap+1, at, " ")
		}
		if behind, ok := e.entryEnd(item, id); ok {
			long := utf8.RuneCount(e.text[at:behind]) + grown
			e.moveComment(behind, max(1, width-long))
		}
	}
}

// entryEnd returns the offset behind which the comment of an entry stands in
// its first line: behind the id, or the bracket of an entry in brackets. It is
// false when they do not stand in that line.
func (e *editor) entryEnd(item, id *yaml.Node) (int, bool) {
	if item.Kind == yaml.MappingNode && item.Style&yaml.FlowStyle != 0 {
		behind := e.end(item, 0)
		return behind, bytes.IndexByte(e.text[e.offset(item):behind], '\n') < 0
	}
	return e.tokenEnd(id), id.Line == item.Line
}

// tokenEnd returns the offset behind an id; of one in lines, behind its | or >.
func (e *editor) tokenEnd(id *yaml.Node) int {
	at := e.offset(id)
	if id.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		return e.scalarEnd(id, at, 0)
	}
	return at + bytes.IndexAny(e.text[at:], " \t\r\n")
}

// quoteID puts an id in double quotes, and returns by how many characters that
// makes its text, or the first line of it, longer.
func (e *editor) quoteID(id *yaml.Node) int {
	at, behind, want := e.offset(id), e.tokenEnd(id), `"`+id.Value+`"`
	if string(e.text[at:behind]) == want {
		return 0
	}
	e.replace(at, behind, want)
	if id.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		line := nextLine(e.text, at)
		e.replace(line, nextLine(e.text, line), "")
	}
	return len(want) - utf8.RuneCount(e.text[at:behind])
}

// moveComment makes the blanks between at and a comment in its line as many as
// given.
func (e *editor) moveComment(at, blanks int) {
	rest := e.text[at:nextLine(e.text, at)]
	gap := len(rest) - len(bytes.TrimLeft(rest, " \t"))
	if gap > 0 && gap < len(rest) && rest[gap] == '#' && string(rest[:gap]) != strings.Repeat(" ", blanks) {
		e.replace(at, at+gap, strings.Repeat(" ", blanks))
	}
}

// A span is a part of a text.
type span struct{ from, to int }

// textsIn adds where texts stand that may go over several lines: the blanks in
// them may be part of them. A text in lines goes on over the blank lines after
// it.
func (s *source) textsIn(n *yaml.Node, indent int, texts []span) []span {
	if n.Kind != yaml.ScalarNode {
		if n.Style&yaml.FlowStyle == 0 {
			indent = n.Column - 1
		}
		for _, child := range n.Content {
			texts = s.textsIn(child, indent, texts)
		}
		return texts
	}
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		return texts
	}
	from := s.offset(n)
	to := s.scalarEnd(n, from, indent)
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		if to = s.skipBlank(to); to == len(s.text) && s.text[to-1] != '\n' {
			to++ // a line's end would be one of the text
		}
	}
	return append(texts, span{from, to})
}

// skipBlank returns the offset of the first line from at on that is not blank.
func (s *source) skipBlank(at int) int {
	for at < len(s.text) {
		next := nextLine(s.text, at)
		if len(bytes.TrimSpace(s.text[at:next])) > 0 {
			break
		}
		at = next
	}
	return at
}

// trim cuts blanks at the end of lines and gives the last one its end, but for
// those within texts, which come in their order.
func (e *editor) trim(texts []span) {
	for at := 0; at < len(e.text); {
		next := nextLine(e.text, at)
		end := len(bytes.TrimRight(e.text[at:next], "\r\n")) + at
		cut := len(bytes.TrimRight(e.text[at:end], " \t")) + at
		for len(texts) > 0 && texts[0].to <= cut {
			texts = texts[1:]
		}
		inside := len(texts) > 0 && texts[0].from < next
		if cut < end && !inside {
			e.replace(cut, end, "")
		}
		if next == len(e.text) && e.text[next-1] != '\n' && !inside {
			e.insert(next, e.eol(next))
		}
		at = next
	}
}
