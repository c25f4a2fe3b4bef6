package material

import (
	"slices"
	"strconv"
	"strings"
)

// ImageURL returns the https URL at which WeChat serves the image of raw, a URL
// as [URLKey] takes it, in the size wanted: 0 is the original, 300 and 640 are
// widths in pixels. It is empty for a URL that is not WeChat's, so whoever
// follows one calls nobody else.
//
// Source: design section 4; the sizes are those of addresses in articles.
func ImageURL(raw string, size int) string {
	key := URLKey(raw)
	host, _, _ := strings.Cut(key, "/")
	// Browsers take a backslash in a host for the end of it.
	if host == "" || slices.ContainsFunc([]byte(host), func(c byte) bool { return !isHost(c) }) {
		return ""
	}
	return "https://" + key + "/" + strconv.Itoa(size)
}
