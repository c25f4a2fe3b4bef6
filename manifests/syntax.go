package manifests

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// parse calls document with the root of every document of a text, leaving out
// those that hold nothing but comments. It reports whether the text is YAML to
// its end.
func parse(w *walker, document func(*yaml.Node)) bool {
	next := yaml.NewDecoder(bytes.NewReader(w.source.text))
	for {
		var n yaml.Node
		switch err := decodeNode(next, &n); {
		case errors.Is(err, io.EOF):
			return true
		case err != nil:
			w.syntaxError(err)
			return false
		}
		if root := n.Content[0]; !nothing(root) {
			document(root)
		}
	}
}

// decodeNode turns a panic of the YAML parser into an error. What it panicked
// with is left out: it may quote the text, and the text may hold a secret.
func decodeNode(next *yaml.Decoder, n *yaml.Node) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("yaml: the parser gave up")
		}
	}()
	if err = next.Decode(n); err == nil && len(n.Content) != 1 {
		err = errors.New("yaml: the parser found no document")
	}
	return err
}

// nothing reports whether a node stands for text that is not there.
func nothing(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null" && n.Value == "" && n.Style == 0 && n.Anchor == ""
}

// syntaxError reports why the text is not YAML. The parser says neither the
// column nor, often, the line, so the common mistakes are looked for.
func (w *walker) syntaxError(err error) {
	reached := lineReached(w.source.text)
	if h, ok := findHint(w.source.text); ok && h.line <= reached {
		w.problems.add(Position{File: w.file, Line: h.line, Column: h.column}, "not valid YAML: %s", h.message)
		return
	}
	w.problems.add(Position{File: w.file, Line: reached, Column: 1}, "not valid YAML near line %d: %s", reached, reason(err))
}

var yamlPrefix = regexp.MustCompile(`^yaml: (line \d+: )?`)

// reason is what the parser says, without its line, and without the one
// message that quotes the text.
func reason(err error) string {
	text := yamlPrefix.ReplaceAllString(err.Error(), "")
	if strings.HasPrefix(text, "unknown anchor") {
		return "an alias (*) without an anchor"
	}
	return text
}

// lineReached returns the line that the parser had come to when it gave up:
// it is fed line by line.
func lineReached(text []byte) int {
	r := &lineReader{text: text}
	next := yaml.NewDecoder(r)
	for {
		var n yaml.Node
		if err := decodeNode(next, &n); err != nil {
			return max(r.lines, 1)
		}
	}
}

// A lineReader gives one line, or a part of one, at each call.
type lineReader struct {
	text  []byte
	lines int // begun so far
	mid   bool
}

func (r *lineReader) Read(p []byte) (int, error) {
	if len(r.text) == 0 {
		return 0, io.EOF
	}
	if !r.mid {
		r.lines++
	}
	n := copy(p, r.text[:nextLine(r.text, 0)])
	r.mid = r.text[n-1] != '\n'
	r.text = r.text[n:]
	return n, nil
}
