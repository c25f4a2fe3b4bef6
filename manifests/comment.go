package manifests

import (
	"strings"
	"unicode"
)

// longestRemark is the most characters of a stranger's text in a comment.
const longestRemark = 60

// inert returns a stranger's text as one that can stand in a comment: one line
// of characters that show, in the order in which they are written, and not too
// long. What does not show becomes U+FFFD, white space one blank.
func inert(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	var b strings.Builder
	count := 0
	for _, r := range s {
		if count == longestRemark {
			b.WriteRune('…')
			break
		}
		if !unicode.IsPrint(r) {
			r = unicode.ReplacementChar
		}
		b.WriteRune(r)
		count++
	}
	return b.String()
}

// withComment puts an inert comment behind an item, at least width behind its
// beginning.
func withComment(item string, width int, comment string) string {
	if comment == "" {
		return item
	}
	return item + strings.Repeat(" ", max(1, width-len(item))) + "# " + comment
}
