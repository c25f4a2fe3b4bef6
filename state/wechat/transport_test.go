package wechat

import (
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state"
	"wxkeep/state/material"
)

// A counter notes the connections that a server got and the protocols spoken.
type counter struct {
	mu          sync.Mutex
	connections int
	protocols   map[string]int
}

// serveTLS starts a server with a certificate of its own, and returns a transport
// that trusts it by a file.
func (c *counter) serveTLS(t *testing.T, http2 bool, answer []byte) (endpoint string, transport *http.Transport) {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.protocols[r.Proto]++
		c.mu.Unlock()
		_, _ = w.Write(answer)
	}))
	s.EnableHTTP2 = http2
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.connections++
		}
	}
	endpoint = startQuiet(t, s, true)
	file := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(file, block, 0o600); err != nil {
		t.Fatal(err)
	}
	transport, err := NewTransport(Transport{CAFile: file})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return endpoint, transport
}

// TestConnectionsAreKept makes 41 calls, 8 at a time, of pages larger than what
// HTTP/2 lets a server send before it is read.
func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		http2    bool
		protocol string
		most     int // connections; net/http may have one made and then use another that comes free
	}{
		{"in HTTP/1.1 few more than requests in flight", false, "HTTP/1.1", 2 * DefaultParallelism},
		{"in HTTP/2 one, with a CA file, too", true, "HTTP/2.0", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &counter{protocols: map[string]int{}}
			endpoint, transport := c.serveTLS(t, tt.http2, bigNews(t))
			r := NewReader(newClient(t, Config{Endpoint: endpoint, Token: fixed(testToken), HTTP: transport}))
			const calls = 40
			page := func() {
				if got, err := r.Page(t.Context(), material.News, 0, state.PageSize); err != nil || len(got.Items) != state.PageSize {
					t.Errorf("%d items, %v", len(got.Items), err)
				}
			}
			page() // the first connection tells which protocol it is
			var wg sync.WaitGroup
			for range DefaultParallelism {
				wg.Go(func() {
					for range calls / DefaultParallelism {
						page()
					}
				})
			}
			wg.Wait()
			c.mu.Lock()
			defer c.mu.Unlock()
			if diff := cmp.Diff(map[string]int{tt.protocol: calls + 1}, c.protocols); diff != "" {
				t.Errorf("calls by protocol (-want +got):\n%s", diff)
			}
			if c.connections > tt.most {
				t.Errorf("%d connections, want at most %d", c.connections, tt.most)
			}
		})
	}
}
