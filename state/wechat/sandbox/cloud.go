package sandbox

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
)

// A CloudRun lets a service of 微信云托管 call for an account: with a
// cloudbase_access_token, or over plain http without any token, which the
// open-interface service (开放接口服务) then adds.
//
// Source: wechat-api.md section 5.
type CloudRun struct {
	Token string   `yaml:"cloudbase_access_token"` // never expires; made from the appid when empty
	Paths []string `yaml:"paths"`                  // the whitelist; nil: all that can be called
}

// notByCloud are the endpoints that the cloud call does not take. What WeChat
// answers there is not known.
//
// Source: wechat-api.md section 5.
var notByCloud = []string{QuotaGet, AutoReply, DraftCount, DraftGet, PublishedGet}

// seqHeader names an answer that went through the open-interface service.
const seqHeader = "X-Openapi-Seqid"

// check reports a path of the whitelist that cannot be there.
func (r *CloudRun) check(known map[string]endpoint) *misfit {
	for i, path := range r.Paths {
		if e, ok := known[path]; !ok || e.login {
			return &misfit{[]any{"cloud_run", "paths", i}, fmt.Errorf("%q is not an endpoint that takes a token", path)}
		}
	}
	return nil
}

// rent lets a service of 微信云托管 call for the account.
func (s *Sandbox) rent(acc *account, r *CloudRun) *misfit {
	if r == nil {
		return nil
	}
	if err := r.check(s.endpoints); err != nil {
		return err
	}
	value := r.Token
	if value == "" {
		value = pretendCloudToken(acc.appid, 0)
	}
	if _, taken := s.tokens[value]; taken {
		return &misfit{[]any{"cloud_run", "cloudbase_access_token"}, fmt.Errorf("another token is the same")}
	}
	acc.paths = r.Paths
	acc.cloud = &token{value: value, account: acc, cloud: true}
	s.tokens[value] = acc.cloud
	return nil
}

// pretendCloudToken makes a cloudbase_access_token that anybody can see is none.
func pretendCloudToken(appid string, n int) string {
	sum := sha512.Sum512(fmt.Appendf(nil, "cloud\x00%s\x00%d", appid, n))
	return "50_pretend-token-" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// byCloud finds out who a call without an access_token calls for, and with
// which token.
func (c *call) byCloud() {
	from, named := c.s.accounts[c.query.Get("from_appid")], c.query.Has("from_appid")
	if value := c.query.Get("cloudbase_access_token"); value != "" {
		if t := c.s.find(value); t != nil && t.cloud {
			c.held, c.account = t, t.account
			if named {
				c.account = from
			}
		}
		return
	}
	served := c.s.served()
	if len(served) == 0 || c.r.TLS != nil {
		return // nobody adds a token
	}
	c.bare = true
	sum := sha256.Sum256(fmt.Appendf(nil, "seqid %d", c.s.sequence.Add(1)))
	c.w.Header().Set(seqHeader, hex.EncodeToString(sum[:8]))
	switch {
	case named:
		c.account = from
	case len(served) == 1:
		c.account = served[0]
	}
	c.held = c.s.cloudToken(c.account)
}

// served returns the accounts that a service of 微信云托管 may call for.
func (s *Sandbox) served() []*account {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*account
	for _, appid := range s.order {
		if a := s.accounts[appid]; a.cloud != nil {
			all = append(all, a)
		}
	}
	return all
}

// cloudToken returns the account's present cloudbase_access_token, or nil.
func (s *Sandbox) cloudToken(a *account) *token {
	if a == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return a.cloud
}

// admitCloud checks a call that came without an access_token, like admit.
func (c *call) admitCloud() int {
	sent := c.query.Get("cloudbase_access_token") != ""
	switch {
	case !sent && !c.bare:
		return 41001
	case sent && c.held == nil:
		return 40001
	case c.query.Has("from_appid") && c.s.cloudToken(c.account) == nil:
		return 40013
	case c.account == nil: // nobody says for which of several
		return 48001
	}
	if slices.Contains(notByCloud, c.path) || c.account.paths != nil && !slices.Contains(c.account.paths, c.path) {
		return 48001
	}
	return c.use()
}

// CloudToken returns the cloudbase_access_token of an account, and whether a
// service of 微信云托管 may call for it.
func (s *Sandbox) CloudToken(appid string) (string, bool) {
	t := s.cloudToken(s.accounts[appid])
	if t == nil {
		return "", false
	}
	return t.value, true
}

// RenewCloudToken gives an account that has cloud_run another
// cloudbase_access_token and returns it. The one before is refused from now on,
// as if its 30 minutes were over.
func (s *Sandbox) RenewCloudToken(appid string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.accounts[appid]
	if !ok || a.cloud == nil {
		return ""
	}
	a.cloud.refused = 42001
	a.issued++
	a.cloud = &token{value: pretendCloudToken(appid, a.issued), account: a, cloud: true}
	s.tokens[a.cloud.value] = a.cloud
	return a.cloud.value
}
