package manifests

import (
	"bytes"
	"strings"

	"gopkg.in/yaml.v3"

	"wxkeep/state/material"
)

// A skimmed text is one of whose runs the parser got the first and the last entry
// alone.
type skimmed struct {
	text   []byte              // the whole
	runs   map[*yaml.Node]*run // by the item that is the first entry of each
	packed material.Packer
}

// skim is parse for a text with runs of at least so many entries: it returns the
// roots of its documents, and from then on w has what they lack. It is false, and
// leaves w as it was, when there is no run, when the parser does not see each
// where it was found, and after any mistake: then parse has to do it.
func (w *walker) skim(least int) ([]*yaml.Node, bool) {
	text := w.source.text
	runs := findRuns(text, least)
	if len(runs) == 0 {
		return nil, false
	}
	sketch := &walker{file: w.file, source: &source{text: outline(text, runs)}, problems: &Problems{}}
	var roots []*yaml.Node
	if !parse(sketch, func(root *yaml.Node) { roots = append(roots, root) }) {
		return nil, false
	}
	byLine := make(map[int]*run, len(runs))
	for i := range runs {
		byLine[runs[i].first.line] = &runs[i]
	}
	found := map[*yaml.Node]*run{}
	for _, list := range keepLists(roots) {
		for i, item := range list.Content[1:] {
			first := list.Content[i]
			if r := byLine[first.Line]; r != nil && sketch.agrees(first, text, r.first) && sketch.agrees(item, text, r.last) {
				found[first] = r
			}
		}
	}
	if len(found) < len(runs) {
		return nil, false
	}
	w.source, w.skimmed = sketch.source, skimmed{text: text, runs: found}
	return roots, true
}

// keepLists returns the lists with an item a line that are the value of a
// document's key keep.
func keepLists(roots []*yaml.Node) []*yaml.Node {
	var lists []*yaml.Node
	for _, root := range roots {
		for i := 1; i < len(root.Content) && root.Kind == yaml.MappingNode; i += 2 {
			list := root.Content[i]
			if root.Content[i-1].Value == "keep" && list.Kind == yaml.SequenceNode && list.Style&yaml.FlowStyle == 0 {
				lists = append(lists, list)
			}
		}
	}
	return lists
}

// agrees reports whether an item is the entry that its lines show.
func (w *walker) agrees(item *yaml.Node, text []byte, lines extentOfEntry) bool {
	want, well := w.entry(item)
	equal := false
	w.readLines(text[lines.at:lines.end], lines.line, func(e Entry, ok bool) { equal = ok == well && e == want })
	return equal
}

// entries calls each for an item of a keep list, and, when it is the first entry
// of a run, for all up to the last one, which is an item again.
func (w *walker) entries(item *yaml.Node, each func(Entry, bool)) {
	each(w.entry(item))
	if r := w.runs[item]; r != nil {
		lines := bytes.Count(w.text[r.first.at:r.first.end], []byte("\n"))
		w.readLines(w.text[r.first.end:r.last.at], r.first.line+lines, each)
	}
}

// entryCount returns how many entries the items of a keep list stand for.
func (w *walker) entryCount(items []*yaml.Node) int {
	n := len(items)
	for i := 0; i < len(items) && len(w.runs) > 0; i++ {
		if r := w.runs[items[i]]; r != nil {
			n += r.between
		}
	}
	return n
}

// readLines calls each for the entries of some lines of a run, of which the first
// has that number, as if entry had read them.
func (w *walker) readLines(text []byte, number int, each func(Entry, bool)) {
	var e Entry
	begun, ok := false, false
	for at := 0; at < len(text); number++ {
		next := nextLine(text, at)
		l := readLine(bytes.TrimSuffix(text[at:next], []byte("\n")))
		at = next
		if l.kind == itemLine {
			if begun {
				each(e, ok)
			}
			begun, ok = true, true
			e = Entry{Position: Position{File: w.file, Line: number, Column: l.inner + 1}}
		}
		if l.kind != emptyLine && !w.setting(&e, l, number) {
			ok = false
		}
	}
	if begun {
		each(e, ok)
	}
}

// setting reads the value of a line into e. It is false when that is no
// media_id.
func (w *walker) setting(e *Entry, l line, number int) (ok bool) {
	value, at := w.packed.Text(l.value), Position{File: w.file, Line: number, Column: l.at + 1}
	if l.key == bareID {
		e.ID, ok = w.parseID(value, "keep", at)
		return ok
	}
	switch entryKeys[l.key] {
	case "media_id":
		e.ID, ok = w.parseID(value, "media_id", at)
		return ok
	case "name":
		e.Name = value
	case "reason":
		e.Reason = strings.TrimSpace(value)
	case "owner":
		e.Owner = strings.TrimSpace(value)
	case "until":
		e.Until, _ = dayAfter(w.day(value, "until", at))
	}
	return true
}
