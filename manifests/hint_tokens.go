package manifests

import (
	"slices"
	"strings"
	"unicode/utf8"
)

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
