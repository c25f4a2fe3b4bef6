package reconcile_test

import (
	"context"
	"net/http"
	"runtime"
	"testing"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/state"
	"wxkeep/state/material"
	"wxkeep/state/wechat"
	"wxkeep/state/wechat/sandbox"
)

// BenchmarkPlan plans 100,000 images, of which a tenth is kept, with and without
// 5,000 drafts to be searched. It reports the calls, and what a plan holds in
// memory when it is made: drafts add little to it, however long they are.
func BenchmarkPlan(b *testing.B) {
	for _, bb := range []struct {
		name   string
		drafts int
	}{{"no drafts", 0}, {"5000 drafts", 5000}} {
		b.Run(bb.name, func(b *testing.B) {
			s := sandbox.New(sandbox.Account{
				AppID: appid, Secret: "pretend-secret-of-bench",
				Generate: sandbox.Generate{Image: 100_000, Drafts: bb.drafts, ArticleBytes: 20_000},
			})
			server, err := s.Start("127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = server.Close() })
			m := &manifests.Account{
				Name: "brand", AppID: appid, Types: []material.Type{material.Image}, Guards: manifests.DefaultGuards(),
				Rules: []manifests.Rule{{Name: "*0.png"}}, References: manifests.References{Places: []string{state.PlaceDrafts}},
			}
			config := wechat.Config{Endpoint: server.URL, HTTP: &http.Transport{MaxIdleConnsPerHost: 8}}
			config.Token, err = wechat.NewStableToken(config, appid, func(context.Context) (string, error) { return "pretend-secret-of-bench", nil })
			if err != nil {
				b.Fatal(err)
			}
			client, err := wechat.New(config)
			if err != nil {
				b.Fatal(err)
			}
			a := &reconcile.Account{
				Manifest: m, Searchers: []state.Searcher{wechat.NewDrafts(client)},
				Reader: struct {
					*wechat.Reader
					*wechat.Client
				}{wechat.NewReader(client), client},
			}
			before := heap()
			var d *reconcile.Decision
			for b.Loop() {
				d = reconcile.Plan(b.Context(), []*reconcile.Account{a}, nil, reconcile.Options{Parallelism: 8})[0]
				if d.Summary.Error != "" {
					b.Fatal(d.Summary.Error)
				}
			}
			calls := 0
			for _, n := range client.Calls() {
				calls += n
			}
			b.ReportMetric(float64(calls)/float64(b.N), "calls/op")
			b.ReportMetric(float64(heap()-before)/(1<<20), "held-MiB")
			runtime.KeepAlive(d)
		})
	}
}

// heap is what is in use after a collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
