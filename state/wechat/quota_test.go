package wechat

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wxkeep/state"
)

func TestAQuotaIsReadLeniently(t *testing.T) {
	t.Parallel()
	minute := state.Rate{Calls: 60, Window: time.Minute}
	tests := []struct {
		name, answer string
		want         state.Quota
		err          string
	}{
		{"all that the page shows", `{"errcode":0,"errmsg":"ok","quota":{"daily_limit":500,"used":10,"remain":490},"rate_limit":{"call_count":60,"refresh_second":60},"component_rate_limit":{"call_count":600,"refresh_second":60}}`, state.Quota{Limit: 500, Used: 10, Left: 490, Rate: minute}, ""},
		{"the platform's rate is the stricter one", `{"quota":{"daily_limit":500,"used":10,"remain":490},"component_rate_limit":{"call_count":60,"refresh_second":60},"rate_limit":{"call_count":30,"refresh_second":10}}`, state.Quota{Limit: 500, Used: 10, Left: 490, Rate: minute}, ""},
		{"a rate inside quota", `{"quota":{"rate_limit":{"call_count":60,"refresh_second":60},"daily_limit":500,"used":10,"remain":490}}`, state.Quota{Limit: 500, Used: 10, Left: 490, Rate: minute}, ""},
		{"no rate", `{"quota":{"daily_limit":500,"used":10,"remain":490}}`, state.Quota{Limit: 500, Used: 10, Left: 490}, ""},
		{"a rate that is null", `{"quota":{"daily_limit":500,"used":10,"remain":490},"rate_limit":null}`, state.Quota{Limit: 500, Used: 10, Left: 490}, ""},
		{"a rate of nothing", `{"quota":{"daily_limit":500,"used":10,"remain":490},"rate_limit":{"call_count":0,"refresh_second":60}}`, state.Quota{Limit: 500, Used: 10, Left: 490}, ""},
		{"a rate of ages", `{"quota":{"daily_limit":500,"used":10,"remain":490},"rate_limit":{"call_count":1,"refresh_second":9223372036854775807}}`, state.Quota{Limit: 500, Used: 10, Left: 490, Rate: state.Rate{Calls: 1, Window: 24 * time.Hour}}, ""},
		{"nothing left is said", `{"quota":{"daily_limit":500,"used":10}}`, state.Quota{Limit: 500, Used: 10, Left: 490}, ""},
		{"nothing used is said", `{"quota":{"daily_limit":500,"remain":490}}`, state.Quota{Limit: 500, Used: 10, Left: 490}, ""},
		{"more used than there is", `{"quota":{"daily_limit":500,"used":503,"remain":-3}}`, state.Quota{Limit: 500, Used: 503}, ""},
		{"numbers as text", `{"quota":{"daily_limit":"500","used":"10","remain":"490"}}`, state.Quota{Limit: 500, Used: 10, Left: 490}, ""},
		{"no limit", `{"quota":{"used":10,"remain":490}}`, state.Quota{}, "no daily_limit, or neither remain nor used"},
		{"a limit of nothing says nothing", `{"quota":{"daily_limit":0,"used":0,"remain":0}}`, state.Quota{}, "no daily_limit, or neither remain nor used"},
		{"a limit alone", `{"quota":{"daily_limit":500}}`, state.Quota{}, "no daily_limit, or neither remain nor used"},
		{"nothing", `{"errcode":0}`, state.Quota{}, "no daily_limit, or neither remain nor used"},
		{"an unknown path", `{"errcode":76021,"errmsg":"cgi_path not found"}`, state.Quota{}, "errcode 76021"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := readQuota(strings.NewReader(tt.answer))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("quota (-want +got):\n%s", diff)
			}
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}

// TestAQuotaThatCannotBeHadCostsLittle holds that a call which nothing depends on
// neither waits nor renews a token.
func TestAQuotaThatCannotBeHadCostsLittle(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, answer string
		want         error
		tries        int
	}{
		{"a wrong path", `{"errcode":76021}`, state.ErrItem, 1},
		{"not granted", `{"errcode":48001}`, state.ErrNotGranted, 1},
		{"a token that is refused", `{"errcode":40001}`, state.ErrCredential, 1},
		{"the limit a minute", `{"errcode":45011}`, state.ErrRate, 1},
		{"its own daily limit", `{"errcode":45009}`, state.ErrQuota, 1},
		{"busy", `{"errcode":-1}`, state.ErrBusy, 2},
		{"not JSON", `<html>`, state.ErrStop, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, serve(t, say(tt.answer)))
			_, err := NewReader(c).Quota(t.Context(), pathDelete)
			if !errors.Is(err, tt.want) || c.Calls()[pathQuota] != tt.tries {
				t.Errorf("%v after %d tries, want %v after %d", err, c.Calls()[pathQuota], tt.want, tt.tries)
			}
		})
	}
}

func TestThroughCloudCallNoQuotaIsAskedFor(t *testing.T) {
	t.Parallel()
	config := serve(t, func(http.ResponseWriter, *http.Request) {})
	config.Way = CloudRun
	c := newClient(t, config)
	_, err := NewReader(c).Quota(t.Context(), pathDelete)
	if !errors.Is(err, state.ErrNotGranted) || len(c.Calls()) != 0 {
		t.Errorf("error %v after the calls %v, want %v after none", err, c.Calls(), state.ErrNotGranted)
	}
}

func TestTheQuotaOfAPathIsAskedForByThePathAlone(t *testing.T) {
	t.Parallel()
	var body string
	c := newClient(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body = strings.TrimSpace(string(b))
		_, _ = io.WriteString(w, `{"quota":{"daily_limit":1,"used":0,"remain":1}}`)
	}))
	if _, err := NewReader(c).Quota(t.Context(), pathDelete); err != nil {
		t.Fatal(err)
	}
	if want := `{"cgi_path":"/cgi-bin/material/del_material"}`; body != want {
		t.Errorf("asked with %s, want %s", body, want)
	}
}

// A sleeper is a clock that moves only when somebody sleeps.
type sleeper struct {
	mu  sync.Mutex
	now time.Time
}

func (c *sleeper) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *sleeper) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

// TestAfter45011TheWaitIsAsLongAsWeChatSaid holds that refresh_second, where it is
// known, is the wait.
func TestAfter45011TheWaitIsAsLongAsWeChatSaid(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rate state.Rate
		want time.Duration
	}{
		"it said nothing":    {state.Rate{}, time.Minute},
		"it said 90 seconds": {state.Rate{Calls: 1000, Window: 90 * time.Second}, 90 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := &sleeper{now: time.Unix(1_800_000_000, 0)}
			config := serve(t, say(`{"errcode":45011}`, fourCounts))
			config.Now, config.Sleep = clock.Now, clock.Sleep
			c := newClient(t, config)
			c.Paced(pathCount, tt.rate)
			began := clock.Now()
			if _, err := NewReader(c).Counts(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := clock.Now().Sub(began); got != tt.want {
				t.Errorf("waited %s, want %s", got, tt.want)
			}
		})
	}
}

// TestAWindowIsKeptAndNothingIsWaitedForInVain compares with every window there
// is: never more calls in one than the rate allows, and none sent later than the
// first instant at which the windows before it allow it.
func TestAWindowIsKeptAndNothingIsWaitedForInVain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate := state.Rate{Calls: rapid.IntRange(1, 5).Draw(t, "calls"), Window: time.Minute}
		w := &window{}
		w.set(rate)
		w.hold()
		now := time.Unix(1_800_000_000, 0)
		var sent []time.Time
		for range rapid.IntRange(1, 30).Draw(t, "n") {
			asked := now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "seconds later")) * time.Second)
			now = asked
			for wait := w.take(now); wait > 0; wait = w.take(now) {
				now = now.Add(wait)
			}
			sent = append(sent, now)
			if i := len(sent) - 1 - rate.Calls; i >= 0 {
				first := sent[i].Add(rate.Window)
				if now.Before(first) {
					t.Fatalf("call %d is sent %s too early", len(sent), first.Sub(now))
				}
				if now.After(asked) && now.After(first) {
					t.Fatalf("call %d is sent %s too late", len(sent), now.Sub(first))
				}
			} else if now.After(asked) {
				t.Fatalf("call %d of %d waits", len(sent), rate.Calls)
			}
		}
	})
}

func TestAWindowHoldsNothingBackBeforeItIsNeeded(t *testing.T) {
	t.Parallel()
	w, now := &window{}, time.Unix(1_800_000_000, 0)
	w.set(state.Rate{Calls: 2, Window: time.Minute})
	for i := range 5 {
		if wait := w.take(now.Add(time.Duration(i) * time.Second)); wait != 0 {
			t.Errorf("call %d waits %s", i+1, wait)
		}
	}
	w.hold()
	if wait := w.take(now.Add(5 * time.Second)); wait != 58*time.Second {
		t.Errorf("it waits %s, want 58s: until the one before the last is a minute old", wait)
	}
}

// TestWhoWaitsForAWindowLetsOthersGoFirst has one slot for all calls: a call that
// waited in it would keep the count out.
func TestWhoWaitsForAWindowLetsOthersGoFirst(t *testing.T) {
	t.Parallel()
	config := serve(t, func(w http.ResponseWriter, r *http.Request) {
		answer := fourCounts
		if r.URL.Path == pathQuota {
			answer = `{"quota":{"daily_limit":1,"used":0,"remain":1}}`
		}
		_, _ = io.WriteString(w, answer)
	})
	clock := &sleeper{now: time.Unix(1_800_000_000, 0)}
	var counted error
	var reader *Reader
	config.Pace, config.Now = NewPace(1, 0), clock.Now
	config.Sleep = func(ctx context.Context, d time.Duration) error {
		_, counted = reader.Counts(ctx)
		return clock.Sleep(ctx, d)
	}
	c := newClient(t, config)
	reader = NewReader(c)
	c.Paced(pathQuota, state.Rate{Calls: 1, Window: time.Minute})
	c.wire.window(pathQuota).hold()
	for range 2 {
		if _, err := reader.Quota(t.Context(), pathDelete); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[string]int{pathQuota: 2, pathCount: 1}, c.Calls()); diff != "" || counted != nil {
		t.Errorf("%v, calls (-want +got):\n%s", counted, diff)
	}
}

func TestAClockThatStandsStillIsNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	config := serve(t, say(fourCounts))
	clock := &sleeper{now: time.Unix(1_800_000_000, 0)}
	sleeps := 0
	config.Now = clock.Now
	config.Sleep = func(ctx context.Context, _ time.Duration) error { sleeps++; return ctx.Err() }
	c := newClient(t, config)
	c.Paced(pathCount, state.Rate{Calls: 1, Window: time.Minute})
	c.wire.window(pathCount).hold()
	for range 2 {
		if _, err := NewReader(c).Counts(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if sleeps != maxMinutes {
		t.Errorf("slept %d times, want %d", sleeps, maxMinutes)
	}
}
