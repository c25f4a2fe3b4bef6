package render

import (
	"fmt"
	"html"
	"strings"
)

// code is s as a code span of Markdown, the one place where nothing in a text
// acts: no emphasis, tag, link, mention, reference or formula, neither of
// CommonMark's nor of GitHub's and GitLab's own, which look for them in all other
// text after they have made HTML of it. What would end the span, or a cell of a
// table, is written as a Go escape, as [Inert] does.
func code(s string) string {
	if s == "" {
		return "–"
	}
	return "`" + codeEscapes.Replace(Inert(shortened(s, longest))) + "`"
}

// longest is how many characters a text in Markdown has at most: one of a whole
// comment's length would leave no room for what follows it.
const longest = 1_000

var codeEscapes = strings.NewReplacer("`", `\x60`, "|", `\x7c`)

// tagged is s for the raw HTML of a summary, where Markdown is not read.
func tagged(s string) string { return "<code>" + html.EscapeString(Inert(s)) + "</code>" }

// row is a line of a table of cells that are Markdown already.
func row(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

// count is a number with what it counts.
func count(n int, what string) string { return fmt.Sprintf("%d %s", n, what) }
