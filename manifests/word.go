package manifests

import (
	"regexp"
	"strconv"
)

var (
	plainWord = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]*$`)
	// notAText is what YAML, or an old version of it, takes for something else.
	notAText = regexp.MustCompile(`(?i)^(null|true|false|yes|no|on|off|y|n)$`)
)

// word returns a text without quotes when it needs none. That of no text is
// empty.
func word(s string) string {
	if s == "" || plainWord.MatchString(s) && !notAText.MatchString(s) {
		return s
	}
	return quote(s)
}

// quote returns a text in double quotes. What Go escapes there, YAML does too,
// and in the same way: a text that was loaded is UTF-8.
func quote(s string) string { return strconv.Quote(s) }

// optional is empty for no text.
func optional(s string) string {
	if s == "" {
		return ""
	}
	return quote(s)
}

func words[S ~string](items []S) []string {
	var texts []string
	for _, item := range items {
		texts = append(texts, word(string(item)))
	}
	return texts
}

func quotes[S ~string](items []S) []string {
	var texts []string
	for _, item := range items {
		texts = append(texts, quote(string(item)))
	}
	return texts
}
