package sandbox

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"
)

// A ThirdParty is a third-party platform (第三方平台) that an account has
// authorised. Accounts that name one platform have to agree about it, or leave
// out what another one, further up, says.
//
// Source: wechat-api.md section 4.
type ThirdParty struct {
	ComponentAppID        string `yaml:"component_appid"`         // required
	ComponentAppSecret    string `yaml:"component_appsecret"`     // made from component_appid when empty
	ComponentVerifyTicket string `yaml:"component_verify_ticket"` // the ticket that counts; made likewise when empty
	ComponentAccessToken  string `yaml:"component_access_token"`  // a token that never expires; none when empty
	RefreshToken          string `yaml:"refresh_token"`           // of the account; made from its appid when empty
	// Rotate lets each api_authorizer_token put another refresh token in the
	// place of the one it was called with, which is dead then: 61023.
	Rotate bool `yaml:"rotate"`
}

// A component is a platform at work. Sandbox.mu guards it.
type component struct {
	ThirdParty            // without what is of one account
	accounts   []*account // in the order of the file, which is that of the list
	issued     int        // tokens made
}

// A componentToken is a component_access_token. It never changes.
type componentToken struct {
	component *component
	expires   time.Time // zero: never
}

// authorise makes an account one of a platform.
func (s *Sandbox) authorise(acc *account, p *ThirdParty) *misfit {
	if p == nil {
		return nil
	}
	wrong := func(key, format string, args ...any) *misfit {
		return &misfit{[]any{"third_party", key}, fmt.Errorf(format, args...)}
	}
	if !appID.MatchString(p.ComponentAppID) {
		return wrong("component_appid", "%q is not wx and 16 hex digits", p.ComponentAppID)
	}
	known := s.components[p.ComponentAppID]
	if known == nil {
		known = &component{ThirdParty: newPlatform(*p)}
		s.components[p.ComponentAppID] = known
	}
	for key, values := range map[string][2]string{
		"component_appsecret":     {p.ComponentAppSecret, known.ComponentAppSecret},
		"component_verify_ticket": {p.ComponentVerifyTicket, known.ComponentVerifyTicket},
		"component_access_token":  {p.ComponentAccessToken, known.ComponentAccessToken},
	} {
		if values[0] != "" && values[0] != values[1] {
			return wrong(key, "an account further up has another for the same platform")
		}
	}
	if given := known.ComponentAccessToken; given != "" {
		if other := s.componentTokens[given]; other != nil && other.component != known {
			return wrong("component_access_token", "another platform has the same")
		}
		s.componentTokens[given] = &componentToken{component: known}
	}
	acc.component, acc.rotates = known, p.Rotate
	acc.refreshes = []string{cmp.Or(p.RefreshToken, pretendRefresh(acc.appid, 0))}
	known.accounts = append(known.accounts, acc)
	return nil
}

// newPlatform fills in what the first account of a platform leaves out.
func newPlatform(p ThirdParty) ThirdParty {
	p.ComponentAppSecret = cmp.Or(p.ComponentAppSecret, pretendSecret(p.ComponentAppID))
	p.ComponentVerifyTicket = cmp.Or(p.ComponentVerifyTicket, "ticket@@@pretend-ticket-"+digest("ticket", p.ComponentAppID))
	return p
}

// pretendRefresh makes an account's nth refresh token. The text pretend-refresh
// in it is for tests that look for leaks.
func pretendRefresh(appid string, n int) string {
	return "refreshtoken@@@pretend-refresh-" + digest("refresh", fmt.Sprint(appid, n))
}

func digest(kind, of string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + of))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// ThirdParty returns the platform of an account, with every secret as it is now,
// and whether there is one.
func (s *Sandbox) ThirdParty(appid string) (ThirdParty, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.accounts[appid]
	if !ok || a.component == nil {
		return ThirdParty{}, false
	}
	p := a.component.ThirdParty
	p.RefreshToken, p.Rotate = a.refresh(), a.rotates
	return p, true
}

// refresh is the refresh token that is good now.
func (a *account) refresh() string { return a.refreshes[len(a.refreshes)-1] }
