package cli_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// A receiver takes messages and metrics in the place of a chat or a Pushgateway.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	received []string
}

// receive NAME STATUS ANSWER starts a receiver, which answers so. The variable
// NAME is its URL, whose path is searched for like any secret.
func startReceiver(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: receive NAME STATUS ANSWER")
	}
	status, err := strconv.Atoi(args[1])
	ts.Check(err)
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body) // a message that is cut does not look like the one that is wanted
		r.mu.Lock()
		r.received = append(r.received, string(body))
		r.mu.Unlock()
		w.WriteHeader(status)
		_, _ = io.WriteString(w, args[2])
	}))
	ts.Defer(r.Close)
	worldOf(ts).receivers[args[0]] = r
	ts.Setenv(args[0], r.URL+"/pretend-secret-of-a-hook")
}

// received NAME N [FILE] checks how many requests a receiver got since it was
// last asked, and writes their bodies into FILE, one after another.
func received(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: received NAME N [FILE]")
	}
	r := worldOf(ts).receivers[args[0]]
	if r == nil {
		ts.Fatalf("there is no receiver %s", args[0])
	}
	r.mu.Lock()
	got := r.received
	r.received = nil
	r.mu.Unlock()
	if want, err := strconv.Atoi(args[1]); err != nil || len(got) != want {
		ts.Fatalf("%s received %d requests, want %s:\n%s", args[0], len(got), args[1], strings.Join(got, "\n"))
	}
	if len(args) == 3 {
		ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(strings.Join(got, "\n")+"\n"), 0o600))
	}
}
