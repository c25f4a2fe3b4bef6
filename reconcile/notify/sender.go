package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// The patience of a [Sender].
const (
	sendTime = 10 * time.Second
	sendWait = time.Second // before the second try; the third comes after twice as long
	tries    = 3
	maxWait  = 4 * time.Second
)

// maxAnswer is as much of an answer as is read.
const maxAnswer = 64 << 10

// A Sender sends messages.
type Sender struct {
	Transport http.RoundTripper // nil for Go's own
	Now       func() time.Time  // for signatures; nil for the clock
	Time      time.Duration     // for one message, with all tries; 0 for 10 s
	Wait      time.Duration     // before a second try; 0 for 1 s
}

// Send tells every channel that wants to know, all at once. It returns an error
// for each that could not be told, without a secret in it.
func (s Sender) Send(ctx context.Context, channels []Channel, r Run) []error {
	failures := make([]error, len(channels))
	var sending sync.WaitGroup
	for i, c := range channels {
		accounts := about(c, r)
		if len(accounts) == 0 {
			continue
		}
		sending.Go(func() {
			if err := s.send(ctx, c, r, accounts); err != nil {
				failures[i] = fmt.Errorf("%s: %w", c.Name, err)
			}
		})
	}
	sending.Wait()
	var errs []error
	for _, err := range failures {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

func (s Sender) send(ctx context.Context, c Channel, r Run, accounts []told) error {
	u, err := c.address()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, or(s.Time, sendTime))
	defer cancel()
	to, body := s.pack(c, *u, r, accounts)
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, to.String(), body)
	if err != nil {
		return errURL
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "wxkeep")
	resp, err := s.client(c.Service.busy).Do(req)
	if err != nil {
		return cause(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return cause(ctx, err)
	}
	return c.Service.judge(resp.StatusCode, answer, []string{u.RequestURI(), u.User.String(), c.Sign})
}

func or(d, usual time.Duration) time.Duration {
	if d == 0 {
		return usual
	}
	return d
}

// pack makes the request of a message.
func (s Sender) pack(c Channel, to url.URL, r Run, accounts []told) (url.URL, []byte) {
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	switch c.Service {
	case WeCom:
		return to, wecom(compose(r, accounts))
	case DingTalk:
		if c.Sign != "" {
			to = signDingTalk(to, c.Sign, now())
		}
		return to, dingtalk(compose(r, accounts))
	case Feishu:
		var timestamp, sign string
		if c.Sign != "" {
			timestamp, sign = signFeishu(c.Sign, now())
		}
		return to, feishu(compose(r, accounts), timestamp, sign)
	case Slack:
		return to, slack(compose(r, accounts))
	case Webhook:
	}
	return to, write(document(r, accounts))
}

// client is one that tries again where that may help: without a connection, after
// HTTP 429 and 5xx, and when busy says so of an answer.
func (s Sender) client(busy func(answer []byte) bool) *retryablehttp.Client {
	c := retryablehttp.NewClient()
	c.Logger = nil // it writes URLs
	c.HTTPClient = &http.Client{Transport: s.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	c.RetryMax, c.RetryWaitMin, c.RetryWaitMax = tries-1, or(s.Wait, sendWait), maxWait
	c.Backoff = func(least, most time.Duration, try int, resp *http.Response) time.Duration {
		return min(retryablehttp.DefaultBackoff(least, most, try, resp), most) // whatever Retry-After says
	}
	c.ErrorHandler = retryablehttp.PassthroughErrorHandler
	c.CheckRetry = func(ctx context.Context, resp *http.Response, err error) (bool, error) {
		again, failed := retryablehttp.DefaultRetryPolicy(ctx, resp, err)
		if again || failed != nil || err != nil || busy == nil {
			return again, failed
		}
		answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(answer), failing{err}), resp.Body}
		return err != nil || busy(answer), nil
	}
	return c
}

// failing gives the error with which reading ended.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}

var errInterrupted = errors.New("interrupted before it was sent")
