package wechat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	scanBuffer = 32 << 10 // bytes read at a time
	maxDepth   = 64       // nested objects and arrays
	maxText    = 64 << 10 // bytes of one string that is kept
	maxScalar  = 1 << 10  // bytes of one number or literal
)

// A scanner reads one JSON object as it streams. Its methods follow the
// document: whoever is called back for a value has to consume exactly that
// value. Errors are a *syntaxError (not JSON), a *contentError (JSON, but not
// what was expected), io.ErrUnexpectedEOF (cut), or that of the reader.
type scanner struct {
	src      io.Reader
	err      error // of the last read
	buf      []byte
	pos, end int   // the unread part of buf
	off      int64 // bytes of the answer before buf
	depth    int
	raw      []byte // the last string or scalar kept
	out      []byte // the piece of a string that stream decoded
}

// A syntaxError says where an answer stops being JSON.
type syntaxError struct {
	offset int64
	msg    string
}

func (e *syntaxError) Error() string {
	return fmt.Sprintf("unreadable answer: %s at byte %d", e.msg, e.offset)
}

// A contentError says what an answer that is JSON lacks.
type contentError struct{ msg string }

func (e *contentError) Error() string { return "unexpected answer: " + e.msg }

func unexpected(format string, args ...any) error {
	return &contentError{fmt.Sprintf(format, args...)}
}

var scanners = sync.Pool{New: func() any { return &scanner{buf: make([]byte, scanBuffer)} }}

// scan calls each for every key of the one object that body holds. The key is
// valid until each reads on.
func scan(body io.Reader, each func(s *scanner, key []byte) error) error {
	s := scanners.Get().(*scanner)
	*s = scanner{src: body, buf: s.buf, raw: s.raw, out: s.out}
	defer func() {
		s.src = nil
		scanners.Put(s)
	}()
	if err := s.byteOrderMark(); err != nil {
		return err
	}
	if err := s.object(func(key []byte) error { return each(s, key) }); err != nil {
		return err
	}
	return s.finish()
}

// byteOrderMark skips a UTF-8 byte order mark.
func (s *scanner) byteOrderMark() error {
	c, err := s.peek()
	if err != nil || c != 0xEF {
		return err
	}
	for _, b := range []byte{0xEF, 0xBB, 0xBF} {
		if err := s.take(b); err != nil {
			return err
		}
	}
	return nil
}

// finish makes sure that nothing but white space is left.
func (s *scanner) finish() error {
	c, err := s.peek()
	if err == nil {
		return s.bad("%q after the end", c)
	}
	if errors.Is(s.err, io.EOF) {
		return nil
	}
	return err
}

// fill makes at least one unread byte available.
func (s *scanner) fill() error {
	if s.pos < s.end {
		return nil
	}
	s.off += int64(s.end)
	s.pos, s.end = 0, 0
	for s.end == 0 {
		if errors.Is(s.err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		if s.err != nil {
			return s.err
		}
		s.end, s.err = s.src.Read(s.buf)
	}
	return nil
}

// peek returns the next byte that is not white space, without consuming it.
func (s *scanner) peek() (byte, error) {
	for {
		for ; s.pos < s.end; s.pos++ {
			switch c := s.buf[s.pos]; c {
			case ' ', '\t', '\n', '\r':
			default:
				return c, nil
			}
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
}

// take consumes the next byte that is not white space, which must be want.
func (s *scanner) take(want byte) error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	if c != want {
		return s.bad("%q instead of %q", c, want)
	}
	s.pos++
	return nil
}

func (s *scanner) bad(format string, args ...any) error {
	return &syntaxError{s.off + int64(s.pos), fmt.Sprintf(format, args...)}
}

// object calls each for every key, which is valid until each reads on.
func (s *scanner) object(each func(key []byte) error) error {
	return s.group("{}", func() error {
		key, err := s.key()
		if err != nil {
			return err
		}
		return each(key)
	})
}

// array calls each for every element.
func (s *scanner) array(each func() error) error { return s.group("[]", each) }

// group calls member for every member of what stands between two brackets.
func (s *scanner) group(brackets string, member func() error) error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	if c != brackets[0] {
		return s.wrongKind(brackets)
	}
	s.pos++
	if s.depth++; s.depth > maxDepth {
		return s.bad("more than %d levels", maxDepth)
	}
	defer func() { s.depth-- }()
	shut := brackets[1]
	if c, err = s.peek(); err != nil {
		return err
	}
	if c == shut {
		s.pos++
		return nil
	}
	for {
		if err := member(); err != nil {
			return err
		}
		switch c, err := s.peek(); {
		case err != nil:
			return err
		case c == shut:
			s.pos++
			return nil
		case c != ',':
			return s.bad("%q instead of ',' or %q", c, shut)
		}
		s.pos++
	}
}

func (s *scanner) key() ([]byte, error) {
	c, err := s.peek()
	if err != nil {
		return nil, err
	}
	if c != '"' {
		return nil, s.bad("%q instead of a key", c)
	}
	if err := s.quoted(maxText); err != nil {
		return nil, err
	}
	key := s.raw
	if bytes.IndexByte(key, '\\') >= 0 {
		if key, err = s.unescape(key); err != nil {
			return nil, err
		}
	}
	return key, s.take(':')
}

// text reads a string of at most [maxText] bytes. Control characters in it are
// kept, invalid UTF-8 becomes U+FFFD, null leaves into alone.
func (s *scanner) text(into *string) error {
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
		*into = string(s.raw)
		return nil
	}
	plain, err := s.unescape(s.raw)
	*into = string(plain)
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
	var digits string
	switch {
	case c == '"':
		err = s.text(&digits)
		digits = strings.TrimSpace(digits)
	case c == '-' || c >= '0' && c <= '9':
		err = s.scalar()
		digits = string(s.raw)
	default:
		err = s.wrongKind("a number")
	}
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(digits, 10, 64)
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
	if !json.Valid(s.raw) {
		return s.bad("no valid value")
	}
	return nil
}

func isScalar(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '+' || c == '.'
}

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

// unescape returns the text that raw stands for.
func (s *scanner) unescape(raw []byte) ([]byte, error) {
	out := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		r, n := utf8.DecodeRune(raw)
		if r == '\\' {
			if r, n = escaped(raw); n == 0 {
				return nil, s.bad("an unknown escape before the quote")
			}
		}
		out = utf8.AppendRune(out, r)
		raw = raw[n:]
	}
	return out, nil
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
