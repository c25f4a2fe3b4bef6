package wechat

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// The calls of a third-party platform (wechat-api.md section 4).
const (
	pathComponentToken  = "/cgi-bin/component/api_component_token"
	pathAuthorizerToken = "/cgi-bin/component/api_authorizer_token"
	pathAuthorizerList  = "/cgi-bin/component/api_get_authorizer_list"
)

// A Component is a third-party platform (第三方平台), which is called by its
// component_appid and acts for the accounts that have authorised it. By itself it
// can do nothing but give their tokens; see [Component.Authorizer].
//
// One Component serves all accounts of a run, so that its own token is fetched
// once. It may be used by several goroutines at once.
//
// Source: wechat-api.md section 4.
type Component struct {
	wire  *wire
	appid string
	query string // what the parameter with the platform's token is called
	own   TokenSource
	fleet fleet
}

// NewComponent returns the platform componentAppID. Of c, Token and Way are not
// used. tokenQuery is the name under which the platform's own token is sent:
// component_access_token, as in older pages of the documentation and in all SDKs,
// or access_token, as newer pages print it (wechat-api.md section 12). own gives
// that token: of [NewComponentToken] or [NewComponentAccessToken].
func NewComponent(c Config, componentAppID, tokenQuery string, own TokenSource) (*Component, error) {
	if tokenQuery != "component_access_token" && tokenQuery != "access_token" {
		return nil, fmt.Errorf("token_query %q is neither component_access_token nor access_token", tokenQuery)
	}
	w, err := newPlatformWire(c)
	if err != nil {
		return nil, err
	}
	return &Component{wire: w, appid: componentAppID, query: tokenQuery, own: own, fleet: newFleet()}, nil
}

// newPlatformWire is newWire for the calls of a platform itself.
func newPlatformWire(c Config) (*wire, error) {
	c.Way = Platform
	return newWire(c)
}

// Calls returns how many requests were really sent for the accounts' tokens, by
// path. Those for the platform's own token are not among them.
func (c *Component) Calls() map[string]int { return c.wire.sent() }

// call makes one request with the platform's own token; unclear as with wire.do.
func (c *Component) call(ctx context.Context, path string, body any, secrets []string, decode func(io.Reader) error) (unclear bool, err error) {
	r := request{method: http.MethodPost, path: path, body: body, limit: maxSmall, tokenQuery: c.query, decode: decode}
	return c.wire.do(ctx, r, c.own, secrets)
}

// A ComponentToken makes component_access_tokens with the platform's secret and
// the ticket that WeChat pushes to it.
//
// Source: wechat-api.md section 4.
type ComponentToken struct {
	wire           *wire
	appid          string
	secret, ticket func(context.Context) (string, error)
	cache          tokenCache
}

// NewComponentToken returns a source of the tokens of the platform
// componentAppID. Of c, Token and Way are not used. secret gives its
// component_appsecret, ticket its newest component_verify_ticket, which WeChat
// pushes every ten minutes and which lives for 12 hours; both are called before
// each fetch, and their errors are shown.
func NewComponentToken(c Config, componentAppID string, secret, ticket func(context.Context) (string, error)) (*ComponentToken, error) {
	w, err := newPlatformWire(c)
	if err != nil {
		return nil, err
	}
	t := &ComponentToken{wire: w, appid: componentAppID, secret: secret, ticket: ticket}
	t.cache = tokenCache{fetch: t.fetch, now: w.config.Now}
	return t, nil
}

// Token returns a token; see [TokenSource]. It is fetched once for all callers,
// and again when it is about to expire or was refused.
func (t *ComponentToken) Token(ctx context.Context, refused string) (string, error) {
	return t.cache.Token(ctx, refused)
}

// Calls returns how many requests were really sent, by path.
func (t *ComponentToken) Calls() map[string]int { return t.wire.sent() }

func (t *ComponentToken) fetch(ctx context.Context) (token string, life time.Duration, err error) {
	secret, err := readSecret(ctx, "component_appsecret", t.secret)
	if err != nil {
		return "", 0, err
	}
	ticket, err := readSecret(ctx, "component_verify_ticket", t.ticket)
	if err != nil {
		return "", 0, err
	}
	r := request{
		method: http.MethodPost,
		path:   pathComponentToken,
		limit:  maxSmall,
		body: struct {
			AppID  string `json:"component_appid"`
			Secret string `json:"component_appsecret"`
			Ticket string `json:"component_verify_ticket"`
		}{t.appid, secret, ticket},
		decode: func(body io.Reader) (err error) {
			token, life, err = readToken(body, "component_access_token", (*scanner).skipKey)
			return err
		},
	}
	if _, err := t.wire.do(ctx, r, nil, []string{secret, ticket}); err != nil {
		return "", 0, err
	}
	return token, life, nil
}

// NewComponentAccessToken returns a source of the component_access_token that
// somebody else renews, and read gives, from a variable, a file or a command. It
// is read once, and again when it was refused.
func NewComponentAccessToken(read func(context.Context) (string, error)) *AccessToken {
	return newAccessToken("component_access_token", read)
}
