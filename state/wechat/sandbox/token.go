package sandbox

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"time"
)

const (
	tokenLife = 7200 * time.Second
	// tokenOverlap is how long before its end stable_token gives a new token,
	// and how long a token outlives the next call of /cgi-bin/token.
	tokenOverlap = 5 * time.Minute
)

// A token is an access_token of one account. Sandbox.mu guards it.
type token struct {
	value   string
	account *account
	expires time.Time // zero: never
	refused int       // the errcode that every further use gets; 0 while it lives
	uses    int
	cloud   bool // a cloudbase_access_token
}

// pretendSecret makes an AppSecret that anybody can see is none, and that no
// digest in hexadecimal looks like.
func pretendSecret(appid string) string {
	sum := sha256.Sum256([]byte("secret\x00" + appid))
	return "pretend-secret-" + base64.RawURLEncoding.EncodeToString(sum[:16])
}

// issue makes a new token. The text pretend-token in it is for tests that look
// for leaks.
func (s *Sandbox) issue(a *account, now time.Time) *token {
	a.issued++
	sum := sha512.Sum512(fmt.Appendf(nil, "token\x00%s\x00%d", a.appid, a.issued))
	t := &token{
		value:   "91_pretend-token-" + base64.RawURLEncoding.EncodeToString(sum[:]),
		account: a,
		expires: now.Add(tokenLife),
	}
	s.tokens[t.value] = t
	return t
}

// find returns the token with that value, or nil.
func (s *Sandbox) find(value string) *token {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens[value]
}

// stableToken is POST /cgi-bin/stable_token. In default mode it gives the same
// token until 5 minutes before its end. In force mode the token before dies at
// once.
//
// Source: wechat-api.md section 3.
func (c *call) stableToken() int {
	var q struct {
		GrantType string `json:"grant_type"`
		AppID     string `json:"appid"`
		Secret    string `json:"secret"`
		Force     bool   `json:"force_refresh"`
	}
	if code := c.decode(&q); code != 0 {
		return code
	}
	if code := c.login(q.GrantType, q.AppID, q.Secret); code != 0 {
		return code
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	t := c.account.stable
	if q.Force && t != nil {
		t.refused = 40001
	}
	if t == nil || t.refused != 0 || !c.now.Before(t.expires.Add(-tokenOverlap)) {
		t = c.s.issue(c.account, c.now)
		c.account.stable = t
	}
	c.writeToken(t)
	return 0
}

// token is GET /cgi-bin/token. Every call gives a new token; the one before
// lives for 5 minutes more. It and stable_token know nothing of each other.
//
// Source: wechat-api.md section 3.
func (c *call) token() int {
	if code := c.login(c.query.Get("grant_type"), c.query.Get("appid"), c.query.Get("secret")); code != 0 {
		return code
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if old := c.account.plain; old != nil && old.expires.After(c.now.Add(tokenOverlap)) {
		old.expires = c.now.Add(tokenOverlap)
	}
	c.account.plain = c.s.issue(c.account, c.now)
	c.writeToken(c.account.plain)
	return 0
}

func (c *call) writeToken(t *token) {
	fmt.Fprintf(c.out, `{"access_token":"%s","expires_in":%d}`, t.value, int(t.expires.Sub(c.now).Seconds()))
}

// login checks who asks for a token.
func (c *call) login(grant, appid, secret string) int {
	switch {
	case grant != "client_credential":
		return 40002
	case appid == "":
		return 41002
	case c.account == nil:
		return 40013
	case secret == "":
		return 41004
	case secret != c.account.secret:
		return 40125
	}
	return c.admitIP()
}

// admit checks the token of a call, spends one use of it and returns the
// errcode when it is refused.
func (c *call) admit() int {
	switch {
	case !c.query.Has("access_token"):
		return c.admitCloud()
	case c.query.Get("access_token") == "":
		return 41001
	case c.held == nil:
		return 40001
	}
	return c.use()
}

// use spends one use of the token held, or returns the errcode when it is
// refused.
func (c *call) use() int {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	t := c.held
	if t.refused == 0 && !t.expires.IsZero() && !c.now.Before(t.expires) {
		t.refused = 42001
	}
	if t.refused == 0 {
		t.refused = t.worn()
	}
	if t.refused == 0 {
		t.uses++
	}
	return t.refused
}

// worn returns the errcode for a token that a fault has given no further use,
// or 0.
func (t *token) worn() int {
	for _, f := range t.account.faults {
		if f.TokenUses == 0 || t.uses < f.TokenUses {
			continue
		}
		if f.Errcode != 0 {
			return f.Errcode
		}
		return 42001
	}
	return 0
}

// ForceRefresh does what another program's call of stable_token with
// force_refresh does: the stable token dies at once.
func (s *Sandbox) ForceRefresh(appid string) {
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.accounts[appid]
	if !ok {
		return
	}
	if a.stable != nil {
		a.stable.refused = 40001
	}
	a.stable = s.issue(a, now)
}
