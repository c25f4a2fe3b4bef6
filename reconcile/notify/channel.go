package notify

import (
	"errors"
	"net"
	"net/url"
)

// A Channel is where one message goes.
type Channel struct {
	Service Service
	URL     string             // of the webhook: a secret
	Sign    string             // the key of DingTalk's or Feishu's signature: a secret; empty for none
	Name    string             // what errors call the channel, such as: wecom (environment variable WECOM)
	On      map[string][]Event // what each account wants told, by its name
}

// String is the channel without its secrets, for whoever prints one.
func (c Channel) String() string { return c.Name }

// GoString is String: %#v shows no secret either.
func (c Channel) GoString() string { return c.Name }

var errURL = errors.New("no URL of a webhook: want one that begins with https://, or, on this machine alone, http://")

// address reads the URL. It is never quoted.
func (c Channel) address() (*url.URL, error) {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "":
		return nil, errURL
	case u.Scheme == "https" || u.Scheme == "http" && loopback(u):
		return u, nil
	}
	return nil, errURL
}

// Loopback reports whether the channel leads to this machine.
func (c Channel) Loopback() bool {
	u, err := c.address()
	return err == nil && loopback(u)
}

func loopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
