package manifests

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// sort sorts the keep lists.
func (e *editor) sort(documents []parsed) {
	for _, d := range documents {
		switch keep := d.keys.value("keep"); {
		case keep == nil:
		case keep.Style&yaml.FlowStyle != 0:
			e.sortFlow(keep)
		default:
			e.sortBlock(keep)
		}
	}
}

// A sortable is an entry with the text that moves with it.
type sortable struct {
	span
	name, id string
}

func (e *editor) sortable(item *yaml.Node, from, to int) sortable {
	s := sortable{span: span{from, to}, id: idNode(item).Value}
	for i := 0; i+1 < len(item.Content); i += 2 {
		if item.Content[i].Value == "name" {
			s.name = item.Content[i+1].Value
		}
	}
	return s
}

// compare orders by name, then id; what has no name comes last.
func (s sortable) compare(o sortable) int {
	if (s.name == "") != (o.name == "") {
		return cmp.Compare(o.name, s.name)
	}
	return cmp.Or(strings.Compare(s.name, o.name), strings.Compare(s.id, o.id))
}

// sortFlow sorts a list in brackets, unless it has comments: whose they are
// cannot be told.
func (e *editor) sortFlow(keep *yaml.Node) {
	var items []sortable
	at := e.offset(keep)
	for _, item := range keep.Content {
		from, to := e.offset(item), e.end(item, 0)
		if bytes.IndexByte(e.text[at:from], '#') >= 0 {
			return
		}
		items = append(items, e.sortable(item, from, to))
		at = to
	}
	if _, bracket := e.flowTail(at); bytes.IndexByte(e.text[at:bracket], '#') >= 0 {
		return
	}
	for i, s := range slices.SortedStableFunc(slices.Values(items), sortable.compare) {
		if s != items[i] {
			e.replace(items[i].from, items[i].to, string(e.text[s.from:s.to]))
		}
	}
}

// dash is what stands before an entry in its line.
var dash = regexp.MustCompile(`^ *- +$`)

// sortBlock sorts the groups of a list with an item a line.
func (e *editor) sortBlock(keep *yaml.Node) {
	var group []sortable
	top := 0 // where comments may begin that belong to the next entry
	for _, item := range keep.Content {
		at := e.offset(item)
		line := bytes.LastIndexByte(e.text[:at], '\n') + 1
		if !dash.Match(e.text[line:at]) {
			return // an entry begins in another line than its dash
		}
		s := e.sortable(item, e.above(line, top), e.below(item, keep.Column-1))
		if len(group) > 0 && group[len(group)-1].to != s.from {
			e.reorder(group)
			group = nil
		}
		group, top = append(group, s), s.to
	}
	e.reorder(group)
}

// above returns where the comments begin that stand directly above the line at
// at, and not before top.
func (e *editor) above(at, top int) int {
	for at > top {
		line := bytes.LastIndexByte(e.text[:at-1], '\n') + 1
		if line < top || !bytes.HasPrefix(bytes.TrimLeft(e.text[line:at], " \t"), []byte("#")) {
			break
		}
		at = line
	}
	return at
}

// below returns the offset behind the last line of an entry. Of a text in
// lines, lines of blanks may be a part.
func (e *editor) below(item *yaml.Node, indent int) int {
	at := e.end(item, indent)
	if e.text[at-1] != '\n' {
		return nextLine(e.text, at)
	}
	for next := nextLine(e.text, at); at < len(e.text) && len(bytes.Trim(e.text[at:next], " \r\n")) == 0 && bytes.HasPrefix(e.text[at:next], []byte(" ")); next = nextLine(e.text, at) {
		at = next
	}
	return at
}

// reorder writes a group in its order, unless the last entry has no end of a
// line.
func (e *editor) reorder(group []sortable) {
	if len(group) == 0 || slices.IsSortedFunc(group, sortable.compare) || e.text[group[len(group)-1].to-1] != '\n' {
		return
	}
	var b strings.Builder
	for _, s := range slices.SortedStableFunc(slices.Values(group), sortable.compare) {
		b.Write(e.text[s.from:s.to])
	}
	e.replace(group[0].from, group[len(group)-1].to, b.String())
}
