package wechat

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"wxkeep/state"
)

// How often a call is made, by the cause of its repetition.
const (
	maxBusy    = 5  // tries that ended in busy
	maxUnseen  = 3  // tries that never found the server
	maxMinutes = 30 // waits for the limit a minute, ours and WeChat's each
)

// A call is one request with its repetitions. Its check and prepare are the
// hooks of go-retryablehttp, whose loop is the only one: check reads the answer
// itself, because HTTP status 200 hides an errcode that asks for another try,
// and a body may be cut after it.
type call struct {
	ctx     context.Context // the caller's
	wire    *wire
	request request
	source  TokenSource // nil for a call without a token
	token   string      // of this try
	secrets []string

	tries, busy, minutes int
	renewed              bool          // the token was refused before
	renew                bool          // the next try needs another token
	same                 bool          // the token renewed is the one that was refused
	wait                 time.Duration // before the next try
	began                time.Time     // this try
	connected            atomic.Bool   // this try got a connection
	at                   int           // the endpoint of this try
	passed               int           // tries that got no connection, while none had
	reached              bool          // any try did
	unclear              bool          // an answer was lost
	settled              bool          // err is final
	err                  error
}

// check reads the answer of one try and decides about another one. It never
// returns an error: that would not say more than c.err.
func (c *call) check(ctx context.Context, resp *http.Response, err error) (bool, error) {
	defer c.wire.config.Pace.leave()
	c.tries++
	connected := c.connected.Swap(false) && !dialled(err)
	c.reached = c.reached || connected
	if resp == nil {
		c.err = c.unreached(ctx, err, connected)
	} else {
		c.err = c.read(ctx, resp)
	}
	c.unclear = c.unclear || unanswered(c.err)
	c.settled = !c.again(ctx)
	if c.settled {
		c.nameHosts()
	}
	c.trace(resp)
	return !c.settled, nil
}

// unreached sorts out a try without an answer.
func (c *call) unreached(ctx context.Context, err error, connected bool) error {
	if ctx.Err() != nil {
		f := c.interrupted(ctx)
		f.lost = connected
		return f
	}
	condition := state.ErrBusy
	if !c.reached {
		condition = state.ErrUnreachable
	}
	f := c.failure(condition, plainText(err, c.secrets))
	f.lost = connected
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	if untrusted {
		f.Reason += "; a private CA can be trusted with --ca-file"
	}
	f.retry = !untrusted && !errors.Is(err, http.ErrSchemeMismatch) // these will be the same next time
	return f
}

// read sorts out an answer, and leaves its connection fit for another request.
func (c *call) read(ctx context.Context, resp *http.Response) error {
	defer drain(resp.Body)
	c.wire.sawDate(resp.Header)
	if resp.StatusCode != http.StatusOK {
		return c.status(resp)
	}
	err := c.request.decode(&capped{r: resp.Body, limit: c.request.limit})
	if err == nil {
		return nil
	}
	if r, ok := errors.AsType[*refusal](err); ok {
		e := newError(c.request.path, r.code, r.msg, c.secrets)
		c.wire.config.Way.advise(e)
		c.wire.config.adviseCloud(e)
		return e
	}
	if ctx.Err() != nil {
		f := c.interrupted(ctx)
		f.lost = true
		return f
	}
	return c.unreadable(err)
}

// status sorts out an answer that is not WeChat's own: business errors come
// with status 200.
func (c *call) status(resp *http.Response) error {
	reason := fmt.Sprintf("HTTP status %d", resp.StatusCode)
	if c.wire.config.bare() && resp.StatusCode == http.StatusBadGateway {
		reason += cloudStatus
	}
	switch {
	case resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests:
		f := c.failure(state.ErrBusy, reason)
		f.retry, f.lost = true, true
		return f
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return c.failure(state.ErrStop, reason+", a redirect"+target(resp)+", which is never followed: check the endpoint")
	}
	return c.failure(state.ErrStop, reason+": check the endpoint")
}

// target names the host of a redirect; the rest may hold the token.
func target(resp *http.Response) string {
	u, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || u.Hostname() == "" {
		return ""
	}
	return " to " + oneLine(u.Hostname())
}

// unreadable sorts out a body that does not hold what it should. One that is
// JSON will be the same next time; a cut one, or a gateway's page, may not.
func (c *call) unreadable(err error) error {
	_, syntax := errors.AsType[*syntaxError](err)
	_, content := errors.AsType[*contentError](err)
	_, size := errors.AsType[*sizeError](err)
	f := c.failure(state.ErrBusy, plainText(err, c.secrets))
	f.lost = true
	switch {
	case content, size:
		f.condition = state.ErrStop
	case syntax:
		f.condition, f.retry = state.ErrStop, true
	default:
		f.retry = true
		f.Reason = "answer cut: " + f.Reason
	}
	if c.request.apart && errors.Is(f.condition, state.ErrStop) {
		f.condition = state.ErrItem
	}
	return f
}

func (c *call) failure(condition error, reason string) *Failure {
	return &Failure{Path: c.request.path, Tries: c.tries, Reason: reason, condition: condition}
}

func (c *call) interrupted(ctx context.Context) *Failure {
	err := ctx.Err()
	if err == nil {
		err = context.DeadlineExceeded // a wait that would outlast the context
	}
	return c.failure(err, "interrupted")
}

// again decides about another try, and what has to come before it.
func (c *call) again(ctx context.Context) bool {
	if c.err == nil || ctx.Err() != nil {
		return false
	}
	e, answered := errors.AsType[*Error](c.err)
	f, failed := errors.AsType[*Failure](c.err)
	switch {
	case c.request.optional && (answered && !e.Is(state.ErrBusy) || c.tries > 1):
		return false
	case answered && c.request.tokenRefused(e.Code) && c.source != nil:
		if c.renewed {
			c.explain(e)
			return false
		}
		c.renewed, c.renew, c.wait = true, true, 0
		return true
	case answered && e.Code == minuteLimit:
		c.minutes++
		w := c.wire.window(c.request.path)
		w.hold()
		c.wait = w.refresh(c.wire.config.MinuteWait)
		return c.minutes <= maxMinutes
	case answered && e.Is(state.ErrBusy), failed && f.retry:
		if failed && !c.reached && c.elsewhere() {
			return true
		}
		c.busy++
		c.wait = jitter(c.wire.config.BackOff << (c.busy - 1))
		if failed && !c.reached && e == nil {
			return c.busy < maxUnseen
		}
		return c.busy < maxBusy
	}
	return false
}

// jitter spreads d over half of it to one and a half, so that callers that
// failed together do not come back together.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d+1) }

// noBackoff lets prepare do the waiting, where the clock may be pretended.
func noBackoff(time.Duration, time.Duration, int, *http.Response) time.Duration { return 0 }

func (c *call) trace(resp *http.Response) {
	t := Call{Path: c.request.path, Attempt: c.tries, Duration: c.wire.config.Now().Sub(c.began)}
	if resp != nil {
		t.HTTPStatus = resp.StatusCode
		if id := resp.Header.Get("X-Openapi-Seqid"); id != "" {
			t.SeqID = scrub(oneLine(id), c.secrets)
		}
	}
	if e, ok := errors.AsType[*Error](c.err); ok {
		t.Errcode, t.RID = e.Code, e.RID
	}
	if c.err != nil {
		t.Err = c.err.Error()
	}
	c.wire.config.Trace(t)
}

// drain reads what little may be left of a body, so that its connection can be
// used again, and closes it.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 64<<10)
	_ = body.Close()
}
