package cli

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/state/material"
	"wxkeep/state/wechat"
	"wxkeep/state/wechat/sandbox"
)

// connect makes the clients of the accounts. Nothing is called yet: a token is
// fetched when the first call needs it. Only with deletes do they have a client
// that can delete.
func (r *run) connect(accounts []*manifests.Account, deletes bool) ([]*reconcile.Account, func(), error) {
	stop := func() {}
	var pretend *sandbox.Sandbox
	if r.sandboxFile != "" {
		s, server, err := r.startSandbox("127.0.0.1:0", false)
		if err != nil {
			return nil, nil, err
		}
		pretend, r.endpoint, r.now = s, server.URL, s.Now
		stop = func() { _ = server.Close() }
	}
	transport, err := wechat.NewTransport(wechat.Transport{Parallelism: r.parallelism, CAFile: r.caFile})
	if err != nil {
		stop()
		return nil, nil, err
	}
	c := connector{run: r, transport: transport, pace: wechat.NewPace(r.parallelism, r.maxRPS), log: r.logger(), pretend: pretend}
	var connected []*reconcile.Account
	for _, m := range accounts {
		a, err := c.account(m, deletes)
		if err != nil {
			stop()
			return nil, nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		connected = append(connected, a)
	}
	return connected, func() {
		transport.CloseIdleConnections()
		stop()
	}, nil
}

// A connector makes the clients of one run, which share connections and pace.
type connector struct {
	*run
	transport *http.Transport
	pace      *wechat.Pace
	log       *slog.Logger
	pretend   *sandbox.Sandbox
}

func (c *connector) account(m *manifests.Account, deletes bool) (*reconcile.Account, error) {
	config := wechat.Config{Endpoint: c.endpoint, HTTP: c.transport, Pace: c.pace, Trace: c.trace(m.Name), Now: c.now}
	token, err := c.token(m, config)
	if err != nil {
		return nil, err
	}
	config.Token = token
	client, err := wechat.New(config)
	if err != nil {
		return nil, err
	}
	a := &reconcile.Account{Manifest: m, Reader: reader{wechat.NewReader(client), client}}
	if deletes {
		a.Deleter = func(approved, kept material.Set) reconcile.Deleter {
			return wechat.NewDeleter(client, approved, kept)
		}
	}
	return a, nil
}

// A reader lists an account and tells what its client's calls were.
type reader struct {
	*wechat.Reader
	*wechat.Client
}

// token returns where the account's tokens come from: the manifest says, but a
// pretend account has its own secret.
func (c *connector) token(m *manifests.Account, config wechat.Config) (wechat.TokenSource, error) {
	if c.pretend != nil {
		secret, ok := c.pretend.AppSecret(m.AppID)
		if !ok {
			return nil, fmt.Errorf("%s has no account with the appid %s", c.sandboxFile, m.AppID)
		}
		return wechat.NewStableToken(config, m.AppID, func(context.Context) (string, error) { return secret, nil })
	}
	if s := m.Auth.AccessToken; s != nil {
		read, err := c.secret(s)
		if err != nil {
			return nil, err
		}
		return wechat.NewAccessToken(read), nil
	}
	read, err := c.secret(m.Auth.AppSecret)
	if err != nil {
		return nil, err
	}
	return wechat.NewStableToken(config, m.AppID, read)
}

// trace writes each call to the log. A call has neither a query nor a token.
func (c *connector) trace(account string) func(wechat.Call) {
	return func(call wechat.Call) {
		c.log.Debug("call", "account", account, "path", call.Path, "attempt", call.Attempt, "http_status", call.HTTPStatus,
			"errcode", call.Errcode, "rid", call.RID, "duration", call.Duration, "error", call.Err)
	}
}
