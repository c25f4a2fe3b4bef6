package wechat

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// text reads a string of at most [maxText] bytes. Control characters in it are
// kept, invalid UTF-8 becomes U+FFFD, null leaves into alone.
func (s *scanner) text(into *string) error {
	return s.textBytes(func(b []byte) { *into = string(b) })
}

// kept is text for one of the many strings of a listing: they share large ones.
func (s *scanner) kept(into *string) error {
	return s.textBytes(func(b []byte) { *into = s.packed.Text(b) })
}

func (s *scanner) textBytes(read func([]byte)) error {
	c, err := s.peek()
	switch {
	case err != nil:
		return err
	case c == 'n':
		return s.skip()
	case c != '"':
		return s.wrongKind("a string")
	}
	if err := s.quoted(maxText); err != nil {
		return err
	}
	if bytes.IndexByte(s.raw, '\\') < 0 && utf8.Valid(s.raw) {
		read(s.raw)
		return nil
	}
	plain, err := s.unescape(s.raw)
	if err == nil {
		read(plain)
	}
	return err
}

// integer reads a whole number, or a string that holds one. null leaves into
// alone.
func (s *scanner) integer(into *int64) error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	if c == 'n' {
		return s.skip()
	}
	var number string
	switch {
	case c == '"':
		err = s.text(&number)
		number = strings.TrimSpace(number)
	case c == '-' || c >= '0' && c <= '9':
		err = s.scalar()
		number = string(s.raw)
	default:
		err = s.wrongKind("a number")
	}
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return unexpected("the value before byte %d is not a whole number", s.off+int64(s.pos))
	}
	*into = n
	return nil
}

// word reads a string or a number as text. null leaves into alone.
func (s *scanner) word(into *string) error {
	c, err := s.peek()
	switch {
	case err != nil:
		return err
	case c == '"' || c == 'n':
		return s.text(into)
	case c == '{' || c == '[':
		return s.wrongKind("a word")
	}
	if err := s.scalar(); err != nil {
		return err
	}
	*into = string(s.raw)
	return nil
}

// truth reads true or false, or a number of which 0 is false. null is false.
func (s *scanner) truth() (bool, error) {
	if c, err := s.peek(); err != nil || c == '{' || c == '[' || c == '"' {
		if err == nil {
			err = s.wrongKind("true or false")
		}
		return false, err
	}
	if err := s.scalar(); err != nil {
		return false, err
	}
	switch string(s.raw) {
	case "false", "null", "0":
		return false, nil
	}
	return true, nil
}

// wrongKind consumes a value, to tell a wrong kind of value from a cut one.
func (s *scanner) wrongKind(want string) error {
	at := s.off + int64(s.pos)
	if err := s.skip(); err != nil {
		return err
	}
	return unexpected("the value at byte %d is not %s", at, want)
}

// null consumes a null and reports whether there was one.
func (s *scanner) null() (bool, error) {
	if c, err := s.peek(); err != nil || c != 'n' {
		return false, err
	}
	return true, s.scalar()
}

// skip reads over a value of any kind.
func (s *scanner) skip() error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	switch c {
	case '{':
		return s.object(func([]byte) error { return s.skip() })
	case '[':
		return s.array(s.skip)
	case '"':
		return s.quoted(-1)
	}
	return s.scalar()
}

// scalar reads a number, true, false or null into raw.
func (s *scanner) scalar() error {
	s.raw = s.raw[:0]
	for {
		if err := s.fill(); err != nil {
			return err
		}
		c := s.buf[s.pos]
		if !isScalar(c) {
			break
		}
		if len(s.raw) == maxScalar {
			return s.bad("a number or word of more than %d bytes", maxScalar)
		}
		s.raw = append(s.raw, c)
		s.pos++
	}
	if !digits(s.raw) && !json.Valid(s.raw) {
		return s.bad("no valid value")
	}
	return nil
}

// digits reports whether b is a whole number as JSON has it, without a sign: what
// most values are.
func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0 && (b[0] != '0' || len(b) == 1)
}

func isScalar(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '+' || c == '.'
}
