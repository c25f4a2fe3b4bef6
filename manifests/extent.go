package manifests

import (
	"bytes"

	"gopkg.in/yaml.v3"
)

// end returns the offset behind the text of n, which the parser does not tell.
// Of a text with | or > that is the beginning of the line after it. indent is
// the column, from 0, of the list or mapping in lines that n stands in.
//
// It is only asked of what was loaded without a mistake: there are no tags, no
// anchors, no nulls and no plain values over several lines.
func (s *source) end(n *yaml.Node, indent int) int {
	at := s.offset(n)
	if n.Kind == yaml.ScalarNode {
		return s.scalarEnd(n, at, indent)
	}
	flow := n.Style&yaml.FlowStyle != 0
	if len(n.Content) == 0 {
		_, bracket := s.flowTail(at + 1)
		return bracket + 1
	}
	if !flow {
		indent = n.Column - 1
	}
	behind := s.end(n.Content[len(n.Content)-1], indent)
	if flow && bytes.IndexByte([]byte("[{"), s.text[at]) >= 0 { // else a pair within a list: [a: b]
		_, bracket := s.flowTail(behind)
		return bracket + 1
	}
	return behind
}

func (s *source) scalarEnd(n *yaml.Node, at, indent int) int {
	switch {
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		return s.quoteEnd(at)
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return s.blockEnd(at, indent)
	}
	return at + len(n.Value)
}

// quoteEnd returns the offset behind the text whose opening quote is at at.
func (s *source) quoteEnd(at int) int {
	quote := s.text[at]
	for i := at + 1; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '\\' && quote == '"':
			i++
		case c == quote && quote == '\'' && i+1 < len(s.text) && s.text[i+1] == '\'':
			i++
		case c == quote:
			return i + 1
		}
	}
	return len(s.text)
}

// blockEnd returns the offset of the first line that is no longer of the text
// whose | or > is at at. Blank lines at its end count only when the text has
// them (|+).
func (s *source) blockEnd(at, indent int) int {
	next := nextLine(s.text, at)
	header, _, _ := bytes.Cut(s.text[at:next], []byte("#"))
	blank := bytes.IndexByte(header, '+') >= 0
	end := next
	for next < len(s.text) {
		line := s.text[next:nextLine(s.text, next)]
		content := bytes.TrimLeft(line, " ")
		empty := len(bytes.TrimRight(content, "\r\n")) == 0
		if !empty && len(line)-len(content) <= indent {
			break
		}
		next += len(line)
		if blank || !empty {
			end = next
		}
	}
	return end
}

// flowTail returns the offset of the bracket that closes the list or mapping
// whose last item ends at at, and the offset behind a comma before it, or -1.
func (s *source) flowTail(at int) (comma, bracket int) {
	comma = -1
	for at < len(s.text) {
		switch s.text[at] {
		case ' ', '\t', '\r', '\n':
			at++
		case ',':
			at++
			comma = at
		case '#':
			at = nextLine(s.text, at)
		default:
			return comma, at
		}
	}
	return comma, at
}

// idSpan returns the offsets between which the characters of a media_id stand,
// without its quotes.
func (s *source) idSpan(n *yaml.Node) (from, to int) {
	at := s.offset(n)
	switch {
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		return at + 1, s.quoteEnd(at) - 1
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		at = nextLine(s.text, at)
		at += len(s.text[at:]) - len(bytes.TrimLeft(s.text[at:], " "))
	}
	return at, at + len(n.Value)
}
