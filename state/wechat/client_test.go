package wechat

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wxkeep/state/material"
)

func TestEndpointIsOneToWhichATokenMayBeSent(t *testing.T) {
	t.Parallel()
	tests := []struct{ endpoint, want, err string }{
		{"", "https://api.weixin.qq.com", ""},
		{"https://api2.weixin.qq.com/", "https://api2.weixin.qq.com", ""},
		{"https://gateway.example/wechat/", "https://gateway.example/wechat", ""},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080", ""},
		{"http://[::1]:8080", "http://[::1]:8080", ""},
		{"http://localhost:8080", "http://localhost:8080", ""},
		{"http://api.weixin.qq.com", "", "endpoint http://api.weixin.qq.com: plain http would show the token to everybody; use https"},
		{"http://127.0.0.1.example.com", "", "endpoint http://127.0.0.1.example.com: plain http would show the token to everybody; use https"},
		{"http://localhost.example.com", "", "endpoint http://localhost.example.com: plain http would show the token to everybody; use https"},
		{"api.weixin.qq.com", "", "endpoint is not a URL such as https://api.weixin.qq.com"},
		{"ftp://127.0.0.1", "", "endpoint is not a URL such as https://api.weixin.qq.com"},
		{"https://", "", "endpoint is not a URL such as https://api.weixin.qq.com"},
		{"https://me:pass@gateway.example", "", "endpoint must not have a user, a query or a fragment"},
		{"https://gateway.example/?access_token=x", "", "endpoint must not have a user, a query or a fragment"},
	}
	for _, tt := range tests {
		got, err := checkEndpoint(tt.endpoint)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if got != tt.want || text != tt.err {
			t.Errorf("%q: got %q, %q; want %q, %q", tt.endpoint, got, text, tt.want, tt.err)
		}
	}
}

func TestAnEndpointMayHaveAPath(t *testing.T) {
	t.Parallel()
	var got string
	config := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.URL.Path
		_, _ = io.WriteString(w, fourCounts)
	})
	config.Endpoint += "/wechat/"
	c := newClient(t, config)
	if _, err := NewReader(c).Counts(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got != "/wechat"+pathCount || c.Calls()[pathCount] != 1 {
		t.Errorf("asked for %s, counted %v", got, c.Calls())
	}
}

func TestAClientNeedsATokenSource(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{}); err == nil {
		t.Error("no error")
	}
}

func TestSkewIsOurClockMinusTheServers(t *testing.T) {
	t.Parallel()
	server := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	config := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", server.Format(http.TimeFormat))
		_, _ = io.WriteString(w, fourCounts)
	})
	config.Now = func() time.Time { return server.Add(-7 * time.Minute) }
	c := newClient(t, config)
	if skew, ok := c.Skew(); ok {
		t.Errorf("before any answer: %v", skew)
	}
	if _, err := NewReader(c).Counts(t.Context()); err != nil {
		t.Fatal(err)
	}
	if skew, ok := c.Skew(); !ok || skew != -7*time.Minute {
		t.Errorf("got %v, %v; want -7m", skew, ok)
	}
}

func TestPaceBoundsRequestsInFlight(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now, most := 0, 0
	full := make(chan struct{})
	config := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		now++
		most = max(most, now)
		if now == 3 {
			select {
			case <-full:
			default:
				close(full)
			}
		}
		mu.Unlock()
		<-full // three at once have come
		mu.Lock()
		now--
		mu.Unlock()
		_, _ = io.WriteString(w, fourCounts)
	})
	config.Pace = NewPace(3, 0)
	one, other := NewReader(newClient(t, config)), NewReader(newClient(t, config))
	var all sync.WaitGroup
	for range 20 {
		for _, r := range []*Reader{one, other} {
			all.Go(func() {
				if _, err := r.Counts(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	if most != 3 {
		t.Errorf("%d in flight at once, want 3", most)
	}
}

func TestPaceBoundsRequestsASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPace(8, 2)
		began := time.Now()
		for range 11 {
			if err := p.enter(t.Context()); err != nil {
				t.Fatal(err)
			}
			p.leave()
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("11 requests took %v, want 5s", took)
		}
	})
}

// A call that waits for a minute does not keep others from being made.
func TestAWaitHoldsNoSlot(t *testing.T) {
	t.Parallel()
	config := serve(t, say(`{"errcode":45011}`, fourCounts))
	config.Pace = NewPace(1, 0)
	plain := config
	config.Sleep = func(ctx context.Context, _ time.Duration) error {
		_, err := NewReader(newClient(t, plain)).Counts(ctx)
		return err
	}
	if _, err := NewReader(newClient(t, config)).Counts(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestACAFileThatIsNone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if _, err := NewTransport(Transport{CAFile: file}); err == nil || !strings.Contains(err.Error(), "read CA file: ") {
		t.Errorf("missing: got %v", err)
	}
	if err := os.WriteFile(file, []byte("not a certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewTransport(Transport{CAFile: file}); err == nil || !strings.Contains(err.Error(), "holds no certificate") {
		t.Errorf("no certificate: got %v", err)
	}
}

// Many calls at once, of all kinds: for the race detector.
func TestOneClientServesManyAtOnce(t *testing.T) {
	t.Parallel()
	config := serve(t, say(`{"errcode":-1}`, fourCounts, `{"errcode":40001}`, fourCounts))
	c := newClient(t, config)
	d := NewDeleter(c, material.Set{"a": {}}, nil)
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() { _, _ = NewReader(c).Counts(t.Context()) })
		all.Go(func() { _, _ = d.Delete(t.Context(), "a"); c.Skew() })
	}
	all.Wait()
	if got := c.Calls(); got[pathCount] < 30 || got[pathDelete] < 30 {
		t.Errorf("Calls() = %v", got)
	}
}
