package manifests

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// A source is the text of a file, with a way to find a place in it.
type source struct {
	text  []byte
	lines []int // the number of characters before each line
	steps []int // the offset of every stride-th character
}

const stride = 64

// index walks through the text once. It is done for few texts.
func (s *source) index() {
	s.lines = make([]int, 1, bytes.Count(s.text, []byte("\n"))+1)
	s.steps = make([]int, 0, len(s.text)/stride+1)
	count := 0
	for at := 0; at < len(s.text); count++ {
		if count%stride == 0 {
			s.steps = append(s.steps, at)
		}
		c := s.text[at]
		if c < utf8.RuneSelf {
			at++
		} else {
			_, size := utf8.DecodeRune(s.text[at:])
			at += size
		}
		if c == '\n' {
			s.lines = append(s.lines, count+1)
		}
	}
}

// from returns the text from a node on, or nothing if the node lies outside it.
func (s *source) from(n *yaml.Node) []byte {
	if s.lines == nil {
		s.index()
	}
	if n.Line < 1 || n.Line > len(s.lines) || n.Column < 1 {
		return nil
	}
	count := s.lines[n.Line-1] + n.Column - 1
	if count/stride >= len(s.steps) {
		return nil
	}
	rest := s.text[s.steps[count/stride]:]
	for range count % stride {
		_, size := utf8.DecodeRune(rest)
		rest = rest[size:]
	}
	return rest
}

// offset returns where a node begins, or the end of the text if the node lies
// outside it.
func (s *source) offset(n *yaml.Node) int { return len(s.text) - len(s.from(n)) }

// begins reports whether the text of a node begins with c.
func (s *source) begins(n *yaml.Node, c byte) bool {
	rest := s.from(n)
	return len(rest) > 0 && rest[0] == c
}

// continued reports whether a value without quotes goes on over the end of its
// line. YAML then joins the lines, and a list item indented too deep becomes
// the end of the value above it: an entry would be lost without a word.
func (s *source) continued(n *yaml.Node) bool {
	if n.Style != 0 || !strings.ContainsAny(n.Value, " \n") {
		return false
	}
	rest := s.from(n)
	return len(rest) < len(n.Value) || string(rest[:len(n.Value)]) != n.Value
}
