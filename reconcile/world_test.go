package reconcile_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
	"wxkeep/state/wechat"
	"wxkeep/state/wechat/sandbox"
)

const appid = "wx0123456789abcdef"

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.FixedZone("UTC+8", 8*60*60))

// A world is a pretend account behind real HTTP, and a manifest about it.
type world struct {
	sandbox  *sandbox.Sandbox
	server   *sandbox.Server
	manifest *manifests.Account
	client   *wechat.Client
	reader   reconcile.Reader
	hear     func(wechat.Call)   // hears of every call; may be nil
	sleep    func(time.Duration) // moves the clock; nil: no wait takes any time
	book     *book               // nil for no ledger

	used   material.Set                  // by a menu or a draft
	covers map[material.ID][]material.ID // of news
}

// tester is what tests, benchmarks and properties have in common.
type tester interface {
	Helper()
	Fatal(...any)
	Cleanup(func())
}

// newWorld holds the materials, old enough to be deleted unless they say
// otherwise. The manifest governs all types and keeps nothing.
func newWorld(t tester, materials ...sandbox.Material) *world {
	t.Helper()
	return newWorldOf(t, sandbox.Account{Materials: materials})
}

// newWorldOf is newWorld with places that use materials.
func newWorldOf(t tester, a sandbox.Account) *world {
	t.Helper()
	for i := range a.Materials {
		if a.Materials[i].Age == 0 {
			a.Materials[i].Age = time.Duration(30+i) * 24 * time.Hour
		}
	}
	a.AppID, a.Secret = appid, "pretend-secret-of-reconcile"
	s := sandbox.NewAt(func() time.Time { return now }, a)
	server, err := s.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	w := &world{sandbox: s, server: server, manifest: &manifests.Account{
		Name: "brand", AppID: appid, Types: material.Types(), Guards: manifests.DefaultGuards(),
		Rules: []manifests.Rule{{Name: "keep-*"}},
	}}
	w.manifest.Guards.MaxDeletePercent = 100
	w.manifest.Guards.AllowIrreversible = []material.Type{material.Video, material.News}
	w.connect(t)
	return w
}

// connect makes a client anew, as another run would have it.
func (w *world) connect(t tester) {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	t.Cleanup(transport.CloseIdleConnections)
	config := wechat.Config{
		Endpoint: w.server.URL, HTTP: transport, Now: w.sandbox.Now,
		Sleep: func(ctx context.Context, d time.Duration) error {
			if w.sleep != nil {
				w.sleep(d)
			}
			return ctx.Err()
		},
		Trace: func(c wechat.Call) {
			if w.hear != nil {
				w.hear(c)
			}
		},
	}
	secret, _ := w.sandbox.AppSecret(appid)
	token, err := wechat.NewStableToken(config, appid, func(context.Context) (string, error) { return secret, nil })
	if err != nil {
		t.Fatal(err)
	}
	config.Token = token
	if w.client, err = wechat.New(config); err != nil {
		t.Fatal(err)
	}
	w.reader = struct {
		*wechat.Reader
		*wechat.Client
	}{wechat.NewReader(w.client), w.client}
}

// account is the account of a run that may delete.
func (w *world) account() *reconcile.Account {
	a := &reconcile.Account{
		Manifest: w.manifest, Reader: w.reader, Fetcher: fetcher{wechat.NewReader(w.client)},
		Meter: wechat.NewReader(w.client), Paced: w.client.Paced, Searchers: w.searchers(),
		Deleter: func(approved, kept material.Set) reconcile.Deleter {
			return wechat.NewDeleter(w.client, approved, kept)
		},
	}
	if w.book != nil {
		a.Ledger = w.book.open(w)
	}
	return a
}

// searchers are the searches of the places that the manifest names.
func (w *world) searchers() []state.Searcher {
	var all []state.Searcher
	for _, place := range w.manifest.References.Places {
		switch place {
		case state.PlaceMenu:
			all = append(all, wechat.NewMenu(w.client))
		case state.PlaceAutoReply:
			all = append(all, wechat.NewAutoReply(w.client))
		case state.PlaceDrafts:
			all = append(all, wechat.NewDrafts(w.client))
		case state.PlacePublished:
			all = append(all, wechat.NewPublished(w.client))
		}
	}
	return all
}

// A fetcher gets contents for the archive.
type fetcher struct{ reader *wechat.Reader }

func (f fetcher) Fetch(ctx context.Context, it material.Item) (reconcile.Content, error) {
	c, err := f.reader.Material(ctx, it.ID)
	if err != nil {
		return reconcile.Content{}, err
	}
	if len(c.File) == 0 {
		return reconcile.Content{Kind: "application/json", Bytes: c.Raw}, nil
	}
	return reconcile.Content{Kind: http.DetectContentType(c.File), Bytes: c.File}, nil
}

func (w *world) options() reconcile.Options {
	return reconcile.Options{Parallelism: 4, Now: w.sandbox.Now, Applying: true}
}

// decide decides about everything, with a change for what is kept, too.
func (w *world) decide(ctx context.Context) *reconcile.Decision {
	opt := w.options()
	opt.All = true
	return decide(ctx, w.account(), nil, opt)
}

// apply plans and applies.
func (w *world) apply(ctx context.Context) *reconcile.Decision {
	return w.run(ctx, nil, w.options())
}

// plan plans as an apply does, with a change for what is kept, too, and deletes
// nothing.
func (w *world) plan(ctx context.Context) *reconcile.Decision {
	opt := w.options()
	opt.All = true
	all := reconcile.Plan(ctx, []*reconcile.Account{w.account()}, nil, opt)
	_ = reconcile.Release(context.WithoutCancel(ctx), all)
	return all[0]
}

// run plans, applies, and gives the lease back.
func (w *world) run(ctx context.Context, saved *plan.Plan, opt reconcile.Options) *reconcile.Decision {
	all := reconcile.Plan(ctx, []*reconcile.Account{w.account()}, saved, opt)
	reconcile.Apply(ctx, context.WithoutCancel(ctx), all)
	_ = reconcile.Release(context.WithoutCancel(ctx), all) // it may be lost
	return all[0]
}

func (w *world) inject(t tester, faults ...sandbox.Fault) {
	t.Helper()
	if err := w.sandbox.Inject(appid, faults...); err != nil {
		t.Fatal(err)
	}
}

// id is the id of the material of this name.
func (w *world) id(t tester, name string) material.ID {
	t.Helper()
	for _, it := range w.sandbox.Live(appid) {
		if it.Name == name {
			return it.ID
		}
	}
	t.Fatal("no material is called " + name)
	return ""
}

// names are the names of what is live, sorted.
func (w *world) names() []string {
	var names []string
	for _, it := range w.sandbox.Live(appid) {
		names = append(names, it.Name)
	}
	slices.Sort(names)
	return names
}

// outcomes are the outcomes by name.
func outcomes(d *reconcile.Decision) map[string]plan.Outcome {
	got := map[string]plan.Outcome{}
	for _, c := range d.Changes {
		if c.Outcome != "" {
			got[c.Item.Name] = c.Outcome
		}
	}
	return got
}

// images are n images called prefix0, prefix1 …, each a day older than the one
// before.
func images(prefix string, n int) []sandbox.Material {
	var ms []sandbox.Material
	for i := range n {
		ms = append(ms, sandbox.Material{Type: material.Image, Name: fmt.Sprintf("%s%d", prefix, i), Age: time.Duration(30+i) * 24 * time.Hour})
	}
	return ms
}

// kept are entries that keep ids.
func kept(ids ...material.ID) []manifests.Entry {
	var entries []manifests.Entry
	for _, id := range ids {
		entries = append(entries, manifests.Entry{ID: id})
	}
	return entries
}

func one(t material.Type, name string, days int) sandbox.Material {
	return sandbox.Material{Type: t, Name: name, Age: time.Duration(days) * 24 * time.Hour}
}

// sum is how often the material endpoints were called, by their last word.
func (w *world) calls() map[string]int {
	got := map[string]int{}
	for path, n := range w.sandbox.Calls() {
		switch path {
		case sandbox.Count:
			got["count"] = n
		case sandbox.BatchGet:
			got["list"] = n
		case sandbox.DelMaterial:
			got["delete"] = n
		}
	}
	return got
}

var _ tester = (*testing.T)(nil)

// decide decides about one account.
func decide(ctx context.Context, a *reconcile.Account, saved *plan.Plan, opt reconcile.Options) *reconcile.Decision {
	return reconcile.Plan(ctx, []*reconcile.Account{a}, saved, opt)[0]
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
