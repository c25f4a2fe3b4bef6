package reconcile_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"
	"weak"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
	"wxkeep/state/wechat"
	"wxkeep/state/wechat/sandbox"
)

// A fleet is many pretend accounts behind real HTTP, each with many images that a
// rule keeps, and three orphans.
type fleet struct {
	sandbox  *sandbox.Sandbox
	accounts []*reconcile.Account
	watches  []*watch

	listing sync.RWMutex // held to read a page, and to stop all of that
}

const orphansEach = 3

func newFleet(t tester, accounts, images int) *fleet {
	t.Helper()
	f := &fleet{}
	var pretend []sandbox.Account
	for i := range accounts {
		a := sandbox.Account{AppID: fmt.Sprintf("wx%016x", i+1), Secret: "pretend-secret-of-fleet", Generate: sandbox.Generate{Image: images - orphansEach, Seed: uint64(i)}}
		for k := range orphansEach {
			a.Materials = append(a.Materials, sandbox.Material{Type: material.Image, Name: fmt.Sprintf("orphan-%d.jpg", k), Age: time.Duration(30+k) * 24 * time.Hour})
		}
		pretend = append(pretend, a)
	}
	f.sandbox = sandbox.NewAt(func() time.Time { return now }, pretend...)
	server, err := f.sandbox.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
	})
	for i, p := range pretend {
		config := wechat.Config{Endpoint: server.URL, HTTP: transport, Now: f.sandbox.Now}
		if config.Token, err = wechat.NewStableToken(config, p.AppID, func(context.Context) (string, error) { return p.Secret, nil }); err != nil {
			t.Fatal(err)
		}
		client, err := wechat.New(config)
		if err != nil {
			t.Fatal(err)
		}
		m := &manifests.Account{
			Name: fmt.Sprintf("brand-%03d", i), AppID: p.AppID, Types: []material.Type{material.Image}, Guards: manifests.DefaultGuards(),
			Rules: []manifests.Rule{{Name: "*.png"}},
		}
		w := &watch{all: f, Reader: struct {
			*wechat.Reader
			*wechat.Client
		}{wechat.NewReader(client), client}}
		f.watches = append(f.watches, w)
		f.accounts = append(f.accounts, &reconcile.Account{
			Manifest: m, Reader: w,
			Deleter: func(approved, kept material.Set) reconcile.Deleter { return wechat.NewDeleter(client, approved, kept) },
		})
	}
	return f
}

func (f *fleet) plan(ctx context.Context) []*reconcile.Decision {
	return reconcile.Plan(ctx, f.accounts, nil, reconcile.Options{Parallelism: 4, Now: f.sandbox.Now, Applying: true})
}

// A watch is a reader that knows whether anything of what it listed is still held.
type watch struct {
	reconcile.Reader
	all *fleet

	begun  sync.Once
	mu     sync.Mutex
	ids    []weak.Pointer[byte] // of one kept image on each page
	others int                  // accounts of which something was held when this one's listing began
}

// Page gives one image of each page an id of its own, which is collected when
// nobody holds the item.
func (w *watch) Page(ctx context.Context, t material.Type, offset, count int) (state.Page, error) {
	if w.all == nil {
		return w.Reader.Page(ctx, t, offset, count)
	}
	w.begun.Do(func() { w.others = w.all.held() })
	w.all.listing.RLock()
	defer w.all.listing.RUnlock()
	page, err := w.Reader.Page(ctx, t, offset, count)
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range page.Items {
		if it := &page.Items[i]; strings.HasSuffix(it.Name, ".png") {
			it.ID = material.ID(strings.Clone(string(it.ID)))
			w.ids = append(w.ids, weak.Make(unsafe.StringData(string(it.ID))))
			break
		}
	}
	return page, err
}

// held counts the accounts of which something listed is held, while nothing more
// is read.
func (f *fleet) held() int {
	f.listing.Lock()
	defer f.listing.Unlock()
	for range 3 { // a goroutine that has done its work may be about to end
		runtime.GC()
	}
	n := 0
	for _, w := range f.watches {
		if w.holds() {
			n++
		}
	}
	return n
}

func (w *watch) holds() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range w.ids {
		if id.Value() != nil {
			return true
		}
	}
	return false
}

// TestAFleetHoldsNoListingButThoseAtWork holds that of many accounts no more are in
// memory than are worked on at once, none once all is decided, and that what is left
// is enough to delete, and to look after it.
func TestAFleetHoldsNoListingButThoseAtWork(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 12, 100)
	decisions := f.plan(t.Context())
	for i, w := range f.watches {
		if len(w.ids) != 5 {
			t.Fatalf("%s: %d pages watched, want 5", f.accounts[i].Manifest.Name, len(w.ids))
		}
		if w.others >= reconcile.Abreast {
			t.Errorf("%s: listings of %d other accounts are held while it is listed", f.accounts[i].Manifest.Name, w.others)
		}
	}
	if n := f.held(); n != 0 {
		t.Errorf("something of %d listings is held once all is decided", n)
	}
	reconcile.Apply(t.Context(), t.Context(), decisions)
	for _, d := range decisions {
		if got := d.Summary.Result; d.Summary.Status != plan.Done || got == nil || !got.Verified || got.Outcomes[plan.Deleted] != orphansEach {
			t.Errorf("%s: status %d %s: %+v", d.Summary.Name, d.Summary.Status, d.Summary.Error, got)
		}
	}
	if got := len(f.sandbox.Deletes()); got != 12*orphansEach {
		t.Errorf("%d sent, want %d", got, 12*orphansEach)
	}
}

// holding is what the decisions of a fleet hold in memory.
func (f *fleet) holding(t testing.TB) int {
	t.Helper()
	for _, w := range f.watches {
		w.all = nil // nothing is watched
	}
	with := func() uint64 {
		decisions := f.plan(t.Context())
		for _, d := range decisions {
			if d.Summary.Error != "" || d.Summary.Summary.Delete != orphansEach {
				t.Fatalf("%s: %d to delete: %s", d.Summary.Name, d.Summary.Summary.Delete, d.Summary.Error)
			}
		}
		bytes := heap()
		runtime.KeepAlive(decisions)
		return bytes
	}()
	return int(with) - int(heap())
}

// TestAnAccountMoreCostsAFleetLittle bounds what is held of each account of 2,000
// materials once all is decided: its listing alone would take some 600 KiB.
func TestAnAccountMoreCostsAFleetLittle(t *testing.T) {
	const most = 96 << 10
	each := 0
	for range 3 { // what else is in the heap then comes and goes; what is held stays
		few, many := newFleet(t, 4, 2_000).holding(t), newFleet(t, 16, 2_000).holding(t)
		if each = (many - few) / 12; each <= most {
			return
		}
	}
	t.Errorf("each account of 2,000 materials more holds %d bytes, at most %d are wanted", each, most)
}

// BenchmarkFleet decides about 1,000,000 materials over 100 accounts, and reports
// what of them is held then.
func BenchmarkFleet(b *testing.B) {
	for _, accounts := range []int{10, 100} {
		b.Run(fmt.Sprintf("%d accounts", accounts), func(b *testing.B) {
			f := newFleet(b, accounts, 10_000)
			held := 0
			for b.Loop() {
				held = f.holding(b)
			}
			b.ReportMetric(float64(held)/float64(accounts)/1024, "held-KiB/account")
		})
	}
}
