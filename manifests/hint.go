package manifests

import (
	"fmt"
	"slices"
	"strings"
)

// allKeys are the keys of every mapping of the format.
var allKeys = slices.Concat(documentKeys, accountKeys, authKeys, thirdPartyKeys, cloudRunKeys, secretKeys,
	entryKeys, ruleKeys, fileKeys, resolvedUseKeys, guardKeys, approvalKeys)

// A hint is a common mistake in a text that is not YAML.
type hint struct {
	line, column int
	message      string
}

// findHint reads a text that the parser refused once more, much more simply
// than YAML is, and returns the first thing that cannot be meant. It never
// quotes a value, which may be a secret.
func findHint(text []byte) (hint, bool) {
	h := &hinter{block: -1, pending: true}
	for start := 0; start < len(text) && h.found == nil; {
		end := nextLine(text, start)
		h.readLine(strings.TrimRight(string(text[start:end]), "\r\n"))
		start = end
	}
	h.readEnd()
	if h.found == nil {
		return hint{}, false
	}
	return *h.found, true
}

// A mark is a place in the text, from 0.
type mark struct{ line, column int }

// A bracket is one that is open.
type bracket struct {
	mark
	shape  rune
	indent int // of its line
}

// A level is the column at which the lines of a list or a mapping begin. A
// list may stand in the column of the mapping it belongs to, and then counts
// as that.
type level struct {
	column int
	list   bool
}

// A hinter holds what the lines read so far have left open.
type hinter struct {
	found *hint

	line   int
	text   []rune // of this line
	at     int    // in text
	indent int

	levels  []level   // the open lists and mappings
	inner   int       // column behind the last dash of this line, else -1
	flow    []bracket // open
	quote   rune      // open over the end of a line, else 0
	quoted  mark      // where it was opened
	block   int       // indentation of the line that opened a block text (| or >), else -1
	pending bool      // a key or a dash waits for its value
	fresh   bool      // a value may begin here
	key     bool      // this line has a key
	dash    bool      // this line has a dash
}

func (h *hinter) say(at mark, format string, args ...any) {
	if h.found == nil {
		h.found = &hint{line: at.line + 1, column: at.column + 1, message: fmt.Sprintf(format, args...)}
	}
}

func (h *hinter) here() mark { return mark{h.line, h.at} }

// readLine reads one line, without its end.
func (h *hinter) readLine(line string) {
	h.text, h.at = []rune(line), 0
	switch {
	case h.quote != 0:
		h.readQuoteEnd()
	case h.readIndent():
		h.readContent()
	}
	h.line++
}

// readEnd says what is still open at the end of the text.
func (h *hinter) readEnd() {
	if h.quote != 0 {
		h.say(h.quoted, "this quote is never closed")
	}
	if len(h.flow) > 0 {
		h.say(h.flow[len(h.flow)-1].mark, "this bracket is never closed")
	}
}

// readIndent steps over the blanks before a line's content and reports whether
// there is content to read.
func (h *hinter) readIndent() bool {
	h.skip(" ")
	h.indent = h.at
	if h.skip(" \t"); h.done() {
		return false
	}
	if h.block >= 0 && h.indent > h.block {
		return false
	}
	h.block = -1
	if h.at > h.indent && len(h.flow) == 0 {
		h.say(mark{h.line, h.indent}, "a tab indents this line; YAML takes only spaces")
	}
	return true
}

// readContent reads a line from its first visible character on.
func (h *hinter) readContent() {
	if len(h.flow) > 0 && h.indent <= h.flow[0].indent && h.beginsBlock() {
		h.say(h.flow[len(h.flow)-1].mark, "this bracket is never closed")
		return
	}
	if len(h.flow) > 0 {
		h.readTokens()
		return
	}
	if h.text[0] == '%' {
		h.say(h.here(), "a line that begins with %% is a directive, which a manifest cannot have")
	}
	h.fresh, h.key, h.dash, h.inner = true, false, false, -1
	if h.separator() {
		h.levels, h.pending, h.at = nil, true, 3
		h.readTokens()
		return
	}
	h.readLevel()
	first, wanted := h.here(), h.pending
	h.readTokens()
	if !wanted && !h.key && !h.dash {
		h.say(first, "neither \"key: value\" nor \"- item\"; a colon or a dash is missing")
	}
}

// separator reports whether the line is --- or ..., alone or followed by more.
func (h *hinter) separator() bool {
	line := string(h.text)
	return (strings.HasPrefix(line, "---") || strings.HasPrefix(line, "...")) && h.blankAt(3)
}

// beginsBlock reports whether a line looks like a new key or list item.
func (h *hinter) beginsBlock() bool {
	rest := string(h.text[h.at:])
	if strings.HasPrefix(rest, "- ") {
		return true
	}
	key, value, ok := strings.Cut(rest, ":")
	return ok && slices.Contains(allKeys, strings.Trim(key, `"'`)) && (value == "" || value[0] == ' ')
}

// readLevel compares the indentation with that of the lines before.
func (h *hinter) readLevel() {
	back := false
	for len(h.levels) > 0 && h.top().column > h.indent {
		h.levels = h.levels[:len(h.levels)-1]
		back = true
	}
	list := h.text[h.at] == '-' && h.blankAt(h.at+1)
	switch {
	case len(h.levels) > 0 && h.top().column == h.indent:
		if h.top().list && !list {
			h.say(h.here(), "the lines above with this indentation are list items, and this is none; a dash is missing, or the indentation is wrong")
		}
		return
	case back:
		h.say(h.here(), "this indentation is that of no line above it")
	case !h.pending:
		h.say(h.here(), "this line is indented deeper than the one above it, which is complete")
	}
	h.levels = append(h.levels, level{h.indent, list})
}

func (h *hinter) top() level { return h.levels[len(h.levels)-1] }

func (h *hinter) skip(blanks string) {
	for h.at < len(h.text) && strings.ContainsRune(blanks, h.text[h.at]) {
		h.at++
	}
}

// done reports whether nothing but a comment is left of the line.
func (h *hinter) done() bool {
	return h.at >= len(h.text) || h.text[h.at] == '#' && (h.at == 0 || h.blankAt(h.at-1))
}

func (h *hinter) blankAt(i int) bool {
	return i >= len(h.text) || h.text[i] == ' ' || h.text[i] == '\t'
}
