package wechat

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"wxkeep/state"
)

// best returns the endpoint with which a call begins: the one that worked last.
func (w *wire) best() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

// prefer notes that an endpoint works, for the calls to come.
func (w *wire) prefer(at int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = at
}

// elsewhere turns to the next endpoint, and reports whether this round has not
// tried it yet: then there is nothing to wait for. It is for calls that never got
// a connection. Once one did, nobody knows what the call has done there, and it
// is repeated there.
//
// Source: wechat-api.md section 9.
func (c *call) elsewhere() bool {
	n := len(c.wire.endpoints)
	c.passed++
	c.at = (c.at + 1) % n
	c.wait = 0
	return c.passed%n != 0
}

// dialled reports whether err came while a connection was made. A connection
// kept from before may have been tried first; then nothing was written to it, or
// net/http would not have made another one, but for a GET, which has no effect.
func dialled(err error) bool {
	e, ok := errors.AsType[*net.OpError](err)
	return ok && (e.Op == "dial" || e.Op == "proxyconnect")
}

// address makes r the next try: to its endpoint, with its token. Its URL is
// shared with the try before, and is replaced.
func (c *call) address(r *http.Request) error {
	u, err := url.Parse(c.wire.endpoints[c.at] + c.request.path)
	if err != nil {
		return err
	}
	u.RawQuery = c.query()
	r.URL, r.Host = u, u.Host
	return nil
}

// nameHosts says of a call that reached nobody where it was tried.
func (c *call) nameHosts() {
	f, ok := errors.AsType[*Failure](c.err)
	if !ok || len(c.wire.endpoints) == 1 || c.passed == 0 || !errors.Is(f, state.ErrUnreachable) {
		return
	}
	hosts := make([]string, len(c.wire.endpoints))
	for i, e := range c.wire.endpoints {
		_, hosts[i], _ = strings.Cut(e, "://")
	}
	f.Reason += "; tried " + strings.Join(hosts, ", ")
}
