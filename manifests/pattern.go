package manifests

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// checkPattern refuses what looks like a pattern of another kind. It would be
// taken literally and match less than was meant, and a rule that keeps less
// deletes more.
func checkPattern(pattern string) error {
	if i := strings.IndexAny(pattern, `[]{}\`); i >= 0 {
		return fmt.Errorf("%q has no meaning in a pattern; only * (any characters, / too) and ? (one character) have, so write ? for a literal %[1]q", pattern[i:i+1])
	}
	if strings.Contains(pattern, "**") {
		return fmt.Errorf(`"**" is no more than "*", which already matches any characters, / too; write "*"`)
	}
	return nil
}

// match reports whether the whole of name has the form of pattern. Only the
// last * is ever gone back to, so the time is at most the product of the two
// lengths.
func match(pattern, name string) bool {
	star, resume := -1, 0 // the last * seen, and where the name goes on behind what it took
	p, n := 0, 0
	for n < len(name) {
		_, width := utf8.DecodeRuneInString(name[n:])
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, n
			p++
		case p < len(pattern) && pattern[p] == '?':
			p++
			n += width
		case p < len(pattern) && strings.HasPrefix(pattern[p:], name[n:n+width]):
			p += width
			n += width
		case star >= 0:
			_, width = utf8.DecodeRuneInString(name[resume:])
			resume += width
			p, n = star+1, resume
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
