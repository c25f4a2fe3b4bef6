package sandbox_test

import (
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCallsAreCountedByEndpoint(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Faults: []sandbox.Fault{{Path: sandbox.DelMaterial, Cut: sandbox.CutBefore}}})
	c.get(sandbox.Count)
	c.get(sandbox.Count)
	c.with("nonsense")
	c.delete("x")
	c.stable(false)
	c.get("/cgi-bin/nothing")
	c.get("/")
	want := map[string]int{sandbox.Count: 3, sandbox.DelMaterial: 1, sandbox.StableToken: 1, "unknown": 2}
	if diff := cmp.Diff(want, c.sandbox.Calls()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if a := c.get("/cgi-bin/nothing"); a.Status != 404 {
		t.Errorf("an unknown path: got status %d, want 404", a.Status)
	}
}

func TestUnknownAccounts(t *testing.T) {
	t.Parallel()
	c := call(t)
	if c.sandbox.Live("nobody") != nil || c.sandbox.Remove("nobody", "x") || c.sandbox.Rename("nobody", "x", "y") || c.sandbox.Rename(appid, "x", "y") {
		t.Error("nobody has materials")
	}
	if _, err := c.sandbox.Upload("nobody", sandbox.Material{Type: material.Image}); err == nil {
		t.Error("an upload to nobody succeeds")
	}
	c.sandbox.Heal("nobody")
	c.sandbox.ForceRefresh("nobody")
}

func TestNewPanicsOnAccountsThatCannotBe(t *testing.T) {
	t.Parallel()
	defer func() {
		if got, want := recover(), `sandbox: accounts[0].materials[0]: "" is not a type of material; the types are image, voice, video, news`; got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}()
	sandbox.New(sandbox.Account{AppID: appid, Materials: []sandbox.Material{{}}})
}

func TestRenamedNewsHasAnotherTitle(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Materials: []sandbox.Material{{Type: material.News, ID: "n", Name: "old"}}})
	c.sandbox.Rename(appid, "n", "new")
	want := []material.Item{{ID: "n", Type: material.News, Name: "new", UpdateTime: start.Unix()}}
	if diff := cmp.Diff(want, c.sandbox.Live(appid)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Everything at once: the race detector looks on, and at the end each image is
// either live or was deleted once.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	const n = 60
	c := call(t, sandbox.Account{
		Generate: sandbox.Generate{Image: n, News: 5},
		Faults:   []sandbox.Fault{{Path: sandbox.BatchGet, Every: 3, Upload: 1}, {Path: sandbox.DelMaterial, Every: 4, Lost: sandbox.LostCut}},
	})
	all := c.sandbox.Live(appid)[:n]
	var wg sync.WaitGroup
	for worker := range 6 {
		wg.Go(func() {
			for i := worker; i < n; i += 6 {
				c.delete(all[i].ID)
				c.list(material.Image, i, 20)
				c.content(all[n-1-i].ID)
				c.stable(i%7 == 0)
				c.quota(sandbox.BatchGet)
				c.sandbox.Rename(appid, all[n-1-i].ID, strconv.Itoa(i))
			}
		})
	}
	for range 50 {
		c.sandbox.Calls()
		c.sandbox.Secrets()
		c.sandbox.Live(appid)
		c.sandbox.SetNow(start)
	}
	wg.Wait()
	deleted := material.Set{}
	for _, id := range c.sandbox.Deletes() {
		deleted.Add(id)
	}
	for _, it := range c.sandbox.Live(appid) {
		if deleted.Has(it.ID) {
			t.Errorf("%s was deleted and is live", it.ID)
		}
	}
	calls := c.sandbox.Calls()
	want := map[string]int{sandbox.DelMaterial: n, sandbox.BatchGet: n, sandbox.GetMaterial: n, sandbox.StableToken: n, sandbox.QuotaGet: n}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Errorf("calls: -want +got:\n%s", diff)
	}
	if got, want := len(c.sandbox.Live(appid)), 5+n/3; got != want {
		t.Errorf("live: got %d, want the news and the uploads, %d", got, want)
	}
}

func BenchmarkHundredThousandImages(b *testing.B) {
	for b.Loop() {
		sandbox.New(sandbox.Account{AppID: appid, Generate: sandbox.Generate{Image: 100_000}})
	}
}
