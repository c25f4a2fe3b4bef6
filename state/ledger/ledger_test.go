package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/material"
)

const (
	appid = "wx0123456789abcdef"
	root  = "accounts/" + appid + "/"
)

// A clock is the time of a test.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// open opens the ledger of a process that is dead for the next one, as on one
// host.
func open(s Store, c *clock) *Ledger {
	l := Open(s, appid, Options{Account: "brand", Version: "v1", Now: c.Now})
	l.alive = func(Holder) (bool, bool) { return false, true }
	return l
}

// acquire takes the lease; nothing renews it when the test has ended.
func acquire(t testing.TB, l *Ledger) *Lease {
	t.Helper()
	le, err := l.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(le.kill)
	return le
}

// kill ends a lease as the death of its process does.
func (le *Lease) kill() {
	le.stop()
	<-le.done
}

var deleting = RunInfo{Command: "apply", Action: Delete, PlanDigest: "sha256:abc"}

func begun(t testing.TB, l *Ledger) (*Lease, *Run) {
	t.Helper()
	le := acquire(t, l)
	r, err := le.Begin(t.Context(), deleting)
	if err != nil {
		t.Fatal(err)
	}
	return le, r
}

func item(id material.ID) Item {
	return Item{Item: material.Item{ID: id, Type: material.Image, Name: string(id) + ".png", UpdateTime: 1690000000}}
}

func batch(outcome string, ids ...material.ID) []Item {
	var items []Item
	for _, id := range ids {
		it := item(id)
		it.Outcome = outcome
		items = append(items, it)
	}
	return items
}

func idsOf(items []Item) []material.ID {
	ids := []material.ID{}
	for _, it := range items {
		ids = append(ids, it.ID)
	}
	return ids
}

// check fails the test at an error.
func check(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// intact fails the test unless the journal's chain holds.
func intact(t testing.TB, l *Ledger) *Verification {
	t.Helper()
	v, err := l.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if v.Broken != nil {
		t.Fatalf("the chain is broken: %v", v.Broken)
	}
	return v
}

func TestWhatIsBrokenIsAnErrorAndNeverEmpty(t *testing.T) {
	t.Parallel()
	reads := map[string]func(context.Context, *Ledger) error{
		"seen.json":   func(ctx context.Context, l *Ledger) error { _, err := l.Seen(ctx); return err },
		"uses.json":   func(ctx context.Context, l *Ledger) error { _, err := l.Uses(ctx); return err },
		"quotas.json": func(ctx context.Context, l *Ledger) error { _, err := l.Quotas(ctx); return err },
		"snapshot":    func(ctx context.Context, l *Ledger) error { _, _, err := snapshotOf(ctx, l); return err },
		"lease":       func(ctx context.Context, l *Ledger) error { _, err := l.Acquire(ctx); return err },
		"archive/x.json": func(ctx context.Context, l *Ledger) error {
			_, err := l.Archived(ctx, "x")
			return err
		},
		"journal/20261101T000000.000Z/00000001.json": func(ctx context.Context, l *Ledger) error {
			_, err := l.History(ctx, time.Time{})
			return err
		},
	}
	tests := []struct{ name, content string }{
		{"an empty object", ""},
		{"cut JSON", `{"version":1,"orphans":{"a":"2026-11-`},
		{"null", "null"},
		{"no version", "{}"},
		{"nothing but a version", `{"version":1}`},
		{"two documents", `{"version":1}{"version":1}`},
		{"another kind of content", `{"version":1,"orphans":[],"uses":{},"quotas":[],"id":1,"sha256":1,"run":1}`},
	}
	for name, read := range reads {
		for _, tt := range tests {
			t.Run(name+": "+tt.name, func(t *testing.T) {
				t.Parallel()
				m := newMemory()
				m.set(root+name, []byte(tt.content))
				err := read(t.Context(), open(m, newClock()))
				var c *Corrupt
				if !errors.As(err, &c) || c.Key != root+name {
					t.Fatalf("error %v, want *Corrupt of %s", err, root+name)
				}
				if !strings.Contains(err.Error(), root+name) || !strings.Contains(err.Error(), "; ") {
					t.Errorf("error %q does not name the object and what to do", err)
				}
			})
		}
	}
}

func TestAnotherVersionIsRefusedAndNotOverwritten(t *testing.T) {
	t.Parallel()
	tests := map[string]func(context.Context, *Ledger) error{
		"seen.json": func(ctx context.Context, l *Ledger) error {
			_, err := l.RecordSeen(ctx, material.Set{"a": {}})
			return err
		},
		"uses.json": func(ctx context.Context, l *Ledger) error {
			_, err := l.RecordUses(ctx, []Use{{ID: "a", Place: "menu"}})
			return err
		},
		"quotas.json": func(ctx context.Context, l *Ledger) error { return l.RecordQuotas(ctx, nil) },
		"lease":       func(ctx context.Context, l *Ledger) error { _, err := l.Acquire(ctx); return err },
		"archive/a.json": func(ctx context.Context, l *Ledger) error {
			_, err := l.save(ctx, Archived{Item: item("a").Item}, []byte("content"))
			return err
		},
	}
	for name, write := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMemory()
			m.set(root+name, []byte(`{"version":2,"of":"the future"}`))
			err := write(t.Context(), open(m, newClock()))
			if err == nil || !strings.Contains(err.Error(), "use a newer wxkeep") {
				t.Errorf("error %v does not ask for a newer wxkeep", err)
			}
			if got := string(m.objects[root+name]); got != `{"version":2,"of":"the future"}` {
				t.Errorf("the object is %s now", got)
			}
		})
	}
}

func TestLayout(t *testing.T) {
	t.Parallel()
	m := newMemory()
	l := open(m, newClock())
	le, r := begun(t, l)
	ctx := t.Context()
	sha, err := r.Save(ctx, item("-a_").Item, "image/png", []byte("bytes"), nil)
	check(t, err,
		r.Intent(ctx, batch("", "-a_")),
		r.Outcome(ctx, batch(Deleted, "-a_")),
		r.End(ctx, Summary{}),
		l.SavePlan(ctx, "sha256:"+sha, []byte("{}")),
		l.SaveSnapshot(ctx, l.now(), bytesOf("all")),
		le.Release(ctx))
	_, err1 := l.RecordSeen(ctx, material.Set{"b": {}})
	_, err2 := l.RecordUses(ctx, nil)
	check(t, err1, err2, l.RecordQuotas(ctx, nil))
	var want []string
	for _, name := range []string{
		"archive/-a_.json", "blobs/" + sha,
		"journal/20261123T080000.000Z/00000001.json", "journal/20261123T080000.000Z/00000002.json",
		"journal/20261123T080000.000Z/00000003.json", "journal/20261123T080000.000Z/00000004.json",
		"lease", "plans/" + sha + ".json", "quotas.json", "seen.json", "snapshot", "uses.json",
	} {
		want = append(want, root+name)
	}
	if diff := cmp.Diff(want, m.keys()); diff != "" {
		t.Errorf("keys mismatch (-want +got):\n%s", diff)
	}
}

// bytesOf writes s as a snapshot.
func bytesOf(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

// snapshotOf returns all of the snapshot, and its time.
func snapshotOf(ctx context.Context, l *Ledger) (snapshot string, observed time.Time, err error) {
	err = l.Snapshot(ctx, func(at time.Time, r io.Reader) error {
		b, err := io.ReadAll(r)
		snapshot, observed = string(b), at
		return err
	})
	return snapshot, observed, err
}

func TestPlansAndSnapshotsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s Store, alter func(string, []byte)) {
		ctx, c := t.Context(), newClock()
		l := open(s, c)
		digest := "sha256:" + strings.Repeat("a1", 32)
		if _, err := l.Plan(ctx, digest); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a plan never saved: %v", err)
		}
		if _, _, err := snapshotOf(ctx, l); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a snapshot never saved: %v", err)
		}
		big := []byte(strings.Repeat("{\"media_id\":\"x\"}\n", 1000))
		check(t, l.SavePlan(ctx, digest, big), l.SavePlan(ctx, digest, big), l.SaveSnapshot(ctx, c.Now(), bytesOf("old")), l.SaveSnapshot(ctx, c.Now(), bytesOf(string(big))))
		if err := l.SavePlan(ctx, digest, []byte("other")); !errors.Is(err, fs.ErrExist) {
			t.Errorf("another plan under the same digest: %v", err)
		}
		file, err := l.Plan(ctx, digest)
		if err != nil || string(file) != string(big) {
			t.Errorf("the plan has %d bytes, %v; want %d", len(file), err, len(big))
		}
		snapshot, at, err := snapshotOf(ctx, l)
		if err != nil || snapshot != string(big) || !at.Equal(c.Now()) {
			t.Errorf("the snapshot has %d bytes of %s, %v; want %d of %s", len(snapshot), at, err, len(big), c.Now())
		}
		stored, _, err := s.Get(ctx, root+"snapshot")
		check(t, err)
		if len(stored) > len(big)/10 {
			t.Errorf("the snapshot takes %d bytes for %d", len(stored), len(big))
		}
		alter(root+"snapshot", stored[:len(stored)-3])
		if _, _, err := snapshotOf(ctx, l); !errors.As(err, new(*Corrupt)) {
			t.Errorf("a snapshot that was cut: %v", err)
		}
		for _, bad := range []string{"", "sha256:", "sha256:../lease", strings.Repeat("a1", 32), "sha256:" + strings.Repeat("A1", 32)} {
			if err := l.SavePlan(ctx, bad, big); err == nil {
				t.Errorf("%q is a digest", bad)
			}
		}
	})
}

func ExampleLocked() {
	fmt.Println(&Locked{
		Account: "brand-main", ID: "0123456789abcdef", Run: "20261123T080000.000Z",
		Holder: Holder{Host: "ci-7", User: "deploy", PID: 4711, Wxkeep: "v1.2.0"},
		Since:  time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), Age: 12 * time.Second,
	})
	// Output:
	// brand-main is locked by deploy@ci-7, pid 4711, wxkeep v1.2.0, since 2026-11-23T08:00:00Z, run 20261123T080000.000Z, renewed 12s ago: wait for it, or if it is dead: wxkeep unlock brand-main 0123456789abcdef
}
