package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state"
)

const testSecret = "0123456789abcdeffedcba9876543210"

func giveSecret(context.Context) (string, error) { return testSecret, nil }

// A clock that stands still until it is moved.
type clock struct{ at atomic.Int64 }

func (c *clock) Now() time.Time       { return time.Unix(1_800_000_000, c.at.Load()) }
func (c *clock) Move(d time.Duration) { c.at.Add(int64(d)) }

func newStable(t *testing.T, c Config) *StableToken {
	t.Helper()
	s, err := NewStableToken(c, "wx0123456789abcdef", giveSecret)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// numbered answers stable_token with T1, T2 and so on.
func numbered(seconds int) http.HandlerFunc {
	var n atomic.Int64
	return func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"access_token":"T%d","expires_in":%d}`, n.Add(1), seconds)
	}
}

func token(t *testing.T, s TokenSource, refused string) string {
	t.Helper()
	got, err := s.Token(t.Context(), refused)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestStableTokenIsAskedForInDefaultMode(t *testing.T) {
	t.Parallel()
	var got string
	s := newStable(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = fmt.Sprintf("%s %s %s", r.Method, r.RequestURI, body)
		_, _ = io.WriteString(w, `{"access_token":"T","expires_in":7200}`)
	}))
	token(t, s, "")
	want := `POST /cgi-bin/stable_token {"grant_type":"client_credential","appid":"wx0123456789abcdef","secret":"` + testSecret + `"}` + "\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestStableTokenIsRenewedBeforeItsEnd(t *testing.T) {
	t.Parallel()
	config := serve(t, numbered(345))
	var c clock
	config.Now = c.Now
	s := newStable(t, config)
	var got []string
	for _, pause := range []time.Duration{0, 284 * time.Second, time.Second, 284 * time.Second, time.Second} {
		c.Move(pause)
		got = append(got, token(t, s, ""))
	}
	if diff := cmp.Diff([]string{"T1", "T1", "T2", "T2", "T3"}, got); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
}

func TestAShortLifeIsUsedToItsHalf(t *testing.T) {
	t.Parallel()
	config := serve(t, numbered(30))
	var c clock
	config.Now = c.Now
	s := newStable(t, config)
	var got []string
	for _, pause := range []time.Duration{0, 14 * time.Second, time.Second} {
		c.Move(pause)
		got = append(got, token(t, s, ""))
	}
	if diff := cmp.Diff([]string{"T1", "T1", "T2"}, got); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
}

func TestOneFetchServesFiftyCallers(t *testing.T) {
	t.Parallel()
	for name, refused := range map[string]string{"at the start": "", "when all are refused": "T1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStable(t, serve(t, numbered(7200)))
			want := map[string]int{pathStableToken: 1}
			if refused != "" {
				token(t, s, "")
				want[pathStableToken] = 2
			}
			got := map[string]int{}
			var mu sync.Mutex
			var all sync.WaitGroup
			for range 50 {
				all.Go(func() {
					got1, err := s.Token(t.Context(), refused)
					mu.Lock()
					defer mu.Unlock()
					got[fmt.Sprint(got1, err)]++
				})
			}
			all.Wait()
			if diff := cmp.Diff(map[string]int{fmt.Sprintf("T%d<nil>", want[pathStableToken]): 50}, got); diff != "" {
				t.Errorf("tokens (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want, s.Calls()); diff != "" {
				t.Errorf("Calls() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheSameTokenAgainIsHandedOutOnceMore(t *testing.T) {
	t.Parallel()
	config := serve(t, say(`{"access_token":"T","expires_in":7200}`))
	var c clock
	config.Now = c.Now
	s := newStable(t, config)
	token(t, s, "")
	for range 20 {
		if got := token(t, s, "T"); got != "T" {
			t.Fatalf("got %q", got)
		}
	}
	if diff := cmp.Diff(map[string]int{pathStableToken: 2}, s.Calls()); diff != "" {
		t.Errorf("Calls() (-want +got):\n%s", diff)
	}
	c.Move(confirmedFor)
	token(t, s, "T")
	if diff := cmp.Diff(map[string]int{pathStableToken: 3}, s.Calls()); diff != "" {
		t.Errorf("Calls() after a minute (-want +got):\n%s", diff)
	}
}

func TestTokensAreFetchedABoundedNumberOfTimes(t *testing.T) {
	t.Parallel()
	s := newStable(t, serve(t, numbered(7200)))
	last := ""
	for range maxFetches {
		last = token(t, s, last)
	}
	_, err := s.Token(t.Context(), last)
	if !errors.Is(err, state.ErrCredential) || !strings.Contains(err.Error(), "50 access tokens were fetched in this run") {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(map[string]int{pathStableToken: maxFetches}, s.Calls()); diff != "" {
		t.Errorf("Calls() (-want +got):\n%s", diff)
	}
}

func TestRefusedCredentialsAreTriedOnce(t *testing.T) {
	t.Parallel()
	conditions := map[int]error{
		40001: state.ErrCredential, 40013: state.ErrCredential, 40125: state.ErrCredential, 40164: state.ErrCredential,
		40243: state.ErrCredential, 89503: state.ErrCredential, 45009: state.ErrQuota, 48001: state.ErrNotGranted, 40002: state.ErrStop, 77777: state.ErrStop,
	}
	for code, want := range conditions {
		config := serve(t, say(fmt.Sprintf(`{"errcode":%d,"errmsg":"no"}`, code)))
		s := newStable(t, config)
		config.Token = s
		reader := NewReader(newClient(t, config))
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				_, err := reader.Counts(t.Context())
				if e, ok := errors.AsType[*Error](err); !ok || e.Path != pathStableToken || e.Code != code || !errors.Is(err, want) {
					t.Errorf("%d: got %v", code, err)
				}
			})
		}
		all.Wait()
		if _, err := s.Token(t.Context(), ""); !errors.Is(err, want) {
			t.Errorf("%d, later: got %v", code, err)
		}
		if diff := cmp.Diff(map[string]int{pathStableToken: 1}, s.Calls()); diff != "" {
			t.Errorf("%d: Calls() (-want +got):\n%s", code, diff)
		}
	}
}

func TestABusyTokenEndpointIsAskedAgainLater(t *testing.T) {
	t.Parallel()
	s := newStable(t, serve(t, inTurn(status(500), status(500), status(500), status(500), status(500), say(`{"access_token":"T","expires_in":7200}`))))
	if _, err := s.Token(t.Context(), ""); !errors.Is(err, state.ErrBusy) {
		t.Errorf("got %v", err)
	}
	if got := token(t, s, ""); got != "T" {
		t.Errorf("got %q", got)
	}
}

func TestSomebodyElsesInterruptionIsNotOurs(t *testing.T) {
	t.Parallel()
	first, cancel := context.WithCancel(t.Context())
	entered := make(chan struct{})
	var served atomic.Int64
	s := newStable(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if served.Add(1) == 1 {
			close(entered)
			<-r.Context().Done()
			return
		}
		_, _ = io.WriteString(w, `{"access_token":"T","expires_in":7200}`)
	}))
	var both sync.WaitGroup
	both.Go(func() {
		if _, err := s.Token(first, ""); !errors.Is(err, context.Canceled) {
			t.Errorf("first: got %v", err)
		}
	})
	<-entered
	both.Go(func() {
		if got, err := s.Token(t.Context(), ""); got != "T" || err != nil {
			t.Errorf("second: got %q, %v", got, err)
		}
	})
	cancel()
	both.Wait()
}

func TestATokenAnswerMustBeWhole(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		`{}`, `{"access_token":"","expires_in":7200}`, `{"access_token":"T"}`, `{"access_token":"T","expires_in":0}`,
		`{"access_token":"T","expires_in":-5}`, `{"access_token":"T","expires_in":99999999999}`,
	} {
		if _, _, err := readToken(strings.NewReader(answer), "access_token", (*scanner).skipKey); err == nil {
			t.Errorf("%s: no error", answer)
		}
	}
}

func TestAGivenTokenIsReadOnceAndAgainWhenRefused(t *testing.T) {
	t.Parallel()
	reads := 0
	a := NewAccessToken(func(context.Context) (string, error) {
		reads++
		return fmt.Sprintf("T%d", reads), nil
	})
	got := []string{token(t, a, ""), token(t, a, ""), token(t, a, "T1"), token(t, a, "T1"), token(t, a, "T2")}
	if diff := cmp.Diff([]string{"T1", "T1", "T2", "T2", "T3"}, got); diff != "" || reads != 3 {
		t.Errorf("%d reads, tokens (-want +got):\n%s", reads, diff)
	}
}

func TestASecretThatCannotBeHad(t *testing.T) {
	t.Parallel()
	reads := 0
	fails := func(context.Context) (string, error) { reads++; return "", errors.New("variable WX_SECRET is not set") }
	empty := func(context.Context) (string, error) { return "", nil }
	sources := map[string]TokenSource{
		"credentials refused: access token: variable WX_SECRET is not set": NewAccessToken(fails),
		"credentials refused: the access token is empty":                   NewAccessToken(empty),
	}
	for want, s := range sources {
		for range 2 {
			if _, err := s.Token(t.Context(), ""); err == nil || err.Error() != want || !errors.Is(err, state.ErrCredential) {
				t.Errorf("got %v, want %s", err, want)
			}
		}
	}
	if reads != 1 {
		t.Errorf("%d reads, want 1", reads)
	}
	config := serve(t, numbered(7200))
	s, err := NewStableToken(config, "wx0123456789abcdef", fails)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Token(t.Context(), ""); err == nil || err.Error() != "credentials refused: app secret: variable WX_SECRET is not set" {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(map[string]int{}, s.Calls()); diff != "" {
		t.Errorf("Calls() (-want +got):\n%s", diff)
	}
}

// When a token dies under many callers, all go on with one new one.
func TestARefusedTokenIsRenewedForAll(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	current := 1
	seen := map[string]int{}
	config := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path == pathStableToken {
			_ = json.NewEncoder(w).Encode(map[string]any{"access_token": fmt.Sprintf("T%d", current), "expires_in": 7200})
			return
		}
		used := r.URL.Query().Get("access_token")
		seen[used]++
		if used != fmt.Sprintf("T%d", current) {
			_, _ = io.WriteString(w, `{"errcode":42001,"errmsg":"access_token expired"}`)
			return
		}
		_, _ = io.WriteString(w, fourCounts)
	})
	s := newStable(t, config)
	config.Token = s
	reader := NewReader(newClient(t, config))
	if _, err := reader.Counts(t.Context()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	current = 2
	mu.Unlock()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := reader.Counts(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if diff := cmp.Diff(map[string]int{pathStableToken: 2}, s.Calls()); diff != "" || seen["T2"] != 20 {
		t.Errorf("tokens used %v, Calls() (-want +got):\n%s", seen, diff)
	}
}
