package manifests

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"wxkeep/state/material"
)

// missingSince is the mark of an entry whose id is not live. It begins the
// comment: there no stranger's text ever stands.
var missingSince = regexp.MustCompile(`^#[ \t]*missing since \d{4}-\d{2}-\d{2}(;?[ \t]*)`)

// A marker puts the mark to entries whose ids are not live, and takes it from
// those whose ids are.
type marker struct {
	day    string
	live   material.Set
	whole  bool // what is not in live is gone
	result *Merging
}

func (m *marker) list(d *edited, keep *yaml.Node) {
	width := 0
	for _, item := range keep.Content {
		width = max(width, len(idNode(item).Value)+len(`"" `))
	}
	for _, item := range keep.Content {
		id := idNode(item)
		entry := Marked{material.ID(id.Value), Position{d.file, item.Line, item.Column}}
		live := m.live.Has(entry.ID)
		if !live && !m.whole {
			continue
		}
		c, ok := d.commentBehind(keep, item, id, width)
		old := missingSince.Find(d.text[c.from:c.to])
		switch {
		case live && old != nil:
			d.unmark(c, len(old))
			m.result.Live = append(m.result.Live, entry)
		case live || old != nil:
		case !ok:
			m.result.Unmarked = append(m.result.Unmarked, entry)
		default:
			d.mark(c, m.day)
			m.result.Missing = append(m.result.Missing, entry)
		}
	}
}

// A comment is one behind an entry, or the place for one.
type comment struct {
	behind int // where the entry ends
	blanks int // that a new comment has before it
	span       // of the comment, from its #; empty without one
}

// commentBehind returns the comment behind an entry; behind the id of one in
// lines. It is false when something else stands there, or, in brackets, when
// the entry has no line to itself. A new comment would stand width behind the
// beginning of the entry.
func (e *editor) commentBehind(list, item, id *yaml.Node, width int) (comment, bool) {
	at := e.offset(item)
	behind, _ := e.entryEnd(item, id)
	c := comment{behind: behind, blanks: 1}
	if list.Style&yaml.FlowStyle != 0 {
		line := bytes.LastIndexByte(e.text[:at], '\n') + 1
		if len(bytes.TrimSpace(e.text[line:at])) > 0 {
			return comment{}, false
		}
		if rest := bytes.TrimLeft(e.text[behind:], " "); bytes.HasPrefix(rest, []byte(",")) {
			c.behind = len(e.text) - len(rest) + 1
		}
	} else if bytes.IndexByte(e.text[at:behind], '\n') < 0 {
		c.blanks = max(1, width-utf8.RuneCount(e.text[at:behind]))
	}
	rest := bytes.TrimRight(e.text[c.behind:nextLine(e.text, c.behind)], " \t\r\n")
	text := bytes.TrimLeft(rest, " \t")
	switch {
	case len(text) == 0:
		return c, true
	case text[0] == '#' && len(text) < len(rest):
		c.to = c.behind + len(rest)
		c.from = c.to - len(text)
		return c, true
	}
	return comment{}, false
}

// mark puts the mark before what the comment says. Without a comment it makes
// one.
func (e *editor) mark(c comment, day string) {
	said := strings.TrimLeft(string(e.text[c.from:c.to]), "# \t")
	switch {
	case c.from == c.to:
		e.insert(c.behind, strings.Repeat(" ", c.blanks)+"# missing since "+day)
	case said == "":
		e.replace(c.from, c.to, "# missing since "+day)
	default:
		e.replace(c.from, c.to, "# missing since "+day+"; "+said)
	}
}

// unmark takes the mark away, which has so many bytes, and the comment when
// nothing is left of it.
func (e *editor) unmark(c comment, mark int) {
	if c.from+mark == c.to {
		e.replace(c.behind, c.to, "")
		return
	}
	e.replace(c.from, c.from+mark, "# ")
}
