package wechat

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

const redacted = "REDACTED"

// plainQuery names the query parameters whose values may be shown. Every other
// value may be a token or a secret.
var plainQuery = map[string]bool{"type": true, "grant_type": true}

var (
	queryPattern    = regexp.MustCompile(`([?&])([^=&\s"'<>]+)=([^&\s"'<>]*)`)
	namedPattern    = regexp.MustCompile(`(?i)(token|secret|ticket)=[^&\s"'<>]+`)
	escapePattern   = regexp.MustCompile(`%[0-9A-F]{2}`)
	userinfoPattern = regexp.MustCompile(`[^\s/"'<>=]+:[^\s/"'<>]*@`)
)

// plainText returns the text of a transport error without its URL and without
// anything secret.
func plainText(err error, secrets []string) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return oneLine(scrub(err.Error(), secrets))
}

// scrub removes from text the values of queries, user names and passwords in
// URLs, and the secrets known or any part of one.
func scrub(text string, secrets []string) string {
	for _, secret := range secrets {
		for _, form := range writings(secret) {
			text = cutSecret(text, form)
		}
	}
	text = queryPattern.ReplaceAllStringFunc(text, func(pair string) string {
		name, _, _ := strings.Cut(pair[1:], "=")
		if plainQuery[name] {
			return pair
		}
		return pair[:1] + name + "=" + redacted
	})
	text = namedPattern.ReplaceAllString(text, "$1="+redacted)
	return userinfoPattern.ReplaceAllString(text, redacted+"@")
}

// writings are the ways in which a server may show a secret that it was sent.
func writings(secret string) []string {
	query, path := url.QueryEscape(secret), url.PathEscape(secret)
	quoted, _ := json.Marshal(secret) // a string can always be written
	all := []string{
		secret, query, path, string(quoted[1 : len(quoted)-1]), strings.ReplaceAll(secret, "/", `\/`),
		escapePattern.ReplaceAllStringFunc(query, strings.ToLower), escapePattern.ReplaceAllStringFunc(path, strings.ToLower),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.URLEncoding.EncodeToString([]byte(secret)),
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// A part of a secret that is at least this long is removed: WeChat echoes
// parts of tokens (rid/get does, wechat-api.md section 3).
const tellingPart = 8

// cutSecret replaces every part of secret in text.
func cutSecret(text, secret string) string {
	if secret == "" {
		return text
	}
	part := min(tellingPart, len(secret))
	var out strings.Builder
	for len(text) >= part {
		if !strings.Contains(secret, text[:part]) {
			out.WriteByte(text[0])
			text = text[1:]
			continue
		}
		n := part
		for n < len(text) && strings.Contains(secret, text[:n+1]) {
			n++
		}
		out.WriteString(redacted)
		text = text[n:]
	}
	return out.String() + text
}
