package manifests

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
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

// readTokens reads the rest of a line.
func (h *hinter) readTokens() {
	for h.found == nil {
		if h.skip(" \t"); h.done() {
			return
		}
		c, flow := h.text[h.at], len(h.flow) > 0
		switch {
		case flow && c == ',':
			h.readComma()
		case flow && (c == ']' || c == '}'):
			h.readClose(c)
		case c == ':' && h.endsKey(h.at):
			h.readColon()
		case !h.fresh:
			h.say(h.here(), "this follows a value that is complete; a comma is missing, or quotes around the whole value")
		default:
			h.readValue(c)
		}
	}
}

// readValue reads the beginning of a value or of a key.
func (h *hinter) readValue(c rune) {
	flow := len(h.flow) > 0
	switch {
	case c == '"' || c == '\'':
		h.quoted, h.quote = h.here(), c
		h.at++
		h.pending, h.fresh = false, false
		h.readQuote()
	case c == '[' || c == '{':
		h.flow = append(h.flow, bracket{mark: h.here(), shape: c, indent: h.indent})
		h.at++
		h.pending = false
	case c == '-' && !flow && h.blankAt(h.at+1):
		h.readDash()
	case c == '&' || c == '!':
		for !h.blankAt(h.at) {
			h.at++
		}
	case c == '*':
		h.say(h.here(), "a value cannot begin with * unless it is in quotes; write patterns as \"*.png\"")
	case strings.ContainsRune("@`%,]}", c):
		h.say(h.here(), "a value cannot begin with %c unless it is in quotes", c)
	case (c == '|' || c == '>') && !flow:
		h.block, h.pending, h.at = h.indent, false, len(h.text)
	default:
		h.readPlain()
	}
}

func (h *hinter) readComma() {
	if h.fresh {
		h.say(h.here(), "nothing stands before this comma")
	}
	h.fresh = true
	h.at++
}

func (h *hinter) readClose(c rune) {
	last := h.flow[len(h.flow)-1]
	if (last.shape == '[') != (c == ']') {
		h.say(h.here(), "this bracket does not match the one opened in line %d, column %d", last.line+1, last.column+1)
	}
	h.flow = h.flow[:len(h.flow)-1]
	h.fresh = false
	h.at++
}

func (h *hinter) readColon() {
	if len(h.flow) == 0 {
		if h.key {
			h.say(h.here(), "a second \": \" in this line; put the value in quotes")
		}
		h.openInner(false)
		h.key, h.pending = true, true
	}
	h.fresh = true
	h.at++
}

func (h *hinter) readDash() {
	h.openInner(true)
	h.dash, h.pending = true, true
	h.at++
	if h.skip(" "); !h.done() {
		h.inner = h.at
	}
}

// openInner notes that what stands behind a dash goes on below it: it is a
// mapping, or another list.
func (h *hinter) openInner(list bool) {
	if h.inner >= 0 {
		h.levels = append(h.levels, level{h.inner, list})
	}
	h.inner = -1
}

// readPlain reads a key or value without quotes.
func (h *hinter) readPlain() {
	begin := h.here()
	for h.at < len(h.text) && !h.endsPlain() {
		h.at++
	}
	h.pending, h.fresh = false, false
	if h.at < len(h.text) && h.text[h.at] == ':' {
		return
	}
	key, value, ok := strings.Cut(string(h.text[begin.column:h.at]), ":")
	if ok && value != "" && slices.Contains(allKeys, key) {
		begin.column += utf8.RuneCountInString(key)
		h.say(begin, "no space after the colon of %q", key)
	}
}

// readQuote reads to the closing quote, if this line has it.
func (h *hinter) readQuote() {
	for ; h.at < len(h.text); h.at++ {
		switch c := h.text[h.at]; {
		case c == '\\' && h.quote == '"':
			h.readEscape()
		case c == h.quote && c == '\'' && h.at+1 < len(h.text) && h.text[h.at+1] == c:
			h.at++ // '' is one quote
		case c == h.quote:
			h.at++
			h.quote = 0
			return
		}
	}
}

// readQuoteEnd goes on in a quote that an earlier line opened. When something
// follows its end it is not the end, but the beginning of another value.
func (h *hinter) readQuoteEnd() {
	h.readQuote()
	if h.quote != 0 {
		return
	}
	if h.skip(" \t"); !h.done() && !strings.ContainsRune(",]}:", h.text[h.at]) {
		h.say(h.quoted, "this quote is not closed in its line")
	}
	h.readTokens()
}

func (h *hinter) readEscape() {
	h.at++
	if h.at < len(h.text) && !strings.ContainsRune("0abtnvfre \"/\\N_LPxuU\t", h.text[h.at]) {
		h.say(mark{h.line, h.at - 1}, "a backslash in double quotes begins an escape, and this is none; write \\\\ or use single quotes")
	}
}

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

// endsKey reports whether the colon at i ends a key.
func (h *hinter) endsKey(i int) bool {
	if len(h.flow) == 0 || h.blankAt(i+1) {
		return h.blankAt(i + 1)
	}
	return strings.ContainsRune(",[]{}", h.text[i+1]) || i > 0 && strings.ContainsRune(`"'`, h.text[i-1])
}

// endsPlain reports whether a text without quotes ends before h.at.
func (h *hinter) endsPlain() bool {
	switch c := h.text[h.at]; c {
	case ':':
		return h.blankAt(h.at + 1)
	case '#':
		return h.at > 0 && h.blankAt(h.at-1)
	case ',', '[', ']', '{', '}':
		return len(h.flow) > 0
	}
	return false
}
