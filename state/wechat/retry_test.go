package wechat

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state"
	"wxkeep/state/material"
)

// abort cuts the connection without an answer.
func abort(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// cut sends headers and half of the body.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, `{"voice_count":1,`)
	panic(http.ErrAbortHandler)
}

// cutChunk sends a whole document, but not the end of the chunked body.
func cutChunk(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, fourCounts)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// inTurn handles each request with the next of hs, and all later ones with the
// last.
func inTurn(hs ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := hs[0]
		if len(hs) > 1 {
			hs = hs[1:]
		}
		mu.Unlock()
		h(w, r)
	}
}

func TestCallsAreRepeatedByCause(t *testing.T) {
	t.Parallel()
	const ok, busy, minute, refused = fourCounts, `{"errcode":-1,"errmsg":"system error"}`, `{"errcode":45011,"errmsg":"limit"}`, `{"errcode":40001,"errmsg":"invalid credential"}`
	tests := []struct {
		name   string
		server http.HandlerFunc
		calls  int
		want   []string // conditions
	}{
		{"an answer", say(ok), 1, nil},
		{"busy once", say(busy, ok), 2, nil},
		{"busy four times", say(busy, busy, busy, busy, ok), 5, nil},
		{"busy for ever", say(busy), 5, []string{"busy"}},
		{"-1000 for ever", say(`{"errcode":-1000}`), 5, []string{"busy"}},
		{"the minute's limit twice", say(minute, minute, ok), 3, nil},
		{"the minute's limit for ever", say(minute), 31, []string{"rate"}},
		{"busy and the minute's limit are counted apart", say(busy, minute, busy, minute, busy, minute, busy, ok), 8, nil},
		{"a refused token once", say(refused, ok), 2, nil},
		{"a refused token for ever", say(refused), 2, []string{"credential"}},
		{"refused, then busy, then refused", say(refused, busy, refused), 3, []string{"credential"}},
		{"40014", say(`{"errcode":40014}`, ok), 2, nil},
		{"42001", say(`{"errcode":42001}`, ok), 2, nil},
		{"40007, though no media_id was sent", say(`{"errcode":40007}`, ok), 1, []string{"stop"}},
		{"an unknown code", say(`{"errcode":77777}`, ok), 1, []string{"stop"}},
		{"45009", say(`{"errcode":45009}`, ok), 1, []string{"quota"}},
		{"status 500 once", inTurn(status(500), say(ok)), 2, nil},
		{"status 502 for ever", status(502), 5, []string{"busy"}},
		{"status 429 once", inTurn(status(429), say(ok)), 2, nil},
		{"status 404", status(404), 1, []string{"stop"}},
		{"status 204", status(204), 1, []string{"stop"}},
		{"a cut body once", inTurn(cut, say(ok)), 2, nil},
		{"a cut body for ever", cut, 5, []string{"busy"}},
		{"a body whose last chunk is missing", inTurn(cutChunk, say(ok)), 2, nil},
		{"a truncated document", say(ok[:40], ok), 2, nil},
		{"an empty body once", say("", ok), 2, nil},
		{"an empty body for ever", say(""), 5, []string{"busy"}},
		{"a web page once", say("<html>", ok), 2, nil},
		{"a web page for ever", say("<html>"), 5, []string{"stop"}},
		{"a field missing", say(`{"voice_count":1}`, ok), 1, []string{"stop"}},
		{"an answer too large", say(`{"x":"` + strings.Repeat("x", maxSmall) + `"}`), 1, []string{"stop"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, serve(t, tt.server))
			_, err := NewReader(c).Counts(t.Context())
			if diff := cmp.Diff(tt.want, named(err)); diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if (err == nil) != (tt.want == nil) {
				t.Errorf("got error %v", err)
			}
			if diff := cmp.Diff(map[string]int{pathCount: tt.calls}, c.Calls()); diff != "" {
				t.Errorf("Calls() (-want +got):\n%s", diff)
			}
		})
	}
}

// net/http repeats a GET by itself when a used connection is cut; that call was
// made too.
func TestAConnectionCutBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	var served atomic.Int64
	count := func(h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { served.Add(1); h(w, r) }
	}
	c := newClient(t, serve(t, count(inTurn(say(fourCounts), abort, abort, say(fourCounts)))))
	for range 2 {
		if _, err := NewReader(c).Counts(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[string]int{pathCount: 4}, c.Calls()); diff != "" || served.Load() != 4 {
		t.Errorf("%d served, Calls() (-want +got):\n%s", served.Load(), diff)
	}
}

func TestWaitsGrowAndTheMinuteIsAMinute(t *testing.T) {
	t.Parallel()
	config := serve(t, say(`{"errcode":-1}`, `{"errcode":45011}`, `{"errcode":-1}`, `{"errcode":-1}`, `{"errcode":40001}`, `{"errcode":-1}`, fourCounts))
	var n naps
	config.Sleep = n.Sleep
	if _, err := NewReader(newClient(t, config)).Counts(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []time.Duration{time.Second, time.Minute, 2 * time.Second, 4 * time.Second, 0, 8 * time.Second}
	if len(n.taken) != len(want) {
		t.Fatalf("waits %v, want about %v", n.taken, want)
	}
	for i, w := range want {
		if got := n.taken[i]; w == time.Minute && got != w || got < w/2 || got > w+w/2 {
			t.Errorf("wait %d is %v, want about %v", i, got, w)
		}
	}
}

func TestWaitsCanBeSet(t *testing.T) {
	t.Parallel()
	config := serve(t, say(`{"errcode":-1}`, `{"errcode":45011}`, fourCounts))
	var n naps
	config.Sleep, config.BackOff, config.MinuteWait = n.Sleep, 2*time.Hour, 90*time.Second
	if _, err := NewReader(newClient(t, config)).Counts(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(n.taken) != 2 || n.taken[0] < time.Hour || n.taken[1] != 90*time.Second {
		t.Errorf("waits %v", n.taken)
	}
}

func TestATryThatTakesTooLongIsRepeated(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	config := serve(t, inTurn(hang, say(`{"errcode":0}`)))
	config.Timeout = 50 * time.Millisecond
	d := NewDeleter(newClient(t, config), material.Set{"a": {}}, nil)
	unclear, err := d.Delete(t.Context(), "a")
	if err != nil || !unclear {
		t.Errorf("got unclear %v, %v; want unclear and no error", unclear, err)
	}
}

func TestAnInterruptedCallSaysSo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	config := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
	})
	c := newClient(t, config)
	unclear, err := NewDeleter(c, material.Set{"a": {}}, nil).Delete(ctx, "a")
	if !errors.Is(err, context.Canceled) || !unclear || named(err) != nil {
		t.Errorf("in flight: got unclear %v, %v", unclear, err)
	}
	unclear, err = NewDeleter(c, material.Set{"a": {}}, nil).Delete(ctx, "a")
	if !errors.Is(err, context.Canceled) || unclear {
		t.Errorf("before: got unclear %v, %v", unclear, err)
	}
	if diff := cmp.Diff(map[string]int{pathDelete: 1}, c.Calls()); diff != "" {
		t.Errorf("Calls() (-want +got):\n%s", diff)
	}
}

func TestAWaitCanBeInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	config := serve(t, say(`{"errcode":45011}`))
	config.Sleep = func(ctx context.Context, d time.Duration) error {
		cancel()
		return sleep(ctx, d)
	}
	unclear, err := NewDeleter(newClient(t, config), material.Set{"a": {}}, nil).Delete(ctx, "a")
	if !errors.Is(err, context.Canceled) || unclear {
		t.Errorf("got unclear %v, %v", unclear, err)
	}
}

func TestTheRealSleepWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if err := sleep(t.Context(), time.Minute); err != nil || time.Since(began) != time.Minute {
			t.Errorf("slept %v, %v", time.Since(began), err)
		}
	})
}

func TestARedirectIsNeverFollowed(t *testing.T) {
	t.Parallel()
	var followed bool
	other := startQuiet(t, httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true })), false)
	for _, code := range []int{301, 302, 303, 307, 308} {
		c := newClient(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other+r.RequestURI, code)
		}))
		_, err := NewReader(c).Counts(t.Context())
		if !errors.Is(err, state.ErrStop) || !strings.Contains(err.Error(), "a redirect to 127.0.0.1, which is never followed") {
			t.Errorf("%d: got %v", code, err)
		}
		if diff := cmp.Diff(map[string]int{pathCount: 1}, c.Calls()); diff != "" || followed {
			t.Errorf("%d: followed %v, Calls() (-want +got):\n%s", code, followed, diff)
		}
	}
}

func TestAServerNeverReached(t *testing.T) {
	t.Parallel()
	plain := startQuiet(t, httptest.NewUnstartedServer(status(200)), false)
	secure := startQuiet(t, httptest.NewUnstartedServer(status(200)), true)
	tests := []struct {
		name, endpoint, says string
		tries                int
		transport            func(*http.Transport)
	}{
		{"nobody listens", "http://" + deadAddress(t), "connection refused", maxUnseen, nil},
		{"the name is not found", "https://api.example.invalid", "lookup api.example.invalid", maxUnseen, deadResolver(t)},
		{"the certificate is not trusted", secure, "; a private CA can be trusted with --ca-file", 1, nil},
		{"the server does not speak TLS", strings.Replace(plain, "http:", "https:", 1), "HTTP response to HTTPS client", 1, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			config := configFor(t, tt.endpoint)
			if tt.transport != nil {
				tt.transport(config.HTTP.(*http.Transport))
			}
			c := newClient(t, config)
			unclear, err := NewDeleter(c, material.Set{"a": {}}, nil).Delete(t.Context(), "a")
			if diff := cmp.Diff([]string{"unreachable"}, named(err)); diff != "" || unclear {
				t.Errorf("unclear %v, %v (-want +got):\n%s", unclear, err, diff)
			}
			if f, ok := errors.AsType[*Failure](err); !ok || f.Tries != tt.tries || !strings.Contains(f.Reason, tt.says) {
				t.Errorf("got %v, want %d tries and %q", err, tt.tries, tt.says)
			}
			if diff := cmp.Diff(map[string]int{}, c.Calls()); diff != "" {
				t.Errorf("Calls() (-want +got):\n%s", diff)
			}
		})
	}
}

// deadAddress is a loopback address on which nobody listens.
func deadAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// deadResolver makes every name unknown.
func deadResolver(t *testing.T) func(*http.Transport) {
	address := deadAddress(t)
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	}}
	return func(t *http.Transport) { t.DialContext = (&net.Dialer{Resolver: resolver}).DialContext }
}

// A server that answered once and then went away was reached: the call may have
// had an effect.
func TestAServerLostOnTheWayIsBusy(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(status(500))
	config := configFor(t, startQuiet(t, s, false))
	config.Sleep = func(ctx context.Context, _ time.Duration) error {
		s.Close()
		return ctx.Err()
	}
	unclear, err := NewDeleter(newClient(t, config), material.Set{"a": {}}, nil).Delete(t.Context(), "a")
	if diff := cmp.Diff([]string{"busy"}, named(err)); diff != "" || !unclear {
		t.Errorf("unclear %v, %v (-want +got):\n%s", unclear, err, diff)
	}
}

func TestAFailedCallLeavesOtherConnectionsAlone(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	connections := 0
	s := httptest.NewUnstartedServer(say(`{"errcode":40007}`, "<html>", `{"errcode":-1}`, `{"item":`, fourCounts, `{"errcode":-1}`, fourCounts))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		if state == http.StateNew {
			connections++
		}
	}
	config := configFor(t, startQuiet(t, s, false))
	c := newClient(t, config)
	for range 2 {
		_, _ = NewReader(c).Counts(t.Context())
	}
	stopped := config
	stopped.Sleep = func(context.Context, time.Duration) error { return context.Canceled }
	if _, err := NewReader(newClient(t, stopped)).Counts(t.Context()); err == nil {
		t.Error("the interrupted call did not fail")
	}
	if _, err := NewReader(c).Counts(t.Context()); err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if connections != 1 {
		t.Errorf("%d connections for %v, want 1", connections, c.Calls())
	}
}

func TestATraceHearsOfEveryTry(t *testing.T) {
	t.Parallel()
	const rid = "5f3a1b2c-1a2b3c4d-0e0f1a2b"
	config := serve(t, inTurn(status(503), say(`{"errcode":45011,"errmsg":"slow rid: `+rid+`"}`, fourCounts)))
	now := time.Unix(1_800_000_000, 0)
	config.Now = func() time.Time { now = now.Add(time.Second); return now }
	var got []Call
	config.Trace = func(c Call) { got = append(got, c) }
	if _, err := NewReader(newClient(t, config)).Counts(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if got[i].Duration <= 0 {
			t.Errorf("try %d took %v", i+1, got[i].Duration)
		}
		got[i].Duration = 0
	}
	want := []Call{
		{Path: pathCount, Attempt: 1, HTTPStatus: 503, Err: pathCount + ": server busy: HTTP status 503"},
		{Path: pathCount, Attempt: 2, HTTPStatus: 200, Errcode: 45011, RID: rid, Err: pathCount + ": errcode 45011: slow (rid " + rid + "); run again later with --max-rps or less --parallelism"},
		{Path: pathCount, Attempt: 3, HTTPStatus: 200},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}
