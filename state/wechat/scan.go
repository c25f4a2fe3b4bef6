package wechat

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"wxkeep/state/material"
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
	out      []byte // what a string with escapes stands for, or a piece of it
	packed   material.Packer
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

func (e *contentError) Error() string { return e.msg }

func unexpected(format string, args ...any) error {
	return &contentError{fmt.Sprintf(format, args...)}
}

// scanners are those that nobody uses. A [sync.Pool] would forget them whenever
// garbage is collected, which in a small heap is often.
var scanners = make(chan *scanner, DefaultParallelism)

func newScanner(src io.Reader) *scanner {
	var s *scanner
	select {
	case s = <-scanners:
	default:
		s = &scanner{buf: make([]byte, scanBuffer)}
	}
	*s = scanner{src: src, buf: s.buf, raw: s.raw, out: s.out, packed: s.packed}
	return s
}

// release lets others use s.
func (s *scanner) release() {
	s.src = nil
	select {
	case scanners <- s:
	default:
	}
}

// scan calls each for every key of the one object that body holds. The key is
// valid until each reads on.
func scan(body io.Reader, each func(s *scanner, key []byte) error) error {
	s := newScanner(body)
	defer s.release()
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
