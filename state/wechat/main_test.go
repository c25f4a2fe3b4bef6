package wechat

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testToken is long enough for a part of it to be recognised.
const testToken = "57_TOKENtokenTOKENtokenTOKENtoken-abcdefghijklmnopqrstuvwxyz"

// fixed is a source of one token.
type fixed string

func (f fixed) Token(context.Context, string) (string, error) { return string(f), nil }

// naps is a Sleep that notes how long it should have waited.
type naps struct {
	mu    sync.Mutex
	taken []time.Duration
}

func (n *naps) Sleep(ctx context.Context, d time.Duration) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.taken = append(n.taken, d)
	return ctx.Err()
}

// serve starts a server and returns the configuration of a client for it.
func serve(t *testing.T, h http.HandlerFunc) Config {
	t.Helper()
	return configFor(t, startQuiet(t, httptest.NewUnstartedServer(h), false))
}

// startQuiet starts s without the noise of connections that are cut on purpose.
func startQuiet(t *testing.T, s *httptest.Server, tls bool) string {
	t.Helper()
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if tls {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s.URL
}

func configFor(t *testing.T, endpoint string) Config {
	t.Helper()
	transport, err := NewTransport(Transport{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return Config{Endpoint: endpoint, Token: fixed(testToken), HTTP: transport, Sleep: new(naps).Sleep}
}

func newClient(t *testing.T, c Config) *Client {
	t.Helper()
	client, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// say answers each request with the next of answers, and all later ones with
// the last.
func say(answers ...string) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		mu.Lock()
		answer := answers[0]
		if len(answers) > 1 {
			answers = answers[1:]
		}
		mu.Unlock()
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, answer)
	}
}

const fourCounts = `{"voice_count":1,"video_count":2,"image_count":3,"news_count":4}`
