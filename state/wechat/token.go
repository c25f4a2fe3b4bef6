package wechat

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"wxkeep/state"
)

// A TokenSource gives access tokens. Its errors hold neither a token nor a
// secret, and are [state.ErrCredential] when a secret cannot be had or is
// refused.
type TokenSource interface {
	// Token returns a token. refused is the one that WeChat has just refused,
	// or empty: the source then looks whether there is another one. It may be
	// called by several goroutines at once.
	Token(ctx context.Context, refused string) (string, error)
}

const (
	maxFetches   = 50          // tokens fetched in a run
	expiryMargin = time.Minute // a token is renewed so long before its end
	confirmedFor = time.Minute // a refused token that was fetched again is not fetched once more for so long
)

// A tokenCache fetches a token once for everybody who wants one.
type tokenCache struct {
	fetch func(context.Context) (token string, life time.Duration, err error) // life 0: not known
	now   func() time.Time
	// lasting: it is renewed for as long as the run takes, so only what was
	// fetched because of a refusal counts.
	lasting bool

	mu        sync.Mutex
	token     string
	expires   time.Time // zero: not known
	confirmed time.Time // when a fetch last gave the same token again
	fetches   int
	dead      error   // no token any more in this run
	flight    *flight // the fetch under way
}

// A flight is one fetch. token and err may be read when done is closed.
type flight struct {
	done  chan struct{}
	token string
	err   error
}

func (t *tokenCache) Token(ctx context.Context, refused string) (string, error) {
	for {
		token, f, first, err := t.board(refused)
		if f == nil {
			return token, err
		}
		if first {
			t.fly(ctx, f)
			return f.token, f.err
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("waiting for an access token: %w", ctx.Err())
		case <-f.done:
		}
		// Somebody else's interruption is not ours.
		if !errors.Is(f.err, context.Canceled) && !errors.Is(f.err, context.DeadlineExceeded) {
			return f.token, f.err
		}
	}
}

// board returns the token at hand, or the fetch to wait for, and whether the
// caller is the one to do it.
func (t *tokenCache) board(refused string) (token string, f *flight, first bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.dead != nil:
		return "", nil, false, t.dead
	case t.flight != nil:
		return "", t.flight, false, nil
	case t.usable(refused):
		return t.token, nil, false, nil
	case t.fetches == maxFetches:
		t.dead = fmt.Errorf("%w: %d access tokens were fetched in this run; somebody else may be renewing them all the time", state.ErrCredential, maxFetches)
		return "", nil, false, t.dead
	}
	if !t.lasting || refused != "" {
		t.fetches++
	}
	t.flight = &flight{done: make(chan struct{})}
	return "", t.flight, true, nil
}

func (t *tokenCache) usable(refused string) bool {
	now := t.now()
	switch {
	case t.token == "":
		return false
	case !t.expires.IsZero() && !now.Before(t.expires):
		return false
	case t.token != refused:
		return true
	}
	return !t.confirmed.IsZero() && now.Before(t.confirmed.Add(confirmedFor))
}

// fly does the fetch f.
func (t *tokenCache) fly(ctx context.Context, f *flight) {
	asked := t.now()
	token, life, err := t.fetch(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	defer close(f.done)
	t.flight = nil
	f.token, f.err = token, err
	if err != nil {
		if final(err) {
			t.dead = err
		}
		return
	}
	t.confirmed = time.Time{}
	if token == t.token {
		t.confirmed = t.now()
	}
	t.token, t.expires = token, time.Time{}
	if life > 0 {
		t.expires = asked.Add(life - min(expiryMargin, life/2))
	}
}

// final reports whether asking for a token again would end the same way.
func final(err error) bool {
	for _, condition := range []error{state.ErrCredential, state.ErrNotGranted, state.ErrQuota, state.ErrStop} {
		if errors.Is(err, condition) {
			return true
		}
	}
	return false
}

// An adviser is a token source that knows why its tokens may be refused twice.
type adviser interface {
	// advice says what to do next. same tells that the second token was the
	// first one again.
	advice(same bool) string
}

// explain says of a token that was renewed and refused again what to do next.
func (c *call) explain(e *Error) {
	if a, ok := c.source.(adviser); ok {
		e.Advice = a.advice(c.same)
	}
}

// An AccessToken is a token that somebody else renews.
type AccessToken struct {
	From string // where it comes from, such as "file token.txt"; for messages, may be empty

	cache tokenCache
}

// NewAccessToken returns a source of the token that read gives, from a
// variable, a file or a command. It is read once, and again when it was
// refused.
func NewAccessToken(read func(context.Context) (string, error)) *AccessToken {
	return newAccessToken("access token", read)
}

func newAccessToken(what string, read func(context.Context) (string, error)) *AccessToken {
	a := &AccessToken{cache: tokenCache{now: time.Now}}
	a.cache.fetch = func(ctx context.Context) (string, time.Duration, error) {
		token, err := readSecret(ctx, what, read)
		return token, 0, err
	}
	return a
}

// Token returns the token; see [TokenSource].
func (a *AccessToken) Token(ctx context.Context, refused string) (string, error) {
	return a.cache.Token(ctx, refused)
}

// advice names the token's place, and what ends tokens early there.
//
// Source: wechat-api.md sections 3 and 5.
func (a *AccessToken) advice(same bool) string {
	from := a.From
	if from == "" {
		from = "the source of the access token"
	}
	found := " gave another token, which was refused, too"
	if same {
		found = " still gives the token that was refused"
	}
	return from + found + ": let your token service renew it, and see that nobody else renews tokens with /cgi-bin/token," +
		" which ends the one before; check that it is an access_token (not a cloudbase_access_token) of the account with account.appid"
}

// readSecret calls read and makes its error a condition. That is not wrapped: a
// command's own timeout must not look like the end of the run.
func readSecret(ctx context.Context, what string, read func(context.Context) (string, error)) (string, error) {
	secret, err := read(ctx)
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("reading the %s: %w", what, ctx.Err())
	case err != nil:
		return "", fmt.Errorf("%w: %s: %s", state.ErrCredential, what, err.Error())
	case secret == "":
		return "", fmt.Errorf("%w: the %s is empty", state.ErrCredential, what)
	}
	return secret, nil
}
