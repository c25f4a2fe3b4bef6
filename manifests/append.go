package manifests

import (
	"bytes"
	"strings"

	"gopkg.in/yaml.v3"
)

// add puts entries at the end of the keep list of the document root, in the
// form that the list has. Without a list it makes one, behind types.
func (e *editor) add(root *yaml.Node, m *mapping, added []Edit) {
	keep, flow := m.value("keep"), root.Style&yaml.FlowStyle != 0
	switch {
	case len(added) == 0:
	case keep == nil:
		e.addList(root, m.value("types"), added)
	case keep.Style&yaml.FlowStyle == 0:
		e.extendBlock(keep, added)
	case len(keep.Content) > 0:
		e.extendFlow(keep, added)
	default:
		e.fill(root, keep, flow, added)
	}
}

// addList adds a key keep behind the value of another key.
func (e *editor) addList(root, before *yaml.Node, added []Edit) {
	behind := e.end(before, root.Column-1)
	if root.Style&yaml.FlowStyle != 0 {
		e.insert(behind, ", keep: ["+quotedIDs(added)+"]")
		return
	}
	lines := []string{strings.Repeat(" ", root.Column-1) + "keep:"}
	e.insertLines(behind, append(lines, items(listIndent(root)+"- ", 0, added)...))
}

// extendBlock extends a list with an item a line.
func (e *editor) extendBlock(keep *yaml.Node, added []Edit) {
	last := keep.Content[len(keep.Content)-1]
	at, behind := e.offset(last), e.end(last, keep.Column-1)
	dash := "- "
	if gap := last.Column - keep.Column; at >= gap && string(e.text[at-gap:at]) == "-"+strings.Repeat(" ", gap-1) {
		dash = "-" + strings.Repeat(" ", gap-1)
	}
	width := 0
	if last.Kind == yaml.ScalarNode {
		width = e.commentColumn(at, behind)
	}
	e.insertLines(behind, items(strings.Repeat(" ", keep.Column-1)+dash, width, added))
}

// commentColumn returns how far behind at the comment stands that follows the
// text from at to behind in its line, or 0.
func (e *editor) commentColumn(at, behind int) int {
	rest := e.text[behind:]
	blanks := len(rest) - len(bytes.TrimLeft(rest, " "))
	if blanks == 0 || !bytes.HasPrefix(rest[blanks:], []byte("#")) {
		return 0
	}
	return behind + blanks - at
}

// extendFlow extends a list in brackets: in its line, or with an item a line
// if that is its form.
func (e *editor) extendFlow(keep *yaml.Node, added []Edit) {
	last := keep.Content[len(keep.Content)-1]
	at, behind := e.offset(last), e.end(last, 0)
	comma, bracket := e.flowTail(behind)
	start := bytes.LastIndexByte(e.text[:at], '\n') + 1
	indent := string(e.text[start:at])
	switch {
	case strings.Trim(indent, " ") == "" && bytes.IndexByte(e.text[behind:bracket], '\n') >= 0:
		lines := flowItems(indent, comma >= 0, added)
		if comma < 0 {
			e.insert(behind, ",")
		}
		e.insertLines(max(behind, comma), lines)
	case comma >= 0:
		e.insert(comma, " "+quotedIDs(added)+",")
		e.remark(bracket+1, added)
	default:
		e.insert(behind, ", "+quotedIDs(added))
		e.remark(bracket+1, added)
	}
}

// fill writes the first items of a list that is []. It becomes one with an
// item a line, unless it stands in a mapping in brackets or holds a comment.
func (e *editor) fill(root, keep *yaml.Node, flow bool, added []Edit) {
	at, behind := e.offset(keep), e.end(keep, 0)
	before := bytes.TrimRight(e.text[:at], " ")
	switch {
	case flow || len(bytes.Trim(e.text[at+1:behind-1], " ")) > 0:
		e.insert(behind-1, quotedIDs(added))
		e.remark(behind, added)
	case bytes.HasSuffix(before, []byte("\n")): // in a line of its own
		indent := string(e.text[len(before):at])
		lines := items(indent+"- ", 0, added)
		e.replace(len(before), behind, strings.Join(lines, e.eol(at)))
	default:
		e.replace(len(before), behind, "")
		e.insertLines(behind, items(listIndent(root)+"- ", 0, added))
	}
}

// remark puts the comments of what was added to a list in one line behind that
// line, if nothing but a comment follows there.
func (e *editor) remark(at int, added []Edit) {
	line := bytes.TrimRight(e.text[at:nextLine(e.text, at)], "\r\n")
	mark, rest := " # ", bytes.TrimLeft(line, " \t")
	switch {
	case len(rest) == 0:
		line = nil
	case rest[0] == '#' && len(rest) < len(line):
		mark = "; "
	default:
		return
	}
	var remarks []string
	for _, a := range added {
		if remark := a.Remark(); remark != "" {
			remarks = append(remarks, remark)
		}
	}
	if len(remarks) > 0 {
		e.insert(at+len(line), mark+strings.Join(remarks, ", "))
	}
}

// listIndent returns the blanks before the items of the lists in root: those
// before its first list with an item a line, else two.
func listIndent(root *yaml.Node) string {
	for i := 1; i < len(root.Content); i += 2 {
		if v := root.Content[i]; v.Kind == yaml.SequenceNode && v.Style&yaml.FlowStyle == 0 {
			return strings.Repeat(" ", v.Column-1)
		}
	}
	return strings.Repeat(" ", root.Column+1)
}

// items returns a line for each entry, its comment at least width behind the
// beginning of the id.
func items(before string, width int, added []Edit) []string {
	var lines []string
	for _, a := range added {
		lines = append(lines, before+withComment(`"`+string(a.ID)+`"`, width, a.Remark()))
	}
	return lines
}

// flowItems returns a line for each entry of a list in brackets; comma says
// whether the last has a comma too.
func flowItems(indent string, comma bool, added []Edit) []string {
	var lines []string
	for i, a := range added {
		item := `"` + string(a.ID) + `"`
		if comma || i < len(added)-1 {
			item += ","
		}
		lines = append(lines, indent+withComment(item, 0, a.Remark()))
	}
	return lines
}

func quotedIDs(added []Edit) string {
	var ids []string
	for _, a := range added {
		ids = append(ids, `"`+string(a.ID)+`"`)
	}
	return strings.Join(ids, ", ")
}
