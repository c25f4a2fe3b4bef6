package cli

import (
	"context"

	"wxkeep/manifests"
	"wxkeep/state/wechat"
)

// throughCloud makes config one of the cloud call, if the manifest asks for it.
// A pretend account is called that way only if it has cloud_run, too.
func (c *connector) throughCloud(m *manifests.Account, config *wechat.Config) {
	if m.Auth.CloudRun == nil || c.remembered() {
		return
	}
	if c.pretend != nil {
		if _, ok := c.pretend.CloudToken(m.AppID); !ok {
			return
		}
	}
	config.Way, config.FromAppID = wechat.CloudRun, m.Auth.CloudRun.FromAppID
}

// cloudToken returns where the account's cloudbase_access_tokens come from; nil
// when the cloud adds them. A pretend account has its own.
func (c *connector) cloudToken(m *manifests.Account, config wechat.Config) (wechat.TokenSource, error) {
	s := m.Auth.CloudRun.CloudbaseAccessToken
	switch {
	case s == nil:
		return nil, nil
	case c.pretend != nil:
		return wechat.NewCloudToken(config, func(context.Context) (string, error) {
			token, _ := c.pretend.CloudToken(m.AppID)
			return token, nil
		})
	}
	read, err := c.secret(s)
	if err != nil {
		return nil, err
	}
	return wechat.NewCloudToken(config, read)
}
