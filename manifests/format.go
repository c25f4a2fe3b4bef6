package manifests

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"
)

// Format returns the files at paths that are not in the form that this package
// writes, with their text in it. Files and directories are read as by [Load],
// but each file is looked at for itself: a part needs no account document.
//
// Every media_id is put in double quotes, and the comments behind the items of
// keep, retire and canaries in one column, as [Import] has them. Blanks at the
// end of a line go, and the last line gets its end. All else stays: order,
// comments, blank lines, indentation, how lines end and a byte order mark. With
// sort, keep lists are sorted by name, then media_id; what has no name comes
// last. A comment directly above an entry goes with it, and blank lines part a
// list into groups that are sorted each for itself.
//
// A text in its form is its own form, and means what it did before. What cannot
// be read is left out, and its mistakes are the error, a [Problems].
func Format(paths []string, sort bool) ([]Rewritten, error) {
	l := newLoader(Options{})
	for _, path := range paths {
		l.path(path)
	}
	var changed []Rewritten
	for _, f := range l.files {
		if slices.ContainsFunc(l.problems, func(p Problem) bool { return p.Position.File == f.path }) {
			continue
		}
		after, err := f.formatted(sort)
		switch {
		case err != nil:
			l.problems.add(Position{File: f.path}, "%v", err)
		case !bytes.Equal(f.text, after):
			changed = append(changed, Rewritten{Path: f.path, Before: f.text, After: after})
		}
	}
	return changed, l.problems.err()
}

// FormatText is [Format] for a text that is in no file, or not yet. The name is
// for messages.
func FormatText(name string, text []byte, sort bool) ([]byte, error) {
	l := newLoader(Options{})
	f := &file{path: name, text: text}
	if l.decode(f, text); len(l.problems) > 0 {
		return nil, l.problems.err()
	}
	after, err := f.formatted(sort)
	if err != nil {
		return nil, Problems{{Position{File: name}, err.Error()}}
	}
	return after, nil
}

var errNotFormatted = errors.New("cannot be formatted in place: the result would mean something else; put its ids in quotes by hand")

// formatted returns the text of f, which was read without a mistake, in its
// form.
func (f *file) formatted(sort bool) ([]byte, error) {
	text, _ := checkText(f.path, f.text, &Problems{})
	mark := f.text[:len(f.text)-len(text)] // of the byte order
	text = f.splice(text, (*editor).align)
	if sort {
		text = f.splice(text, (*editor).sort)
	}
	if !f.means(text) {
		return nil, errNotFormatted
	}
	return slices.Concat(mark, text), nil
}

// means reports whether a text says what that of f does.
func (f *file) means(text []byte) bool {
	after := &file{path: f.path}
	l := newLoader(Options{})
	l.decode(after, text)
	return len(l.problems) == 0 && slices.Equal(f.meanings(), after.meanings())
}

// splice edits a text with what is known of all its documents.
func (f *file) splice(text []byte, edit func(*editor, []parsed)) []byte {
	w := &walker{file: f.path, source: &source{text: text}, problems: &Problems{}}
	e := &editor{source: w.source}
	var documents []parsed
	parse(w, func(root *yaml.Node) {
		keys, _ := w.mapping(root, "document", documentKeys)
		documents = append(documents, parsed{root, keys})
	})
	edit(e, documents)
	return e.result()
}

// A parsed document is its root and what stands behind its keys.
type parsed struct {
	root *yaml.Node
	keys mapping
}

// meanings returns what each document of f says, however it is written.
func (f *file) meanings() []string {
	var all []string
	for _, d := range f.documents {
		all = append(all, fmt.Sprint(d.part, d.account.Parts, d.account.Digest()))
	}
	return all
}
