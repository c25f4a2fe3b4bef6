package wechat

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state"
	"wxkeep/state/material"
)

// dead returns an address on which nobody listens.
func dead(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return "http://" + l.Addr().String()
}

// counting counts the requests that reach h, and their Host headers.
func counting(t *testing.T, h http.HandlerFunc) (url string, n *atomic.Int32) {
	t.Helper()
	n = new(atomic.Int32)
	s := httptest.NewUnstartedServer(nil)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host == s.Listener.Addr().String() {
			n.Add(1)
		}
		h(w, r)
	})
	return startQuiet(t, s, false), n
}

func TestACallGoesToTheNextEndpointAndTheNextCallsStayThere(t *testing.T) {
	t.Parallel()
	url, reached := counting(t, say(fourCounts))
	naps := new(naps)
	config := configFor(t, dead(t))
	config.Others, config.Sleep = []string{dead(t), url}, naps.Sleep
	tries := 0
	config.Trace = func(Call) { tries++ }
	c := newClient(t, config)
	for range 3 {
		if _, err := NewReader(c).Counts(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]int{3, 5}, []int{int(reached.Load()), tries}); diff != "" {
		t.Errorf("requests answered and tries (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]time.Duration{0, 0}, naps.taken); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{pathCount: 3}, c.Calls()); diff != "" {
		t.Errorf("Calls() (-want +got):\n%s", diff)
	}
}

func TestEndpointsThatAreAllDeadAreNamed(t *testing.T) {
	t.Parallel()
	one, two := dead(t), dead(t)
	config := configFor(t, one)
	config.Others = []string{two}
	_, err := NewReader(newClient(t, config)).Counts(t.Context())
	want := "; tried " + strings.TrimPrefix(one, "http://") + ", " + strings.TrimPrefix(two, "http://") + " (6 tries)"
	if !errors.Is(err, state.ErrUnreachable) || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want it to be unreachable and to end in %q", err, want)
	}
}

func TestAnEndpointThatGotTheRequestIsAskedAgainAndNoOther(t *testing.T) {
	t.Parallel()
	for name, server := range map[string]http.HandlerFunc{"a cut connection": abort, "status 503": status(503), "a cut answer": cut, "-1": say(`{"errcode":-1}`)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, _ := counting(t, server)
			other, reached := counting(t, say(`{"errcode":0,"errmsg":"ok"}`))
			config := configFor(t, first)
			config.Others = []string{other}
			id := material.ID("abc")
			_, err := NewDeleter(newClient(t, config), material.Set{id: {}}, nil).Delete(t.Context(), id)
			if err == nil || reached.Load() != 0 {
				t.Errorf("error %v, %d requests to the other endpoint, want an error and none", err, reached.Load())
			}
		})
	}
}

// The endpoint that worked dies: the next call, which gets no connection, goes
// on elsewhere.
func TestAnEndpointThatDiesLaterIsLeft(t *testing.T) {
	t.Parallel()
	dying := httptest.NewServer(say(fourCounts))
	other, reached := counting(t, say(fourCounts))
	config := configFor(t, dying.URL)
	config.Others = []string{other}
	c := NewReader(newClient(t, config))
	if _, err := c.Counts(t.Context()); err != nil {
		t.Fatal(err)
	}
	dying.Close()
	if _, err := c.Counts(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := reached.Load(); got != 1 {
		t.Errorf("%d requests to the other endpoint, want 1", got)
	}
}

func TestEveryEndpointIsChecked(t *testing.T) {
	t.Parallel()
	_, err := New(Config{Token: fixed(testToken), Others: []string{"http://example.com"}})
	if err == nil || !strings.Contains(err.Error(), "endpoint http://example.com: plain http") {
		t.Errorf("got %v, want it to refuse plain http", err)
	}
}
