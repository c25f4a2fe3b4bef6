package sandbox

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
)

// The calls of a third-party platform itself.
const (
	ComponentToken  = "/cgi-bin/component/api_component_token"
	AuthorizerToken = "/cgi-bin/component/api_authorizer_token"
	AuthorizerList  = "/cgi-bin/component/api_get_authorizer_list"
)

// identifyPlatform finds out which platform calls, and for which account. A call
// for none is its first account's, whose quotas and faults it meets.
func (c *call) identifyPlatform() {
	c.component = c.s.components[c.hint.Component]
	if c.component == nil {
		return
	}
	c.account = c.component.accounts[0]
	if a := c.s.accounts[c.hint.Authorizer]; a != nil && a.component == c.component {
		c.account = a
	}
}

// componentToken is POST /cgi-bin/component/api_component_token.
//
// Source: wechat-api.md section 4.
func (c *call) componentToken() int {
	var q struct {
		Secret string `json:"component_appsecret"`
		Ticket string `json:"component_verify_ticket"`
	}
	if code := c.decode(&q); code != 0 {
		return code
	}
	switch {
	case c.hint.Component == "":
		return 41018
	case c.component == nil:
		return 40013
	case q.Secret == "":
		return 41004
	case q.Secret != c.component.ComponentAppSecret:
		return 40125
	case q.Ticket != c.component.ComponentVerifyTicket:
		return 61006
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.component.issued++
	sum := sha512.Sum512(fmt.Appendf(nil, "component\x00%s\x00%d", c.component.ComponentAppID, c.component.issued))
	value := "92_pretend-token-" + base64.RawURLEncoding.EncodeToString(sum[:])
	c.s.componentTokens[value] = &componentToken{component: c.component, expires: c.now.Add(tokenLife)}
	fmt.Fprintf(c.out, `{"component_access_token":"%s","expires_in":%d}`, value, int(tokenLife.Seconds()))
	return 0
}

// authorizerToken is POST /cgi-bin/component/api_authorizer_token. Every call
// gives a new token; those before live to their end.
//
// Source: wechat-api.md section 4.
func (c *call) authorizerToken() int {
	var q struct {
		Refresh string `json:"authorizer_refresh_token"`
	}
	if code := c.decode(&q); code != 0 {
		return code
	}
	if code := c.admitPlatform(); code != 0 {
		return code
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	a := c.account
	switch {
	case c.hint.Authorizer != a.appid:
		return 61003
	case q.Refresh != a.refresh():
		return 61023
	}
	if a.rotates {
		a.refreshes = append(a.refreshes, pretendRefresh(a.appid, len(a.refreshes)))
	}
	t := c.s.issue(a, c.now)
	fmt.Fprintf(c.out, `{"authorizer_access_token":"%s","expires_in":%d,`, t.value, int(tokenLife.Seconds()))
	fmt.Fprintf(c.out, `"authorizer_refresh_token":"%s"}`, a.refresh())
	return 0
}

// maxAuthorizers is the most accounts that the list gives at once.
const maxAuthorizers = 500

// listAuthorizers is POST /cgi-bin/component/api_get_authorizer_list.
//
// Source: wechat-api.md section 4.
func (c *call) listAuthorizers() int {
	var q struct{ Offset, Count int }
	if code := c.decode(&q); code != 0 {
		return code
	}
	if code := c.admitPlatform(); code != 0 {
		return code
	}
	switch {
	case q.Count > maxAuthorizers:
		return 40170
	case q.Count < 1 || q.Offset < 0:
		return 40035
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	all := c.component.accounts
	page := all[min(q.Offset, len(all)):]
	fmt.Fprintf(c.out, `{"total_count":%d,"list":[`, len(all))
	for i, a := range page[:min(q.Count, len(page))] {
		if i > 0 {
			c.out.WriteByte(',')
		}
		fmt.Fprintf(c.out, `{"authorizer_appid":"%s","refresh_token":"%s","auth_time":1558000607}`, a.appid, a.refresh())
	}
	c.out.WriteString("]}")
	return 0
}

// admitPlatform checks the token that a platform sends, under either name, and
// returns the errcode when it is refused.
func (c *call) admitPlatform() int {
	value := c.query.Get("component_access_token")
	if value == "" {
		value = c.query.Get("access_token")
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	t := c.s.componentTokens[value]
	switch {
	case value == "":
		return 41021
	case t == nil:
		return 40001
	case !t.expires.IsZero() && !c.now.Before(t.expires):
		return 42006
	case c.hint.Component == "":
		return 41018
	case t.component != c.component:
		return 40013
	}
	return 0
}
