package ledger

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// elsewhere is the ledger of a process on another host: nobody else sees whether
// it is alive.
func elsewhere(s Store, host string) *Ledger {
	l := Open(s, appid, Options{Account: "brand", Version: "v1"})
	l.self = Holder{Host: host, User: "deploy", PID: 1, Wxkeep: "v1"}
	return l
}

// race lets all acquire at once, and returns those that did.
func race(t *testing.T, ledgers []*Ledger) []*Lease {
	t.Helper()
	var mu sync.Mutex
	var got []*Lease
	var all sync.WaitGroup
	for _, l := range ledgers {
		all.Go(func() {
			le, err := l.Acquire(t.Context())
			if locked := (*Locked)(nil); err != nil && !errors.As(err, &locked) {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				got = append(got, le)
			}
		})
	}
	all.Wait()
	return got
}

func several(s Store) []*Ledger {
	var ledgers []*Ledger
	for _, host := range []string{"a", "b", "c", "d", "e"} {
		ledgers = append(ledgers, elsewhere(s, host))
	}
	return ledgers
}

func TestOneOfSeveralGetsTheLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		got := race(t, several(m))
		if len(got) != 1 {
			t.Fatalf("%d hold the lease", len(got))
		}
		for range 10 { // it is renewed, for longer than it would be stale
			time.Sleep(10 * time.Minute)
			check(t, got[0].Held())
			if more := race(t, several(m)); len(more) != 0 {
				t.Fatalf("%d more hold the lease", len(more))
			}
		}
		check(t, got[0].Release(t.Context()))
		if err := got[0].Held(); !errors.Is(err, ErrLost) {
			t.Errorf("held after its release: %v", err)
		}
		again := race(t, several(m))
		if len(again) != 1 {
			t.Fatalf("%d hold the lease after its release", len(again))
		}
		check(t, again[0].Release(t.Context()))
	})
}

func TestADeadHolderElsewhereDoesNotBlockForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		dead, err := elsewhere(m, "dead").Acquire(t.Context())
		check(t, err)
		time.Sleep(75 * time.Second)
		dead.kill()
		killed := time.Now()
		for {
			if got := race(t, several(m)); len(got) == 1 {
				check(t, got[0].Release(t.Context()))
				break
			} else if len(got) > 1 {
				t.Fatalf("%d hold the lease", len(got))
			}
			if time.Since(killed) > time.Hour {
				t.Fatal("blocked for an hour")
			}
			time.Sleep(time.Second)
		}
		// It was renewed 15 s before it was killed.
		if waited := time.Since(killed); waited < staleAfter-15*time.Second+watchFor || waited > staleAfter+watchFor {
			t.Errorf("taken over after %s", waited)
		}
	})
}

func TestAHolderWhoseClockIsWrongIsNotTakenOver(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		off, watch time.Duration
	}{
		{"behind by an hour", -time.Hour, watchFor},
		{"ahead by a minute", time.Minute, watchFor},
		{"ahead by an hour", time.Hour, staleAfter},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMemory()
				l := elsewhere(m, "holder")
				l.opt.Now = func() time.Time { return time.Now().Add(tt.off) }
				le, err := l.Acquire(t.Context())
				check(t, err)
				other := elsewhere(m, "other")
				var locked *Locked
				if _, err := other.Acquire(t.Context()); !errors.As(err, &locked) || locked.Holder.Host != "holder" {
					t.Errorf("error %v, want that it is locked by holder", err)
				}
				check(t, le.Held())
				le.kill()
				time.Sleep(11 * time.Minute)
				begun := time.Now()
				again, err := other.Acquire(t.Context())
				check(t, err)
				if watched := time.Since(begun); watched != tt.watch {
					t.Errorf("watched for %s, want %s", watched, tt.watch)
				}
				check(t, again.Release(t.Context()))
			})
		})
	}
}

func TestTheWaitIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		dead, err := elsewhere(m, "dead").Acquire(t.Context())
		check(t, err)
		dead.kill()
		time.Sleep(time.Hour)
		l := elsewhere(m, "next")
		var host string
		var told time.Duration
		l.opt.Waiting = func(held *Locked, watch time.Duration) { host, told = held.Holder.Host, watch }
		le, err := l.Acquire(t.Context())
		check(t, err, le.Release(t.Context()))
		if host != "dead" || told != watchFor {
			t.Errorf("told to watch %q for %s", host, told)
		}
	})
}

func TestOnThisHostTheProcessDecides(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		l := elsewhere(m, "here")
		running := true
		l.alive = func(Holder) (bool, bool) { return running, true }
		first, err := l.Acquire(t.Context())
		check(t, err)
		first.kill()
		time.Sleep(24 * time.Hour) // it is stopped, say, and may wake up
		var locked *Locked
		if _, err := l.Acquire(t.Context()); !errors.As(err, &locked) || !locked.Alive {
			t.Fatalf("error %v, want that it is locked by a live process", err)
		}
		if want := "it is running here"; !strings.Contains(locked.Error(), want) {
			t.Errorf("error %q does not say %q", locked, want)
		}
		if err := l.Unlock(t.Context(), locked.ID); err == nil || !strings.Contains(err.Error(), "end that process first") {
			t.Errorf("unlocked a live process: %v", err)
		}
		running = false
		begun := time.Now()
		second, err := l.Acquire(t.Context())
		check(t, err)
		if waited := time.Since(begun); waited != 0 {
			t.Errorf("waited %s for a dead process", waited)
		}
		check(t, second.Release(t.Context()))
	})
}

func TestALeaseThatCannotBeRenewedIsNotHeld(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]fault{"no effect": fail, "answers lost": lose} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMemory()
				le, err := elsewhere(m, "a").Acquire(t.Context())
				check(t, err)
				m.befall(func(int, string) fault { return f })
				time.Sleep(4 * time.Minute)
				check(t, le.Held())
				m.befall(nil) // just in time
				time.Sleep(time.Minute)
				check(t, le.Held())
				m.befall(func(int, string) fault { return f })
				time.Sleep(6 * time.Minute)
				if err := le.Held(); !errors.Is(err, ErrLost) || !strings.Contains(err.Error(), "could not be renewed for") {
					t.Errorf("held after 6 minutes: %v", err)
				}
				m.befall(nil)
				time.Sleep(time.Minute)
				check(t, le.Held(), le.Release(t.Context())) // nobody took it, as the condition proves
			})
		})
	}
}

func TestAStoreThatHangsDoesNotKeepALease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		le, err := elsewhere(m, "a").Acquire(t.Context())
		check(t, err)
		hang := make(chan struct{})
		m.befall(func(int, string) fault { <-hang; return fail })
		time.Sleep(6 * time.Minute)
		if err := le.Held(); !errors.Is(err, ErrLost) {
			t.Errorf("held while the store hangs: %v", err)
		}
		close(hang)
		m.befall(nil)
		check(t, le.Release(t.Context()))
	})
}

// stuck is a store of which the first renewal never ends by itself.
type stuck struct {
	*memory
	once sync.Once
}

func (s *stuck) Replace(ctx context.Context, key string, data []byte, version string) (string, error) {
	s.once.Do(func() { <-ctx.Done() })
	return s.memory.Replace(ctx, key, data, version)
}

func TestOneCallThatHangsDoesNotCostTheLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		le, err := elsewhere(&stuck{memory: newMemory()}, "a").Acquire(t.Context())
		check(t, err)
		time.Sleep(10 * time.Minute)
		check(t, le.Held(), le.Release(t.Context()))
	})
}

func TestAMachineThatSleptDoesNotHoldTheLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		l := elsewhere(m, "laptop")
		var slept time.Duration
		// The wall clock goes on while the monotonic clock stands still.
		l.opt.Now = func() time.Time { return time.Now().Round(0).Add(slept) }
		le, err := l.Acquire(t.Context())
		check(t, err)
		slept = time.Hour
		if err := le.Held(); !errors.Is(err, ErrLost) {
			t.Errorf("held after an hour's sleep: %v", err)
		}
		le.kill()
	})
}

func TestElapsedIsTheLongerOfTwoClocks(t *testing.T) {
	t.Parallel()
	from := time.Now()
	if got := elapsed(from, from.Add(time.Minute)); got != time.Minute {
		t.Errorf("both clocks: %s", got)
	}
	if got := elapsed(from, from.Round(0).Add(time.Hour)); got != time.Hour {
		t.Errorf("the wall clock alone: %s", got)
	}
}

func TestALeaseLostToAnother(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, want string
		happens    func(t *testing.T, m *memory, le *Lease)
	}{
		{"it was unlocked", "it was unlocked", func(t *testing.T, m *memory, le *Lease) {
			check(t, elsewhere(m, "operator").Unlock(t.Context(), le.ID()))
		}},
		{"unlocked, and acquired by another", "deploy@other", func(t *testing.T, m *memory, le *Lease) {
			check(t, elsewhere(m, "operator").Unlock(t.Context(), le.ID()))
			other, err := elsewhere(m, "other").Acquire(t.Context())
			check(t, err)
			t.Cleanup(other.kill)
		}},
		{"its object is gone", "its object was removed", func(_ *testing.T, m *memory, _ *Lease) {
			m.mu.Lock()
			defer m.mu.Unlock()
			delete(m.objects, root+"lease")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMemory()
				le, err := elsewhere(m, "holder").Acquire(t.Context())
				check(t, err)
				tt.happens(t, m, le)
				time.Sleep(renewEvery)
				synctest.Wait()
				if err := le.Held(); !errors.Is(err, ErrLost) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("held: %v, want %q", err, tt.want)
				}
				before := bytes.Clone(m.objects[root+"lease"])
				if err := le.Release(t.Context()); !errors.Is(err, ErrLost) {
					t.Errorf("released: %v", err)
				}
				if !bytes.Equal(before, m.objects[root+"lease"]) {
					t.Error("the release of a lost lease changed it")
				}
			})
		})
	}
}

func TestUnlock(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s Store, _ func(string, []byte)) {
		ctx := t.Context()
		l := elsewhere(s, "operator")
		if err := l.Unlock(ctx, "x"); err == nil || err.Error() != "brand is not locked" {
			t.Errorf("unlock without a lease: %v", err)
		}
		le, err := elsewhere(s, "holder").Acquire(ctx)
		check(t, err)
		le.kill()
		if err := l.Unlock(ctx, "x"); err == nil || !strings.Contains(err.Error(), `is not "x" but `+le.ID()+", held by deploy@holder") {
			t.Errorf("unlock of another id: %v", err)
		}
		var locked *Locked
		if _, err := l.Acquire(ctx); !errors.As(err, &locked) || locked.ID != le.ID() {
			t.Fatalf("error %v, want that it is still locked", err)
		}
		check(t, l.Unlock(ctx, locked.ID))
		if err := l.Unlock(ctx, locked.ID); err == nil {
			t.Error("unlocked twice")
		}
		again, err := l.Acquire(ctx)
		check(t, err)
		if again.ID() == le.ID() {
			t.Error("two leases have one id")
		}
		check(t, again.Release(ctx))
	})
}

func TestLockedSaysWhoHoldsIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		since := time.Now()
		le, err := elsewhere(m, "holder").Acquire(t.Context())
		check(t, err)
		r, err := le.Begin(t.Context(), deleting)
		check(t, err)
		var got *Locked
		if _, err := elsewhere(m, "other").Acquire(t.Context()); !errors.As(err, &got) || got.Run != r.ID() {
			t.Errorf("error %v does not name run %s, which has just begun", err, r.ID())
		}
		time.Sleep(40 * time.Second)
		if _, err := elsewhere(m, "other").Acquire(t.Context()); !errors.As(err, &got) {
			t.Fatalf("error %v, want *Locked", err)
		}
		want := &Locked{
			Account: "brand", ID: le.ID(), Run: r.ID(), Holder: Holder{Host: "holder", User: "deploy", PID: 1, Wxkeep: "v1"},
			Since: since.UTC(), Renewed: since.Add(renewEvery).UTC(), Age: 10 * time.Second,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("locked mismatch (-want +got):\n%s", diff)
		}
		check(t, le.Release(t.Context()))
	})
}
