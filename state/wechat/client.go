package wechat

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// DefaultEndpoint is WeChat's general, nearest entry (wechat-api.md section 9).
const DefaultEndpoint = "https://api.weixin.qq.com"

// The values of [Config] that stand for zero.
const (
	DefaultTimeout    = time.Minute // of one try, its answer included
	DefaultBackOff    = time.Second // before the second try; doubled before each one more
	DefaultMinuteWait = time.Minute // after 45011
)

// A Config says how the calls of one account are made. Only Token is needed, and
// not even that with [CloudRun].
type Config struct {
	Endpoint string            // base URL; empty for [DefaultEndpoint], or [CloudEndpoint] without a token; plain http only for the latter and loopback
	Others   []string          // more base URLs, tried in this order when there is no connection to the one before
	Token    TokenSource       // where access tokens come from; not used by [NewStableToken]; nil when the cloud adds them
	HTTP     http.RoundTripper // usually of [NewTransport]; nil for one of our own
	Pace     *Pace             // shared by all accounts; nil for one of our own

	Way       Way    // how the account is called
	FromAppID string // CloudRun: the account that a shared environment calls for (资源复用); empty for its own

	Trace func(Call) // hears of every try, from several goroutines at once; nil for nobody

	Timeout    time.Duration // of one try, its answer included; 0 for [DefaultTimeout]
	BackOff    time.Duration // before the second try; 0 for [DefaultBackOff]
	MinuteWait time.Duration // after 45011 where rate_limit.refresh_second is not known; 0 for [DefaultMinuteWait]

	Now   func() time.Time                           // nil for time.Now
	Sleep func(context.Context, time.Duration) error // waits, or returns the context's error; nil for a real wait
}

// A Call is one try, for a log. It holds no query, no token and no secret.
type Call struct {
	Path       string
	Attempt    int           // from 1
	HTTPStatus int           // 0 when there was no answer
	Errcode    int           // 0 when there was none
	RID        string        // of an error
	SeqID      string        // header x-openapi-seqid: that of a call through the open-interface service; else empty
	Duration   time.Duration // from sending to the end of the answer
	Err        string        // empty when all is well
}

// A Client is the connection of one account. It has no method that calls
// WeChat: make a [Reader] or a [Deleter] of it. It may be used by several
// goroutines at once.
type Client struct {
	wire  *wire
	token TokenSource
}

// New returns the client that c describes.
func New(c Config) (*Client, error) {
	if err := c.checkWay(); err != nil {
		return nil, err
	}
	w, err := newWire(c)
	if err != nil {
		return nil, err
	}
	return &Client{wire: w, token: c.Token}, nil
}

// Calls returns how many requests were really sent, repetitions included, by
// path. Those of the token source are not among them.
func (c *Client) Calls() map[string]int { return c.wire.sent() }

// Skew returns how much this machine's clock is ahead of the server's, and
// false while no answer with a Date has come. A Date has whole seconds, so up
// to a second and the answer's way are noise.
func (c *Client) Skew() (time.Duration, bool) {
	c.wire.mu.Lock()
	defer c.wire.mu.Unlock()
	return c.wire.skew, c.wire.dated
}

// call makes one request with the account's token, or none when the way does not
// take it.
func (c *Client) call(ctx context.Context, r request) (unclear bool, err error) {
	if err := c.Way().refusal(r.path); err != nil {
		return false, err
	}
	return c.wire.do(ctx, r, c.token, nil)
}

// A wire is what all calls of an account share. The token source has one of
// its own.
type wire struct {
	endpoints []string // at least one, without a slash at the end
	http      *http.Client
	config    Config // with defaults filled in

	mu      sync.Mutex
	at      int // the endpoint that worked last
	calls   map[string]int
	windows map[string]*window // by path
	skew    time.Duration
	dated   bool
}

func newWire(c Config) (*wire, error) {
	endpoints, err := c.endpoints()
	if err != nil {
		return nil, err
	}
	if err := c.fill(); err != nil {
		return nil, err
	}
	return &wire{
		endpoints: endpoints,
		config:    c,
		calls:     map[string]int{},
		windows:   map[string]*window{},
		http: &http.Client{
			// go-retryablehttp closes all idle connections after a failed
			// call, and those of other accounts with them: hide the method.
			Transport: struct{ http.RoundTripper }{c.HTTP},
			Timeout:   c.Timeout,
			// A redirect would carry the token to somebody else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// fill puts defaults in place of zeros.
func (c *Config) fill() error {
	if c.HTTP == nil {
		t, err := NewTransport(Transport{})
		if err != nil {
			return err
		}
		c.HTTP = t
	}
	if c.Pace == nil {
		c.Pace = NewPace(0, 0)
	}
	if c.Trace == nil {
		c.Trace = func(Call) {}
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.BackOff == 0 {
		c.BackOff = DefaultBackOff
	}
	if c.MinuteWait == 0 {
		c.MinuteWait = DefaultMinuteWait
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func checkEndpoints(all []string) ([]string, error) {
	checked := make([]string, len(all))
	for i, s := range all {
		var err error
		if checked[i], err = checkEndpoint(s); err != nil {
			return nil, err
		}
	}
	return checked, nil
}

// checkEndpoint refuses an address to which a token must not be sent.
func checkEndpoint(s string) (string, error) {
	if s == "" {
		return DefaultEndpoint, nil
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "", errors.New("endpoint is not a URL such as " + DefaultEndpoint)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("endpoint must not have a user, a query or a fragment")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return "", fmt.Errorf("endpoint %s: plain http would show the token to everybody; use https", s)
	}
	return strings.TrimRight(u.String(), "/"), nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (w *wire) sent() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.calls)
}

func (w *wire) count(path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[path]++
}

// sawDate compares the clocks.
func (w *wire) sawDate(h http.Header) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.skew, w.dated = w.config.Now().Sub(date), true
}
