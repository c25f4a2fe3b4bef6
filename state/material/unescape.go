package material

import (
	"html"
	"strings"
)

// unescapeURL undoes the ways in which an URL is written in HTML, in JSON or a
// script within HTML, and in the query of another URL, also one within the
// other. What is not an escape is left alone.
func unescapeURL(s string) string {
	for range 3 {
		was := s
		if strings.IndexByte(s, '&') >= 0 {
			s = html.UnescapeString(s)
		}
		if strings.IndexByte(s, '\\') >= 0 {
			s = slashEscapes.Replace(s)
		}
		if strings.IndexByte(s, '%') >= 0 {
			s = percentEscapes.Replace(s)
		}
		if s == was {
			break
		}
	}
	return s
}

// Only what stands between host, path and the rest is worth undoing: no host
// and no path of an image has other characters that need an escape.
var (
	slashEscapes = strings.NewReplacer(
		`\/`, `/`, `\u002f`, `/`, `\u002F`, `/`, `\x2f`, `/`, `\x2F`, `/`,
		`\u003a`, `:`, `\u003A`, `:`, `\x3a`, `:`, `\x3A`, `:`,
		`\u002e`, `.`, `\u002E`, `.`, `\x2e`, `.`, `\x2E`, `.`,
		`\u0026`, `&`, `\x26`, `&`, `\"`, `"`, `\'`, `'`,
	)
	percentEscapes = strings.NewReplacer(
		"%2f", "/", "%2F", "/", "%3a", ":", "%3A", ":", "%2e", ".", "%2E", ".",
		"%3f", "?", "%3F", "?", "%23", "#", "%26", "&", "%25", "%",
		"%2d", "-", "%2D", "-", "%5f", "_", "%5F", "_",
	)
)
