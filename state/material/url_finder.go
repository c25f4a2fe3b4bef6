package material

import (
	"bytes"
	"strings"
)

// A URLFinder finds the image URLs in a text that comes in pieces: HTML,
// JSON, Markdown, a style sheet or anything else. It knows an URL by its host,
// and errs on the side of finding too much: a use too many keeps an image, one
// too few deletes it. It holds at most 8 KiB of the text.
type URLFinder struct {
	// Found is called with the [URLKey] of every image URL, however often it
	// comes: when the word that it stands in has ended.
	Found func(key string)

	word []byte // the beginning of a word that may go on
}

// A word is cut into windows that overlap by half, so that a data URI of
// megabytes is not held, and an URL of up to half a window is whole in one of
// them.
const (
	window  = 8 << 10
	overlap = window / 2
)

// Write reads the next piece of the text. It never fails.
func (f *URLFinder) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		end := 0
		for end < len(p) && inWord[p[end]] {
			end++
		}
		f.read(p[:end], end < len(p))
		for end < len(p) && !inWord[p[end]] {
			end++
		}
		p = p[end:]
	}
	return n, nil
}

// Close ends the text. Another one may be written after it.
func (f *URLFinder) Close() { f.read(nil, true) }

// read takes a part of a word, which ends after it or may go on.
func (f *URLFinder) read(part []byte, ends bool) {
	if len(f.word) == 0 && ends && len(part) <= window {
		f.search(part) // the usual case, without a copy
		return
	}
	for len(part) > 0 {
		n := min(len(part), window-len(f.word))
		f.word = append(f.word, part[:n]...)
		part = part[n:]
		if len(f.word) == window {
			f.search(f.word)
			f.word = append(f.word[:0], f.word[overlap:]...)
		}
	}
	if ends {
		f.search(f.word)
		f.word = f.word[:0]
	}
}

// search finds every URL in one word.
func (f *URLFinder) search(word []byte) {
	if len(word) < len("qpic.cn") || !mayHoldURL(word) {
		return
	}
	s := unescapeURL(string(word))
	for at := 0; at < len(s); at++ {
		end := domainAt(s, at)
		if end == 0 {
			continue
		}
		begin := at
		for begin > 0 && isHost(s[begin-1]) {
			begin--
		}
		if path, ok := strings.CutPrefix(skipPort(s[end:]), "/"); ok {
			if key := imageKey(s[begin:end], pathOf(path)); key != "" {
				f.Found(key)
			}
		}
		at = end - 1
	}
}

// mayHoldURL is a quick look at a word, most of which hold none.
func mayHoldURL(word []byte) bool {
	for from := 0; ; {
		i := bytes.IndexByte(word[from:], '.')
		if i < 0 {
			return bytes.IndexByte(word, '%') >= 0 || bytes.IndexByte(word, '\\') >= 0 || bytes.Contains(word, []byte("&#"))
		}
		from += i + 1
		if len(word) >= from+2 && word[from]|0x20 == 'c' && word[from+1]|0x20 == 'n' {
			return true
		}
	}
}

// domainAt returns where the domain that begins at s[at] ends, or 0.
func domainAt(s string, at int) int {
	if s[at]|0x20 != 'q' {
		return 0
	}
	for _, domain := range imageDomains {
		if end := at + len(domain); end <= len(s) && equalFold(s[at:end], domain) {
			return end
		}
	}
	return 0
}

func equalFold(s, lower string) bool {
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// skipPort cuts a port off what follows a host.
func skipPort(s string) string {
	if s == "" || s[0] != ':' {
		return s
	}
	i := 1
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[i:]
}

func isHost(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.'
}

// inWord tells the bytes that an URL, escaped in whatever way, may hold from
// those that end it.
var inWord = func() (set [256]bool) {
	for c := '!'; c < 0x7f; c++ {
		set[c] = true
	}
	for _, c := range "\"'<>()`,{}|^[]" {
		set[c] = false
	}
	return set
}()
