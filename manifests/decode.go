package manifests

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// A walker reads the nodes of one file by hand. Decoding into Go values would
// lose what matters here: yaml.v3 takes a key without a value for an empty
// list, and drops list items that are null.
//
// Every method that reads a value reports what is wrong with it, and returns
// false when there is no value to go on with.
type walker struct {
	file     string
	source   *source
	problems *Problems
	mute     bool // never quote what is written: it may be a secret
	skimmed
}

func (w *walker) position(n *yaml.Node) Position {
	return Position{File: w.file, Line: n.Line, Column: n.Column}
}

func (w *walker) errorf(n *yaml.Node, format string, args ...any) {
	w.problems.add(w.position(n), format, args...)
}

// quoted returns what is written, cut to a length that fits into a message.
func (w *walker) quoted(s string) string {
	if w.mute {
		return "this value"
	}
	const most = 60
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// sound refuses what makes a node mean other than it shows: aliases, anchors
// and tags.
func (w *walker) sound(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode {
		w.errorf(n, "aliases (*) are refused; write the value out, and put a pattern in quotes")
		return false
	}
	if n.Anchor != "" {
		w.errorf(n, "anchors (&) are refused; write the value out where it is needed")
	}
	if n.Style&yaml.TaggedStyle != 0 || w.source.begins(n, '!') { // the parser forgets the tag that is only a !
		w.errorf(n, "tags (!) are refused; delete it, and put a text in quotes")
		return false
	}
	return true
}

// null reports whether n is empty, or null in words.
func null(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// kind says what n is, in the words of a message.
func (w *walker) kind(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case null(n):
		return "nothing"
	}
	return w.quoted(n.Value)
}

// list returns the items of a list.
func (w *walker) list(n *yaml.Node, what string) ([]*yaml.Node, bool) {
	if !w.sound(n) {
		return nil, false
	}
	if n.Kind == yaml.ScalarNode && strings.HasPrefix(n.Value, "-") && n.Style == 0 {
		w.errorf(n, "%s: want a list; a space is missing after the dash", what)
		return nil, false
	}
	if n.Kind != yaml.SequenceNode {
		w.errorf(n, "%s: want a list, not %s", what, w.kind(n))
		return nil, false
	}
	return n.Content, true
}

// filledList returns the items of a list that must have one.
func (w *walker) filledList(n *yaml.Node, what string) ([]*yaml.Node, bool) {
	items, ok := w.list(n, what)
	if ok && len(items) == 0 {
		w.errorf(n, "%s: the list is empty", what)
		return nil, false
	}
	return items, ok
}

// scalar returns a value that is neither a list nor a mapping, as written.
func (w *walker) scalar(n *yaml.Node, what string) (string, bool) {
	switch {
	case !w.sound(n):
		return "", false
	case null(n):
		w.errorf(n, "%s: this list item is empty", what)
		return "", false
	case n.Kind != yaml.ScalarNode:
		w.errorf(n, "%s: want one value, not %s", what, w.kind(n))
		return "", false
	case w.source.continued(n):
		w.errorf(n, "%s: this value goes on in the next line; put it in quotes, or mend the indentation of what follows", what)
		return "", false
	}
	return n.Value, true
}

// word returns a text that is not empty. A number is taken as it is written.
func (w *walker) word(n *yaml.Node, what string) (string, bool) {
	s, ok := w.scalar(n, what)
	if ok && s == "" {
		w.errorf(n, "%s: is empty", what)
		return "", false
	}
	return s, ok
}

// remark returns a text for people, which may be empty.
func (w *walker) remark(n *yaml.Node, what string) string {
	s, _ := w.scalar(n, what)
	return strings.TrimSpace(s)
}

// truth returns true or false.
func (w *walker) truth(n *yaml.Node, what string) bool {
	s, ok := w.scalar(n, what)
	if ok && (n.Tag != "!!bool" || s != "true" && s != "false") {
		w.errorf(n, "%s: want true or false, not %s", what, w.quoted(s))
	}
	return s == "true"
}

// choice returns a word that is one of those given.
func (w *walker) choice(n *yaml.Node, what string, words ...string) (string, bool) {
	s, ok := w.word(n, what)
	if !ok {
		return "", false
	}
	for _, word := range words {
		if s == word {
			return s, true
		}
	}
	w.errorf(n, "%s: want %s, not %s%s", what, alternatives(words), w.quoted(s), suggest(s, words))
	return "", false
}

// alternatives joins words with commas and an "or".
func alternatives(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
