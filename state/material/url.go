package material

import "strings"

// URLKey returns what identifies the image behind an mmbiz URL: its host and
// path without the size at the end (0, 300, 640…). It is empty for an URL that
// is not WeChat's. Escapes of HTML, JSON and URLs are undone; scheme, port, query and
// fragment do not matter. mmbiz.qlogo.cn, an older name, is the same host as
// mmbiz.qpic.cn. Equal keys protect, so where nothing is known URLs are rather
// taken for the same.
//
// Source: design section 4 and wechat-api.md section 8.4.
func URLKey(raw string) string {
	s := unescapeURL(strings.TrimSpace(raw))
	if scheme, rest, ok := strings.Cut(s, "//"); ok && (scheme == "" || strings.HasSuffix(scheme, ":") && !strings.ContainsAny(scheme, "/?#")) {
		s = rest
	} else {
		return ""
	}
	end := strings.IndexAny(s, "/?#")
	if end < 0 {
		return ""
	}
	authority, rest := s[:end], s[end:]
	host, _, _ := strings.Cut(authority[strings.LastIndexByte(authority, '@')+1:], ":")
	return imageKey(host, pathOf(rest))
}

// maxSize is the most characters that the last segment of an image's path may
// have to be a size. The segment before it, which names the image, has more
// than 80.
const maxSize = 20

// imageKey returns the key of an image under host, or nothing when WeChat
// serves no images there or path names none.
func imageKey(host, path string) string {
	host = imageHost(host)
	if host == "" {
		return ""
	}
	segments := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	if n := len(segments); n > 0 && len(segments[n-1]) <= maxSize {
		segments = segments[:n-1]
	}
	if len(segments) == 0 {
		return ""
	}
	return host + "/" + strings.Join(segments, "/")
}

// imageHost returns the name of a host under which WeChat serves images, which
// is mmbiz.qpic.cn or a neighbour of it, in the one form that keys have.
func imageHost(host string) string {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "mmbiz.qlogo.cn" {
		return "mmbiz.qpic.cn"
	}
	for _, domain := range imageDomains {
		if strings.HasSuffix("."+host, "."+domain) {
			return strings.Clone(host)
		}
	}
	return ""
}

var imageDomains = []string{"qpic.cn", "qlogo.cn"}

// pathOf returns the path at the start of s, which ends where a query, a
// fragment or anything that no image's path holds begins.
func pathOf(s string) string {
	for i := range len(s) {
		if c := s[i]; !isPath(c) {
			return s[:i]
		}
	}
	return s
}

func isPath(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("/-_.~+=:@!$*%", c) >= 0
}
