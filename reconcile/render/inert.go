package render

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"wxkeep/reconcile/plan"
)

// Inert returns s with everything that could act on a terminal, on the log of a
// CI job, or mislead a reader made visible as Go escapes: control characters,
// escapes, bidi overrides, zero-width spaces, line and paragraph separators and
// invalid UTF-8; and what CI systems take for commands, :: at the beginning of a
// line and ##[error] or ##vso[…] anywhere. Letters of every script, and emoji,
// stay.
//
// Sources: github.com/actions/runner, ActionCommand.cs, which reads standard
// output and standard error alike; Azure Pipelines, logging commands.
func Inert(s string) string {
	start := commandAt(s)
	if start < 0 && !strings.Contains(s, "##") && !strings.ContainsFunc(s, acts) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case i == start, r == '#' && strings.HasSuffix(s[:i], "#"), acts(r) && r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case !acts(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

// InertLines is [Inert] for text of several lines, which stay lines and may be
// indented.
func InertLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		text := strings.TrimLeft(line, " \t")
		lines[i] = line[:len(line)-len(text)] + Inert(text)
	}
	return strings.Join(lines, "\n")
}

// commandAt returns where s begins like a command, white space before it aside,
// or -1. A lone colon is half of one: another may follow it on the line.
func commandAt(s string) int {
	command := strings.TrimLeftFunc(s, unicode.IsSpace)
	if command != ":" && !strings.HasPrefix(command, "::") {
		return -1
	}
	return len(s) - len(command)
}

// acts reports whether r is not simply shown.
func acts(r rune) bool { return plan.Acts(r) }
