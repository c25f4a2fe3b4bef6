package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"wxkeep/manifests"
	"wxkeep/state/wechat"
)

// A read gives a secret, each time anew.
type read = func(context.Context) (string, error)

// A platform is where the secrets of a third-party platform and of one of its
// accounts come from. Either token or secret and ticket are set.
type platform struct {
	token          read
	secret, ticket read
	refresh        read // nil: looked up
	rotated        func(ctx context.Context, old, renewed string) error
}

// byPlatform reports whether a platform calls for the account. A pretend account
// without one has its own secret, whatever the manifest says.
func (c *connector) byPlatform(m *manifests.Account) bool {
	if m.Auth.ThirdParty == nil || c.remembered() {
		return false
	}
	if c.pretend == nil {
		return true
	}
	_, ok := c.pretend.ThirdParty(m.AppID)
	return ok
}

// platformToken returns where the tokens of an account come from that a
// third-party platform calls for.
func (c *connector) platformToken(m *manifests.Account, config wechat.Config) (wechat.TokenSource, error) {
	from := c.pretendPlatform
	if c.pretend == nil {
		from = c.platform
	}
	p, err := from(m)
	if err != nil {
		return nil, err
	}
	component, err := c.component(m, p, config)
	if err != nil {
		return nil, err
	}
	return component.Authorizer(wechat.Authorizer{AppID: m.AppID, Refresh: p.refresh, Rotated: p.rotated}), nil
}

// component returns the platform of an account. Accounts with the same one, the
// same places of its secrets and the same endpoints share it, so that its token
// is fetched once.
func (c *connector) component(m *manifests.Account, p platform, config wechat.Config) (*wechat.Component, error) {
	t := m.Auth.ThirdParty
	key := fmt.Sprintf("%q", []string{
		t.ComponentAppID, t.TokenQuery, place(t.ComponentAccessToken), place(t.ComponentAppSecret), place(t.ComponentVerifyTicket),
		config.Endpoint, strings.Join(config.Others, " "),
	})
	if known := c.components[key]; known != nil {
		return known, nil
	}
	config.Trace = c.trace(t.ComponentAppID)
	var own wechat.TokenSource
	var err error
	if p.token != nil {
		own = wechat.NewComponentAccessToken(p.token)
	} else if own, err = wechat.NewComponentToken(config, t.ComponentAppID, p.secret, p.ticket); err != nil {
		return nil, err
	}
	made, err := wechat.NewComponent(config, t.ComponentAppID, t.TokenQuery, own)
	if err == nil {
		c.components[key] = made
	}
	return made, err
}

// place names where a secret is found, so that two can be compared.
func place(s *manifests.Secret) string {
	if s == nil {
		return ""
	}
	return fmt.Sprintf("%q %q %q", s.Env, s.File, s.Command)
}

// platform returns the secrets that the manifest names.
func (c *connector) platform(m *manifests.Account) (platform, error) {
	t := m.Auth.ThirdParty
	var p platform
	for _, s := range []struct {
		into *read
		from *manifests.Secret
	}{{&p.token, t.ComponentAccessToken}, {&p.secret, t.ComponentAppSecret}, {&p.ticket, t.ComponentVerifyTicket}, {&p.refresh, t.RefreshToken}} {
		if s.from == nil {
			continue
		}
		var err error
		if *s.into, err = c.secret(s.from); err != nil {
			return platform{}, err
		}
	}
	if t.RefreshToken != nil {
		p.rotated = func(_ context.Context, _, renewed string) error {
			return c.keepRefreshToken(m.Name, t.RefreshToken, renewed)
		}
	}
	return p, nil
}

// pretendPlatform returns the secrets of a pretend account's platform, by the
// way that the manifest describes. Nothing that the manifest names is read, and
// nothing is written there: a real refresh token must not be lost to a pretend
// one.
func (c *connector) pretendPlatform(m *manifests.Account) (platform, error) {
	has, _ := c.pretend.ThirdParty(m.AppID)
	give := func(secret string) read { return func(context.Context) (string, error) { return secret, nil } }
	var p platform
	if m.Auth.ThirdParty.ComponentAccessToken != nil && has.ComponentAccessToken != "" {
		p.token = give(has.ComponentAccessToken)
	} else {
		p.secret, p.ticket = give(has.ComponentAppSecret), give(has.ComponentVerifyTicket)
	}
	if m.Auth.ThirdParty.RefreshToken != nil {
		p.refresh = func(context.Context) (string, error) {
			now, _ := c.pretend.ThirdParty(m.AppID)
			return now.RefreshToken, nil
		}
	}
	return p, nil
}

// keepRefreshToken writes a renewed refresh token where the old one was read, or,
// where that cannot be, tells people.
func (c *connector) keepRefreshToken(account string, s *manifests.Secret, renewed string) error {
	if s.File != "" {
		return writeSecret(s.File, renewed)
	}
	say(c.Stderr, fmt.Sprintf("%s: warning: WeChat renewed the refresh token, and %s gives the old one, which may be dead: "+
		"leave refresh_token out, and it is looked up, or give a file, which is kept up to date", account, whence(s)))
	return nil
}

// writeSecret puts a secret into a file of mode 0600, at once or not at all. A
// link stays, and what it leads to is replaced.
func writeSecret(path, secret string) error {
	target, err := filepath.EvalSymlinks(path)
	if err == nil {
		err = writeFile(target, []byte(secret+"\n"))
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = fmt.Errorf("write %s: %w", path, e.Err)
	}
	return err
}
