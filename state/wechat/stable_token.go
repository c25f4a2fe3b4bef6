package wechat

import (
	"context"
	"io"
	"net/http"
	"time"
)

const pathStableToken = "/cgi-bin/stable_token"

// A StableToken fetches tokens with the account's AppSecret, in the mode in
// which several programs can share one: never force_refresh, which would kill
// the token that production uses.
//
// Source: wechat-api.md section 3.
type StableToken struct {
	wire   *wire
	appid  string
	secret func(context.Context) (string, error)
	cache  tokenCache
}

// NewStableToken returns a source of tokens of the account appid. Of c, Token
// is not used. secret is called before each fetch; its errors are shown.
func NewStableToken(c Config, appid string, secret func(context.Context) (string, error)) (*StableToken, error) {
	w, err := newWire(c)
	if err != nil {
		return nil, err
	}
	s := &StableToken{wire: w, appid: appid, secret: secret}
	s.cache = tokenCache{fetch: s.fetch, now: w.config.Now}
	return s, nil
}

// Token returns a token; see [TokenSource]. It is fetched once for all callers,
// and again when it is about to expire or was refused.
func (s *StableToken) Token(ctx context.Context, refused string) (string, error) {
	return s.cache.Token(ctx, refused)
}

// Calls returns how many requests were really sent, by path.
func (s *StableToken) Calls() map[string]int { return s.wire.sent() }

// advice names who can end a token of stable_token early: /cgi-bin/token cannot.
func (s *StableToken) advice(bool) string {
	return "stable_token gives tokens that are refused: another program may be calling it with force_refresh all the time; stop that, then run again in a few minutes"
}

func (s *StableToken) fetch(ctx context.Context) (token string, life time.Duration, err error) {
	secret, err := readSecret(ctx, "app secret", s.secret)
	if err != nil {
		return "", 0, err
	}
	r := request{
		method: http.MethodPost,
		path:   pathStableToken,
		limit:  maxSmall,
		body: struct {
			GrantType string `json:"grant_type"`
			AppID     string `json:"appid"`
			Secret    string `json:"secret"`
		}{"client_credential", s.appid, secret},
		decode: func(body io.Reader) (err error) {
			token, life, err = readToken(body, "access_token", (*scanner).skipKey)
			return err
		},
	}
	if _, err := s.wire.do(ctx, r, nil, []string{secret}); err != nil {
		return "", 0, err
	}
	return token, life, nil
}

// readToken reads an answer with a token, which has this name. expires_in is what
// is left of its life, in seconds; every other key goes to other.
func readToken(body io.Reader, name string, other func(s *scanner, key []byte) error) (string, time.Duration, error) {
	var token string
	var seconds int64
	_, err := readAnswer(body, func(s *scanner, key []byte) error {
		switch string(key) {
		case name:
			return s.text(&token)
		case "expires_in":
			return s.integer(&seconds)
		}
		return other(s, key)
	})
	switch {
	case err != nil:
		return "", 0, err
	case token == "":
		return "", 0, unexpected("no %s", name)
	case seconds <= 0 || seconds > 30*24*3600:
		return "", 0, unexpected("expires_in is %d", seconds)
	}
	return token, time.Duration(seconds) * time.Second, nil
}

// skipKey passes over the value of a key that nobody wants.
func (s *scanner) skipKey([]byte) error { return s.skip() }
