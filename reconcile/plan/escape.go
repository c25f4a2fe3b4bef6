package plan

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Acts reports whether r acts on what shows it, or misleads its reader, in place
// of being simply shown: control and format characters, bidi overrides, zero-width
// spaces, line and paragraph separators, private use. The two joiners build
// letters and emoji, and do not count.
func Acts(r rune) bool {
	if r >= ' ' && r <= '~' || r >= '一' && r <= '鿿' {
		return false // most are these, and the tables are slow
	}
	const nonJoiner, joiner = '\u200c', '\u200d'
	return r != nonJoiner && r != joiner && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp)
}

// Escape writes those characters of a JSON document's strings that act as JSON's
// own escapes, and breaks ## up: the log of a CI job takes ##[error] and ##vso[…]
// for commands wherever they stand. What the document says stays the same.
func Escape(document []byte) []byte {
	at, size := acting(document)
	if at < 0 {
		return document
	}
	var b bytes.Buffer
	rest := document
	for ; at >= 0; at, size = acting(rest) {
		b.Write(rest[:at])
		r, _ := utf8.DecodeRune(rest[at:])
		if high, low := utf16.EncodeRune(r); r > 0xffff {
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		} else {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		rest = rest[at+size:]
	}
	b.Write(rest)
	return b.Bytes()
}

// acting finds the first character of a document that has to be escaped: -1 for
// none. Most of what it passes over is ASCII.
func acting(document []byte) (at, size int) {
	for i := 0; i < len(document); {
		c := document[i]
		switch {
		case c == '#' && i > 0 && document[i-1] == '#':
			return i, 1
		case c >= ' ' && c <= '~', c == '\n':
			i++
			continue
		}
		r, n := utf8.DecodeRune(document[i:])
		if Acts(r) {
			return i, n
		}
		i += n
	}
	return -1, 0
}
