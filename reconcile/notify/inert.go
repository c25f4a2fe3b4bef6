package notify

import (
	"strings"
	"unicode"
)

// longest is how many characters a line may have.
const longest = 300

// twins are the signs with which a mention, a link, Markdown or HTML begins in
// one of the services, or in one that takes a plain webhook, and what stands for
// them.
var twins = strings.NewReplacer(
	"<", "＜", ">", "＞", "[", "［", "]", "］", "*", "＊", "`", "｀", "~", "～", "#", "＃",
	"|", "｜", `\`, "＼", "&", "＆", "@", "＠", "://", "：//", "www.", "www．", "WWW.", "WWW．",
)

// inert returns s as one line in which nothing acts: no mention, no link, no
// Markdown, no HTML, no control character. A reader still sees what is there.
func inert(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || unicode.In(r, unicode.Zl, unicode.Zp):
			return ' '
		case acts(r):
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, string(unicode.ReplacementChar)))
	return cut(emphasis(twins.Replace(strings.TrimSpace(s))), longest)
}

// acts reports whether r is not simply shown. The two joiners build letters and
// emoji, and stay.
func acts(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return r != nonJoiner && r != joiner && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs)
}

// emphasis changes each underscore that could begin or end italics: within a word
// it does neither (CommonMark 6.2).
func emphasis(s string) string {
	if !strings.Contains(s, "_") {
		return s
	}
	runes := []rune(s)
	word := func(i int) bool {
		return i >= 0 && i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i]))
	}
	out := make([]rune, len(runes))
	for i, r := range runes {
		if r == '_' && (!word(i-1) || !word(i+1)) {
			r = '＿'
		}
		out[i] = r
	}
	return string(out)
}

// cut shortens s to so many characters, and shows that it did.
func cut(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most-1]) + "…"
}
