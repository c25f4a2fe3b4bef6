package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/state"
	"wxkeep/state/ledger"
	"wxkeep/state/material"
	"wxkeep/state/wechat"
	"wxkeep/state/wechat/sandbox"
)

// connections are the accounts of a run, connected.
type connections struct {
	accounts []*reconcile.Account
	clients  []*wechat.Client // of the accounts
	stop     []func()
}

func (c *connections) close() {
	for _, stop := range slices.Backward(c.stop) {
		stop()
	}
}

// connect makes the clients of the accounts, and opens their ledgers. Nothing is
// called yet: a token is fetched when the first call needs it. Only with deletes
// do the accounts have a client that can delete.
func (r *run) connect(ctx context.Context, accounts []*manifests.Account, deletes bool) (_ *connections, err error) {
	all := &connections{}
	defer func() {
		if err != nil {
			all.close()
		}
	}()
	var pretend *sandbox.Sandbox
	if r.sandboxFile != "" {
		s, server, err := r.startSandbox("127.0.0.1:0", false)
		if err != nil {
			return nil, err
		}
		pretend, r.endpoints, r.now = s, []string{server.URL}, s.Now
		all.stop = append(all.stop, func() { _ = server.Close() })
	}
	transport, err := wechat.NewTransport(wechat.Transport{Parallelism: r.parallelism, CAFile: r.caFile})
	if err != nil {
		return nil, err
	}
	books := r.ledgers()
	all.stop = append(all.stop, transport.CloseIdleConnections, books.close)
	c := connector{run: r, transport: transport, pace: wechat.NewPace(r.parallelism, r.maxRPS), log: r.logger(), pretend: pretend, ledgers: books, components: map[string]*wechat.Component{}}
	for _, m := range accounts {
		a, client, err := c.account(ctx, m, deletes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		all.accounts, all.clients = append(all.accounts, a), append(all.clients, client)
	}
	return all, nil
}

// A connector makes the clients of one run, which share connections and pace.
type connector struct {
	*run
	transport *http.Transport
	pace      *wechat.Pace
	log       *slog.Logger
	pretend   *sandbox.Sandbox
	ledgers   *ledgers

	components map[string]*wechat.Component // platforms that accounts share
}

func (c *connector) account(ctx context.Context, m *manifests.Account, deletes bool) (*reconcile.Account, *wechat.Client, error) {
	from, err := c.trusted(m)
	if err != nil {
		return nil, nil, err
	}
	if deletes {
		if err := c.ledgers.durable(from); err != nil {
			return nil, nil, err
		}
	}
	var book *ledger.Ledger
	if !c.unledgered {
		if book, err = c.ledgers.open(ctx, from); err != nil {
			return nil, nil, err
		}
	}
	client, err := c.client(from)
	if err != nil {
		return nil, nil, err
	}
	a := &reconcile.Account{Manifest: m, Ledger: book, Pictures: pictures{wechat.NewPictures(client)}, Paced: client.Paced, Files: files(m)}
	if c.base != nil {
		a.Base, a.BaseFiles = from, files(from)
	}
	places := a.Places()
	read := wechat.NewReader(client)
	if !slices.Contains(places, state.PlaceNews) {
		read = read.Unsearched()
	}
	a.Reader, a.Fetcher, a.Meter, a.Searchers = reader{read, client}, fetcher{read}, read, searchers(places, client)
	if deletes {
		a.Deleter = func(approved, kept material.Set) reconcile.Deleter {
			return wechat.NewDeleter(client, approved, kept)
		}
	}
	return a, client, nil
}

func (c *connector) client(m *manifests.Account) (*wechat.Client, error) {
	first, others := c.reached(m)
	config := wechat.Config{Endpoint: first, Others: others, HTTP: c.transport, Pace: c.pace, Trace: c.trace(m.Name), Now: c.now, Sleep: c.sleep}
	c.throughCloud(m, &config)
	if c.byPlatform(m) {
		config.Way = wechat.Platform
	}
	token, err := c.token(m, config)
	if err != nil {
		return nil, err
	}
	config.Token = token
	return wechat.New(config)
}

// reached returns where the account's calls go, and where else when there is no
// connection. A flag or the environment wins over the manifest.
func (r *run) reached(m *manifests.Account) (first string, others []string) {
	all := r.endpoints
	if len(all) == 0 {
		all = m.Endpoints
	}
	if len(all) == 0 {
		return "", nil
	}
	return all[0], all[1:]
}

// files is the search of the local files that a manifest names, or nil.
func files(m *manifests.Account) *state.FileSearch {
	if len(m.References.Files) == 0 {
		return nil
	}
	return state.Files(m.Dir(), m.References.Files)
}

// searchers are the searches of those of the places that the API knows, but for
// news, which is searched while it is listed.
func searchers(places []string, client *wechat.Client) []state.Searcher {
	var all []state.Searcher
	for _, place := range places {
		switch place {
		case state.PlaceMenu:
			all = append(all, wechat.NewMenu(client))
		case state.PlaceAutoReply:
			all = append(all, wechat.NewAutoReply(client))
		case state.PlaceDrafts:
			all = append(all, wechat.NewDrafts(client))
		case state.PlacePublished:
			all = append(all, wechat.NewPublished(client))
		}
	}
	return all
}

// A fetcher gets contents for the archive.
type fetcher struct{ reader *wechat.Reader }

// Fetch calls get_material. The bytes of an image or voice say what they are; of
// news and video the answer itself is all there is.
func (f fetcher) Fetch(ctx context.Context, it material.Item) (reconcile.Content, error) {
	c, err := f.reader.Material(ctx, it.ID)
	switch {
	case err != nil:
		return reconcile.Content{}, err
	case len(c.File) == 0:
		return reconcile.Content{Kind: "application/json", Bytes: c.Raw}, nil
	}
	return reconcile.Content{Kind: http.DetectContentType(c.File), Bytes: c.File}, nil
}

// Pictures get images for the archive from their listed URLs.
type pictures struct{ *wechat.Pictures }

// Fetch gets the image at the item's URL.
func (p pictures) Fetch(ctx context.Context, it material.Item) (reconcile.Content, error) {
	b, err := p.Picture(ctx, it.URL)
	return reconcile.Content{Kind: http.DetectContentType(b), Bytes: b}, err
}

// A reader lists an account and tells what its client's calls were.
type reader struct {
	*wechat.Reader
	*wechat.Client
}

// token returns where the account's tokens come from: the manifest says, but a
// pretend account has its own secrets.
func (c *connector) token(m *manifests.Account, config wechat.Config) (wechat.TokenSource, error) {
	if config.Way == wechat.CloudRun {
		return c.cloudToken(m, config)
	}
	if config.Way == wechat.Platform {
		return c.platformToken(m, config)
	}
	if c.pretend != nil {
		secret, ok := c.pretend.AppSecret(m.AppID)
		if !ok {
			return nil, fmt.Errorf("%s has no account with the appid %s", c.sandboxFile, m.AppID)
		}
		return wechat.NewStableToken(config, m.AppID, func(context.Context) (string, error) { return secret, nil })
	}
	if c.remembered() {
		return wechat.NewAccessToken(func(context.Context) (string, error) {
			return "", errors.New("--refresh never makes no call")
		}), nil
	}
	if s := m.Auth.AccessToken; s != nil {
		read, err := c.secret(s)
		if err != nil {
			return nil, err
		}
		source := wechat.NewAccessToken(read)
		source.From = whence(s)
		if s.Env != "" {
			source.From += ", which cannot change during a run,"
		}
		return source, nil
	}
	read, err := c.secret(m.Auth.AppSecret)
	if err != nil {
		return nil, err
	}
	return wechat.NewStableToken(config, m.AppID, read)
}

// trace writes each call to the log. A call has neither a query nor a token.
func (c *connector) trace(account string) func(wechat.Call) {
	if !c.log.Enabled(context.Background(), slog.LevelDebug) {
		return nil
	}
	return func(call wechat.Call) {
		said := []any{"account", account, "path", call.Path, "attempt", call.Attempt, "http_status", call.HTTPStatus,
			"errcode", call.Errcode, "rid", call.RID, "duration", call.Duration, "error", call.Err}
		if call.SeqID != "" {
			said = append(said, "seqid", call.SeqID)
		}
		c.log.Debug("call", said...)
	}
}
