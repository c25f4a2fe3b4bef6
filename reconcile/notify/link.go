package notify

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
)

// longestLink is how many bytes a link may have, so that every service has room
// for it beside the rest.
const longestLink = 1000

// host is a name, or an address, and a port.
var host = regexp.MustCompile(`^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?$`)

// ParseLink returns a link as every service shows it: signs with which Markdown or
// a chat would end it are written as %XX. It refuses what is not an http or https
// URL, has a user name, or is longer than 1000 bytes.
func ParseLink(s string) (string, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return "", errors.New("want a URL that begins with https:// or http://")
	case !host.MatchString(u.Host):
		return "", errors.New("its host has signs that no host has")
	case u.User != nil:
		return "", errors.New("leave out what stands before the @: everybody in the chat reads it")
	}
	link := u.Scheme + "://" + u.Host + strings.NewReplacer(
		"(", "%28", ")", "%29", "<", "%3C", ">", "%3E", "|", "%7C", `"`, "%22", "'", "%27", "*", "%2A", "`", "%60", "[", "%5B", "]", "%5D", "~", "%7E", "\\", "%5C",
	).Replace(strings.TrimPrefix(u.String(), u.Scheme+"://"+u.Host))
	if len(link) > longestLink {
		return "", errors.New("longer than 1000 bytes")
	}
	return link, nil
}
