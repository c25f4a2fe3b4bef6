package wechat

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// quoted reads a string whose opening quote was peeked, and keeps it as
// written in raw when it has at most limit bytes; a negative limit keeps
// nothing.
func (s *scanner) quoted(limit int) error {
	s.raw = s.raw[:0]
	s.pos++
	odd := false
	for {
		if err := s.fill(); err != nil {
			return err
		}
		part := s.buf[s.pos:s.end]
		n, closed, carry := closingQuote(part, odd)
		if limit >= 0 {
			if len(s.raw)+n > limit {
				return unexpected("a string of more than %d bytes", limit)
			}
			s.raw = append(s.raw, part[:n]...)
		}
		s.pos += n
		if closed {
			s.pos++
			return nil
		}
		odd = carry
	}
}

// closingQuote returns how many bytes of part lie before the quote that ends
// the string, and whether there is one. odd says that an odd number of
// backslashes came right before part, and on return, right before its end.
func closingQuote(part []byte, odd bool) (n int, closed, carry bool) {
	for start := 0; ; {
		i := bytes.IndexByte(part[start:], '"')
		run := part[start:]
		if i >= 0 {
			run = part[start : start+i]
		}
		slashes := trailingSlashes(run)
		if slashes < len(run) {
			odd = false
		}
		odd = odd != (slashes%2 == 1)
		switch {
		case i < 0:
			return len(part), false, odd
		case !odd:
			return start + i, true, false
		}
		start += i + 1
		odd = false
	}
}

func trailingSlashes(b []byte) int {
	n := 0
	for n < len(b) && b[len(b)-1-n] == '\\' {
		n++
	}
	return n
}

// unescape returns the text that raw stands for. It is valid until the next one.
func (s *scanner) unescape(raw []byte) ([]byte, error) {
	s.out = s.out[:0]
	for len(raw) > 0 {
		n := bytes.IndexByte(raw, '\\')
		if n < 0 {
			n = len(raw)
		}
		s.out = appendValid(s.out, raw[:n])
		if raw = raw[n:]; len(raw) == 0 {
			break
		}
		r, n := escaped(raw)
		if n == 0 {
			return nil, s.bad("an unknown escape before the quote")
		}
		s.out = utf8.AppendRune(s.out, r)
		raw = raw[n:]
	}
	return s.out, nil
}

// appendValid appends text, with U+FFFD for each byte that is no UTF-8.
func appendValid(out, text []byte) []byte {
	if utf8.Valid(text) {
		return append(out, text...)
	}
	for _, r := range string(text) {
		out = utf8.AppendRune(out, r)
	}
	return out
}

// escaped returns the character that the escape at the start of b stands for,
// and the escape's length, 0 when there is no such escape. Half a surrogate
// pair is U+FFFD.
func escaped(b []byte) (rune, int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case '"', '\\', '/':
		return rune(b[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	}
	r, ok := hexEscape(b)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if low, ok := hexEscape(b[6:]); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

// hexEscape reads the \uXXXX at the start of b.
func hexEscape(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(n), err == nil
}
