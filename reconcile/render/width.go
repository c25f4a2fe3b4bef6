package render

import (
	"github.com/mattn/go-runewidth"
)

// columns measures text as terminals do: by what a reader takes for one
// character, of which a Chinese one and an emoji take two columns. Unlike the
// library's default it does not look at the locale: a plan looks the same
// everywhere, and the terminals of our days show … and → in one column.
var columns = runewidth.Condition{StrictEmojiNeutral: true}

// widthOf is how many columns of a terminal s takes.
func widthOf(s string) int { return columns.StringWidth(s) }

// fit returns s cut or padded to width columns of a terminal.
func fit(s string, width int) string {
	return columns.FillRight(cut(s, width), width)
}

// marks is how many characters a column can have: letters with accents and emoji
// of several parts have a few, and a name of thousands would fill the screen.
const marks = 8

// cut returns s, or what fits into width columns of it.
func cut(s string, width int) string {
	return columns.Truncate(shortened(s, marks*width), width, "…")
}

// shortened returns s, or its first n characters.
func shortened(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i] + "…"
		}
		n--
	}
	return s
}
