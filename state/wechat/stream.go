package wechat

import (
	"bytes"
	"unicode/utf8"
)

// stream reads a string and gives it to each in pieces, decoded: for article
// HTML, of which a page may hold 160 MB. A piece is valid until each returns.
// Other than with [scanner.text] no text is refused: an unknown escape and bytes
// that are no UTF-8 stay as they are. null is a string without pieces.
func (s *scanner) stream(each func(piece []byte)) error {
	if none, err := s.null(); none || err != nil {
		return err
	}
	if c, err := s.peek(); err != nil {
		return err
	} else if c != '"' {
		return s.wrongKind("a string")
	}
	s.pos++
	s.raw = s.raw[:0] // an escape that the end of buf cut in two
	odd := false
	for {
		if err := s.fill(); err != nil {
			return err
		}
		part := s.buf[s.pos:s.end]
		n, closed, carry := closingQuote(part, odd)
		s.decode(part[:n], closed, each)
		s.pos += n
		if closed {
			s.pos++
			return nil
		}
		odd = carry
	}
}

// longestEscape is that of a pair of surrogates, \ud83d\ude00.
const longestEscape = 12

// decode gives part to each without escapes. What may be the beginning of an
// escape that goes on behind part is kept in raw, unless part is the last.
func (s *scanner) decode(part []byte, last bool, each func([]byte)) {
	if len(s.raw) == 0 && bytes.IndexByte(part, '\\') < 0 {
		each(part)
		return
	}
	s.out = s.out[:0]
	for len(s.raw) > 0 && len(part) > 0 { // an escape that began before part
		n := min(len(part), longestEscape-len(s.raw))
		s.raw = append(s.raw, part[:n]...)
		part = part[n:]
		rest := s.plain(s.raw, last && len(part) == 0)
		s.raw = s.raw[:copy(s.raw, rest)]
	}
	rest := s.plain(part, last)
	if len(part) == 0 && last {
		rest = s.plain(s.raw, true)
		s.raw = s.raw[:0]
	}
	s.raw = append(s.raw, rest...)
	each(s.out)
}

// plain appends text to out without escapes, and returns the end of it that may
// be the beginning of one.
func (s *scanner) plain(text []byte, last bool) (rest []byte) {
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 {
			s.out = append(s.out, text...)
			return nil
		}
		s.out = append(s.out, text[:i]...)
		text = text[i:]
		if !last && len(text) < longestEscape {
			return text
		}
		r, n := escaped(text)
		if n == 0 {
			r, n = '\\', 1 // not one that JSON knows
		}
		s.out = utf8.AppendRune(s.out, r)
		text = text[n:]
	}
}
