package wechat

import (
	"fmt"
	"io"
)

// Limits of whole answers, in bytes. A page of 20 news items of 8 articles of
// up to 1 MB stays below the largest.
const (
	maxSmall = 1 << 20
	maxFile  = 32 << 20
	maxPage  = 256 << 20
)

// readAnswer reads the object that an answer is. errcode and errmsg are kept,
// every other key goes to each. coded tells whether there was an errcode: on
// success read calls have none (wechat-api.md section 1). An errcode that is
// not 0 is a *refusal, whatever else the answer lacks.
func readAnswer(body io.Reader, each func(s *scanner, key []byte) error) (coded bool, err error) {
	var code int64
	var msg string
	err = scan(body, func(s *scanner, key []byte) error {
		switch string(key) {
		case "errcode":
			if none, err := s.null(); none || err != nil {
				return err
			}
			coded = true
			return s.integer(&code)
		case "errmsg":
			return s.message(&msg)
		}
		return each(s, key)
	})
	if err == nil && code != 0 {
		return coded, &refusal{int(code), msg}
	}
	return coded, err
}

// A refusal is an errcode as it came. Its message may hold anything, and becomes
// an [Error] where the call's secrets are known.
type refusal struct {
	code int
	msg  string
}

func (r *refusal) Error() string { return fmt.Sprintf("errcode %d", r.code) }

// message reads an errmsg; one that is not a string is passed over.
func (s *scanner) message(into *string) error {
	if c, err := s.peek(); err != nil || c != '"' {
		return s.skip()
	}
	return s.text(into)
}

// nothing skips a key: for answers that hold an errcode alone.
func nothing(s *scanner, _ []byte) error { return s.skip() }

// A capped reader ends in a *sizeError when there are more than limit bytes.
type capped struct {
	r     io.Reader
	limit int64
	read  int64
}

// A sizeError says that an answer is larger than anything WeChat should send.
type sizeError struct{ limit int64 }

func (e *sizeError) Error() string {
	return fmt.Sprintf("unexpected answer: more than %d MiB", e.limit>>20)
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.read += int64(n); c.read > c.limit {
		return 0, &sizeError{c.limit}
	}
	return n, err
}
