package store

import (
	"fmt"
	"strings"
)

const (
	maxKey     = 700 // bytes; S3 has 1024 for the key with its prefix
	maxSegment = 200 // bytes; file systems have 255
)

// checkKey refuses what cannot be an object of ours. Keys are segments joined
// by slashes. A segment holds [A-Za-z0-9._-] and does not begin with a dot:
// such names are the store's own, and dot-dot is one of them.
//
// No key may be a directory of another, as a is of a/b: a directory cannot
// hold both.
func checkKey(key string) error {
	if err := checkPath(key); err != nil {
		return fmt.Errorf("key %q: %w", key, err)
	}
	if key == markerKey {
		return fmt.Errorf("key %q: it is the ledger's marker", key)
	}
	return nil
}

// checkPrefix refuses a prefix that no key can have. A prefix may end within a
// segment, and may be empty.
func checkPrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	if err := checkPath(strings.TrimSuffix(prefix, "/")); err != nil {
		return fmt.Errorf("prefix %q: %w", prefix, err)
	}
	return nil
}

func checkPath(path string) error {
	if len(path) > maxKey {
		return fmt.Errorf("longer than %d bytes", maxKey)
	}
	for segment := range strings.SplitSeq(path, "/") {
		switch {
		case segment == "":
			return fmt.Errorf("a segment is empty")
		case segment[0] == '.':
			return fmt.Errorf("a segment begins with a dot")
		case len(segment) > maxSegment:
			return fmt.Errorf("a segment is longer than %d bytes", maxSegment)
		case strings.ContainsFunc(segment, notInKey):
			return fmt.Errorf("only letters of ASCII, digits, dot, underscore and hyphen are allowed")
		}
	}
	return nil
}

func notInKey(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return false
	}
	return r != '.' && r != '_' && r != '-'
}
