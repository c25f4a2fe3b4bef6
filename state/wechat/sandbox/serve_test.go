package sandbox_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"strings"
	"testing"

	"wxkeep/state/wechat/sandbox"
)

func fetch(t *testing.T, client *http.Client, url string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestStartServesOnLoopback(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"127.0.0.1:0", "localhost:0"} {
		s := sandbox.New(sandbox.Account{AppID: appid, AccessToken: "pretend-token"})
		server, err := s.Start(addr)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(server.URL, "http://127.0.0.1:") || server.CA != nil {
			t.Errorf("got URL %q, CA %q", server.URL, server.CA)
		}
		fetch(t, http.DefaultClient, server.URL+sandbox.Count+"?access_token=pretend-token")
		want := `{"/cgi-bin/material/get_materialcount":1}` + "\n"
		if got := fetch(t, http.DefaultClient, server.URL+"/_sandbox/calls"); got != want {
			t.Errorf("calls: got %s, want %s", got, want)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestStartWithTLS(t *testing.T) {
	t.Parallel()
	server, err := sandbox.New(sandbox.Account{AppID: appid}).StartTLS("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	if got := fetch(t, trusting(t, server), server.URL+"/_sandbox/calls"); got != "{}\n" {
		t.Errorf("got %q, want {}", got)
	}
	if _, err := http.Get(server.URL); err == nil { //nolint:bodyclose // there is no answer
		t.Error("a client that does not trust the certificate gets an answer")
	}
}

func TestStartRefusesTheNetwork(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"0.0.0.0:0":      `listen on "0.0.0.0:0": the sandbox serves on loopback only; use 127.0.0.1:0`,
		":8080":          `listen on ":8080": the sandbox serves on loopback only; use 127.0.0.1:8080`,
		"192.0.2.1:80":   `listen on "192.0.2.1:80": the sandbox serves on loopback only; use 127.0.0.1:80`,
		"example.com:80": `listen on "example.com:80": the sandbox serves on loopback only; use 127.0.0.1:80`,
		"127.0.0.1":      `listen on "127.0.0.1": give HOST:PORT, such as 127.0.0.1:0`,
	} {
		server, err := sandbox.New(sandbox.Account{AppID: appid}).Start(addr)
		if err == nil {
			_ = server.Close()
			t.Errorf("%s: no error", addr)
			continue
		}
		if err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
	}
}

// trusting returns a client that trusts the server's certificate.
func trusting(t *testing.T, server *sandbox.Server) *http.Client {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(server.CA) {
		t.Fatalf("CA is no PEM: %q", server.CA)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}
