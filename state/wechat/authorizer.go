package wechat

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"wxkeep/state"
)

// An Authorizer is an account that has authorised a third-party platform.
type Authorizer struct {
	AppID string

	// Refresh gives the account's authorizer_refresh_token. It is called before
	// each fetch, once more when what it gave was refused, and its errors are
	// shown. Nil looks the token up among the accounts of the platform.
	Refresh func(context.Context) (string, error)

	// Rotated hears that WeChat has put the refresh token renewed in the place
	// of old, before the access token that came with it is used: without
	// renewed, the account may have to authorise the platform again. An error
	// ends the account's run. Not called for a token that was looked up, which
	// WeChat remembers itself; nil when nobody keeps it.
	Rotated func(ctx context.Context, old, renewed string) error
}

// An AuthorizerToken fetches authorizer_access_tokens: those with which a
// platform calls the API for an account.
//
// Source: wechat-api.md section 4.
type AuthorizerToken struct {
	component *Component
	account   Authorizer
	cache     tokenCache

	// The fetch under way has these.
	given  string // what Refresh gave last
	newest string // what WeChat has put in its place
	lost   bool   // an answer was lost in which WeChat may have renewed that
}

// Authorizer returns a source of the tokens of an account.
func (c *Component) Authorizer(a Authorizer) *AuthorizerToken {
	t := &AuthorizerToken{component: c, account: a}
	t.cache = tokenCache{fetch: t.fetch, now: c.wire.config.Now}
	return t
}

// Token returns a token; see [TokenSource]. It is fetched once for all callers,
// and again when it is about to expire or was refused.
func (t *AuthorizerToken) Token(ctx context.Context, refused string) (string, error) {
	return t.cache.Token(ctx, refused)
}

// The refresh token is not valid or not the newest, or has expired.
var refreshRefused = map[int]bool{61023: true, 42002: true}

// answerTime is how long a fetch goes on after its run was interrupted: its
// answer may hold the only copy of a refresh token.
const answerTime = 10 * time.Second

// fetch makes a token. A refresh token that is refused may have been renewed in
// the meantime, so it is asked for once more.
func (t *AuthorizerToken) fetch(ctx context.Context) (string, time.Duration, error) {
	held, err := t.refreshToken(ctx)
	if err != nil {
		return "", 0, err
	}
	sent := held
	g, err := t.exchange(ctx, sent)
	if e, ok := errors.AsType[*Error](err); ok && refreshRefused[e.Code] {
		var found bool
		if held, sent, found = t.another(ctx, held); found {
			g, err = t.exchange(ctx, sent)
		}
	}
	if err == nil {
		err = t.keep(ctx, held, cmp.Or(g.refresh, sent))
	}
	if err != nil {
		return "", 0, err
	}
	return g.token, g.life, nil
}

// another looks for a refresh token in the place of a refused one: one that
// somebody else has put there since, or, when an answer with a new one may have
// been lost, one that WeChat lists. held is what the place has.
func (t *AuthorizerToken) another(ctx context.Context, refused string) (held, sent string, found bool) {
	held, err := t.refreshToken(ctx)
	sent = held
	if err == nil && held == refused && t.lost && t.account.Refresh != nil {
		sent, err = t.component.fleet.take(ctx, t.component, t.account.AppID)
	}
	return held, sent, err == nil && sent != refused
}

// refreshToken returns the newest refresh token that is known. What Refresh gives
// may be older: a variable cannot be written.
func (t *AuthorizerToken) refreshToken(ctx context.Context) (string, error) {
	if t.account.Refresh == nil {
		return t.component.fleet.take(ctx, t.component, t.account.AppID)
	}
	given, err := readSecret(ctx, "refresh_token", t.account.Refresh)
	switch {
	case err != nil:
		return "", err
	case given == t.given:
		return t.newest, nil
	}
	t.given, t.newest = given, given
	return given, nil
}

// A granted is an answer of api_authorizer_token.
type granted struct {
	token   string
	life    time.Duration
	refresh string // empty: as before
}

// exchange calls api_authorizer_token.
func (t *AuthorizerToken) exchange(ctx context.Context, refresh string) (g granted, err error) {
	ctx, end := outlasting(ctx, answerTime)
	defer end()
	body := struct {
		Component string `json:"component_appid"`
		AppID     string `json:"authorizer_appid"`
		Refresh   string `json:"authorizer_refresh_token"`
	}{t.component.appid, t.account.AppID, refresh}
	lost, err := t.component.call(ctx, pathAuthorizerToken, body, []string{refresh}, func(body io.Reader) (err error) {
		g, err = readGranted(body)
		return err
	})
	t.lost = err != nil && (t.lost || lost)
	return g, err
}

// readGranted reads an answer of api_authorizer_token.
func readGranted(body io.Reader) (g granted, err error) {
	g.token, g.life, err = readToken(body, "authorizer_access_token", func(s *scanner, key []byte) error {
		if string(key) == "authorizer_refresh_token" {
			return s.text(&g.refresh)
		}
		return s.skip()
	})
	return g, err
}

// keep hands a renewed refresh token to whoever keeps it, even when the run was
// interrupted in the meantime.
func (t *AuthorizerToken) keep(ctx context.Context, old, renewed string) error {
	if renewed == old || t.account.Refresh == nil {
		return nil
	}
	t.newest = renewed
	if t.account.Rotated == nil {
		return nil
	}
	if err := t.account.Rotated(context.WithoutCancel(ctx), old, renewed); err != nil {
		return fmt.Errorf("%w: WeChat renewed the refresh token of %s, and the new one could not be kept: %s; the old one may be dead: leave refresh_token out, and it is looked up",
			state.ErrCredential, t.account.AppID, err.Error())
	}
	return nil
}

// outlasting returns a context that ends so long after ctx, or when the returned
// function is called.
func outlasting(ctx context.Context, d time.Duration) (context.Context, func()) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(d, cancel) })
	return longer, func() { stop(); cancel() }
}
