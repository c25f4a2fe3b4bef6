package reconcile_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state/ledger"
	"wxkeep/state/material"
	"wxkeep/state/store"
)

// A book is a ledger of which writes can be made to fail.
type book struct {
	dir     string // empty when it is in memory
	objects store.Store
	refuse  func(key string) error // of a write, before it happens; nil for none
	wrote   func(key string)       // after a write; may be nil
}

// remember gives the world a ledger in a directory, and archives what is deleted.
func (w *world) remember(t tester) *world {
	t.Helper()
	dir, err := os.MkdirTemp("", "wxkeep-book-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	objects, err := store.Open(context.Background(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.rememberIn(objects).book.dir = dir
	return w
}

func (w *world) rememberIn(objects store.Store) *world {
	w.book, w.manifest.Archive = &book{objects: objects}, true
	return w
}

// imagesInMemory gives the world a ledger in memory, governs images alone, and
// archives nothing.
func (w *world) imagesInMemory() *world {
	w.rememberIn(&memory{objects: map[string][]byte{}})
	w.manifest.Archive, w.manifest.Types = false, []material.Type{material.Image}
	return w
}

// A memory is a store that is gone with the test: thousands of random worlds
// would wait for the disk most of the time.
type memory struct {
	mu      sync.Mutex
	objects map[string][]byte
}

func (m *memory) String() string { return "memory" }

func (m *memory) Get(_ context.Context, key string) ([]byte, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.objects[key]
	if !ok {
		return nil, "", store.ErrNotExist
	}
	return slices.Clone(data), string(data), nil
}

func (m *memory) Put(ctx context.Context, key string, data []byte, c store.Condition) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	there, ok := m.objects[key]
	switch {
	case c == store.Always, c == store.IfAbsent && !ok, ok && c == store.IfVersion(string(there)):
		m.objects[key] = slices.Clone(data)
		return string(data), nil
	}
	return "", store.ErrConflict
}

func (m *memory) List(_ context.Context, prefix string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var keys []string
	for key := range m.objects {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// refer makes the manifest name these places, and no other.
func (w *world) refer(places ...string) *world {
	w.manifest.References.Places = places
	return w
}

func (b *book) open(w *world) *ledger.Ledger {
	return ledger.Open(b, appid, ledger.Options{Account: w.manifest.Name, Version: "test", Now: w.sandbox.Now})
}

// ledger is the world's ledger, as another process would open it.
func (w *world) ledger() *ledger.Ledger { return w.book.open(w) }

func (b *book) Get(ctx context.Context, key string) ([]byte, string, error) {
	data, version, err := b.objects.Get(ctx, key)
	return data, version, condition(err)
}

func (b *book) List(ctx context.Context, prefix string) ([]string, error) {
	return b.objects.List(ctx, prefix)
}

func (b *book) Create(ctx context.Context, key string, data []byte) (string, error) {
	return b.put(ctx, key, data, store.IfAbsent)
}

func (b *book) Replace(ctx context.Context, key string, data []byte, version string) (string, error) {
	return b.put(ctx, key, data, store.IfVersion(version))
}

func (b *book) Put(ctx context.Context, key string, data []byte) (string, error) {
	return b.put(ctx, key, data, store.Always)
}

func (b *book) put(ctx context.Context, key string, data []byte, c store.Condition) (string, error) {
	key0 := strings.TrimPrefix(key, "accounts/"+appid+"/")
	if b.refuse != nil {
		if err := b.refuse(key0); err != nil {
			return "", err
		}
	}
	version, err := b.objects.Put(ctx, key, data, c)
	if err == nil && b.wrote != nil {
		b.wrote(key0)
	}
	return version, condition(err)
}

// condition makes a store's condition one of the standard library's.
func condition(err error) error {
	switch {
	case errors.Is(err, store.ErrNotExist):
		return errors.Join(err, fs.ErrNotExist)
	case errors.Is(err, store.ErrConflict):
		return errors.Join(err, fs.ErrExist)
	}
	return err
}

// full refuses every write of a key that begins with one of prefixes, as a disk
// without space does.
func full(prefixes ...string) func(string) error {
	return func(key string) error {
		for _, p := range prefixes {
			if strings.HasPrefix(key, p) {
				return errors.New("no space left on device")
			}
		}
		return nil
	}
}

// journaled is what the journal says became of each material that was to be
// deleted, in the last word about it.
func (w *world) journaled(t tester) map[material.ID]ledger.Item {
	t.Helper()
	h, err := w.ledger().History(context.Background(), now.AddDate(-1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	last := map[material.ID]ledger.Item{}
	for _, r := range h.Runs {
		for _, it := range r.Items {
			if it.Action == ledger.Delete {
				last[it.ID] = it
			}
		}
	}
	return last
}

// checkBook holds that the journal is whole, and that everything which is gone by
// del_material is in it, and in the archive.
func (w *world) checkBook(t tester, fatalf func(string, ...any)) {
	t.Helper()
	v, err := w.ledger().Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if v.Broken != nil {
		fatalf("the journal is broken: %v", v.Broken)
	}
	live, noted := w.live(), w.journaled(t)
	for _, id := range w.sandbox.Deletes() {
		it, ok := noted[id]
		if !ok {
			fatalf("%s was sent, and is not in the journal", id)
		}
		if live.Has(id) {
			continue
		}
		if w.manifest.Archive {
			if _, _, err := w.ledger().Load(context.Background(), id); err != nil {
				fatalf("%s (%s) is gone, and not in the archive: %v", id, it.Outcome, err)
			}
		}
	}
}

var _ ledger.Store = (*book)(nil)

func TestARunWithALedger(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(images("keep-", 3), images("x", 12)...)...).remember(t)
	d := w.apply(t.Context())
	if d.Summary.Status != 0 || !d.Summary.Result.Verified {
		t.Fatalf("status %d: %s %v", d.Summary.Status, d.Summary.Error, d.Summary.Result)
	}
	w.checkBook(t, t.Errorf)
	for id, it := range w.journaled(t) {
		if it.Outcome != ledger.Deleted || it.SHA256 == "" {
			t.Errorf("the journal says %q and sha256 %q of %s", it.Outcome, it.SHA256, id)
		}
	}
	if n := len(w.journaled(t)); n != 12 {
		t.Errorf("%d materials in the journal, want 12", n)
	}
}

// saved is the plan that this world gives now, written and read again.
func (w *world) saved(t tester, life time.Duration) *plan.Plan {
	t.Helper()
	doc := reconcile.Document([]*reconcile.Decision{w.plan(context.Background())}, "v1", life, w.sandbox.Now(), false)
	b, err := doc.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if doc, err = plan.Decode(b); err != nil {
		t.Fatal(err)
	}
	return doc
}
