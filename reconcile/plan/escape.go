package plan

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf16"
)

// Acts reports whether r acts on what shows it, or misleads its reader, in place
// of being simply shown: control and format characters, bidi overrides, zero-width
// spaces, line and paragraph separators, private use. The two joiners build
// letters and emoji, and do not count.
func Acts(r rune) bool {
	if r >= ' ' && r <= '~' {
		return false // most are, and the tables are slow
	}
	const nonJoiner, joiner = '\u200c', '\u200d'
	return r != nonJoiner && r != joiner && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp)
}

// Escape writes those characters of a JSON document's strings that act as JSON's
// own escapes, and breaks ## up: the log of a CI job takes ##[error] and ##vso[…]
// for commands wherever they stand. What the document says stays the same.
func Escape(document []byte) []byte {
	if !bytes.ContainsFunc(document, actsInJSON) && !bytes.Contains(document, []byte("##")) {
		return document
	}
	var b bytes.Buffer
	var last rune
	for _, r := range string(document) {
		switch {
		case actsInJSON(r) && r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		case actsInJSON(r), r == '#' && last == '#':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
		last = r
	}
	return b.Bytes()
}

// actsInJSON is Acts but for the line ends between the values.
func actsInJSON(r rune) bool { return r != '\n' && Acts(r) }
