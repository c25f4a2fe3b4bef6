package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"

	"github.com/hashicorp/go-retryablehttp"

	"wxkeep/state"
)

// A request is one call of the API. It may be sent several times.
type request struct {
	method string
	path   string     // such as /cgi-bin/material/del_material
	query  url.Values // besides the token
	body   any        // encoded as JSON unless it is a *form; nil for none
	limit  int64      // bytes of an answer
	apart  bool       // an answer that cannot be read is [state.ErrItem], not [state.ErrStop]

	// optional is a call that nobody needs: a token or a minute's limit that is
	// in its way is not waited for, and it is tried once more at most.
	optional bool

	tokenQuery string // what the token of a platform is called in the query; empty for an account's access_token

	// decode reads an answer. It begins anew each time, and what it found
	// counts only when it returned nil.
	decode func(io.Reader) error
}

// do sends r until there is an answer, with a token of source (none when that
// is nil) in the query. secrets are what no error may hold. unclear tells that
// the call may have had an effect at a try whose answer was lost.
func (w *wire) do(ctx context.Context, r request, source TokenSource, secrets []string) (unclear bool, err error) {
	c := &call{ctx: ctx, wire: w, request: r, source: source, secrets: secrets, at: w.best()}
	first, err := c.first(ctx)
	if err != nil {
		return false, err
	}
	client := &retryablehttp.Client{
		HTTPClient:   w.http,
		RetryMax:     maxBusy*len(w.endpoints) + maxMinutes + 1, // the bounds of each cause are in again
		CheckRetry:   c.check,
		Backoff:      noBackoff,
		PrepareRetry: c.prepare,
		ErrorHandler: retryablehttp.PassthroughErrorHandler, // its own would print the URL
	}
	_, err = client.Do(first) //nolint:bodyclose // check reads and closes every body
	if err != nil && !c.settled {
		c.err = c.interrupted(ctx) // while waiting
	}
	return c.unclear, c.err
}

// first prepares the first try.
func (c *call) first(ctx context.Context) (*retryablehttp.Request, error) {
	body, kind, err := encode(c.request.body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.request.path, err)
	}
	if err := c.getToken(ctx); err != nil {
		return nil, err
	}
	r, err := retryablehttp.NewRequestWithContext(c.watch(ctx), c.request.method, c.wire.endpoints[c.at]+c.request.path, body)
	if err != nil {
		return nil, c.failure(state.ErrStop, plainText(err, c.secrets))
	}
	r.URL.RawQuery = c.query()
	r.Header.Set("User-Agent", "wxkeep")
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	if err := c.enter(ctx); err != nil {
		return nil, c.interrupted(ctx)
	}
	c.began = c.wire.config.Now()
	return r, nil
}

// enter waits until the pace of all calls and the window of this path let a try be
// sent. Who waits for a window lets others go first, but not for ever: then WeChat
// decides.
func (c *call) enter(ctx context.Context) error {
	config := c.wire.config
	for range maxMinutes {
		if err := config.Pace.enter(ctx); err != nil {
			return err
		}
		wait := c.wire.window(c.request.path).take(config.Now())
		if wait <= 0 {
			return nil
		}
		config.Pace.leave()
		if err := config.Sleep(ctx, wait); err != nil {
			return err
		}
	}
	return config.Pace.enter(ctx)
}

// encode returns v as JSON without escapes of <, > and &, which WeChat does not
// take (wechat-api.md section 1), or nil for nil, and its Content-Type.
func encode(v any) (body any, kind string, err error) {
	if v == nil {
		return nil, "", nil
	}
	if f, ok := v.(*form); ok {
		return f.body, f.kind, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, "", err
	}
	return b.Bytes(), "application/json", nil
}

// watch notes which tries got a connection, and counts the requests written:
// net/http repeats some by itself.
func (c *call) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) {
			c.connected.Store(true)
			c.wire.prefer(c.at)
		},
		WroteRequest: func(httptrace.WroteRequestInfo) { c.wire.count(c.request.path) },
	})
}

// getToken asks for a token, or for another one when the present was refused.
func (c *call) getToken(ctx context.Context) error {
	if c.source == nil {
		return nil
	}
	token, err := c.source.Token(ctx, c.token)
	if err != nil {
		return err
	}
	c.same = token == c.token
	c.token = token
	c.secrets = append(c.secrets, token)
	return nil
}

func (c *call) query() string {
	q := url.Values{}
	maps.Copy(q, c.request.query)
	c.wire.config.authorise(q, c.request.tokenQuery, c.token)
	return q.Encode()
}

// prepare waits before the next try and readies it.
func (c *call) prepare(r *http.Request) error {
	ctx := r.Context()
	c.settled = true // should one of these fail
	if err := c.wire.config.Sleep(ctx, c.wait); err != nil {
		c.err = c.interrupted(ctx)
		return err
	}
	if c.renew {
		c.renew = false
		if err := c.getToken(c.ctx); err != nil { // not watched: that would count its requests as ours
			c.err = err
			return err
		}
	}
	if err := c.address(r); err != nil {
		c.err = c.failure(state.ErrStop, plainText(err, c.secrets))
		return err
	}
	if err := c.enter(ctx); err != nil {
		c.err = c.interrupted(ctx)
		return err
	}
	c.settled = false
	c.began = c.wire.config.Now()
	return nil
}
