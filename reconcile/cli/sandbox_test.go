package cli_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// delMaterial is the endpoint that deletes.
const delMaterial = "/cgi-bin/material/del_material"

// sandbox [-tls] FILE serves pretend accounts. ENDPOINT is its address, CA the
// file with its certificate.
func startSandbox(ts *testscript.TestScript, neg bool, args []string) {
	serve := []string{"wxkeep", "sandbox"}
	if len(args) > 0 && args[0] == "-tls" {
		ts.Setenv("CA", ts.MkAbs("ca.pem"))
		serve = append(serve, "--tls-ca", ts.Getenv("CA"))
		args = args[1:]
	}
	if neg || len(args) != 1 {
		ts.Fatalf("usage: sandbox [-tls] FILE")
	}
	name := "sandbox " + args[0]
	p := begin(ts, name, append(serve, args[0])...)
	await(ts, "the sandbox's address", func() bool { return strings.Contains(p.stdout.String(), "\n") || ended(p) })
	address, _, ok := strings.Cut(p.stdout.String(), "\n")
	if !ok {
		ts.Fatalf("the sandbox did not start: %s", p.stderr.String())
	}
	ts.Setenv("ENDPOINT", address)
}

func ended(p *process) bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// called asks the sandbox how often an endpoint was called.
func called(ts *testscript.TestScript, path string) int {
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots(ts)}}}
	defer client.CloseIdleConnections()
	resp, err := client.Get(ts.Getenv("ENDPOINT") + "/_sandbox/calls")
	ts.Check(err)
	defer func() { _ = resp.Body.Close() }()
	var n map[string]int
	ts.Check(json.NewDecoder(resp.Body).Decode(&n))
	return n[path]
}

// midnight begins the sandbox's daily quotas again.
func midnight(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: midnight")
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots(ts)}}}
	defer client.CloseIdleConnections()
	resp, err := client.Post(ts.Getenv("ENDPOINT")+"/_sandbox/midnight", "", nil)
	ts.Check(err)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		ts.Fatalf("midnight: HTTP status %d", resp.StatusCode)
	}
}

func roots(ts *testscript.TestScript) *x509.CertPool {
	if ts.Getenv("CA") == "" {
		return nil
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(ts.ReadFile(ts.Getenv("CA"))))
	return pool
}

// calls PATH N checks how often an endpoint was called.
func calls(ts *testscript.TestScript, neg bool, args []string) {
	path, want := pathAndNumber(ts, neg, args, "calls PATH N")
	if got := called(ts, path); got != want {
		ts.Fatalf("%s was called %d times, want %d", path, got, want)
	}
}

// await-calls PATH N waits until an endpoint was called N times or more.
func awaitCalls(ts *testscript.TestScript, neg bool, args []string) {
	path, want := pathAndNumber(ts, neg, args, "await-calls PATH N")
	await(ts, strconv.Itoa(want)+" calls of "+path, func() bool { return called(ts, path) >= want })
}

func pathAndNumber(ts *testscript.TestScript, neg bool, args []string, usage string) (string, int) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: %s", usage)
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	return args[0], n
}

// nothing-deleted checks that del_material was never called.
func nothingDeleted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: nothing-deleted")
	}
	if n := called(ts, delMaterial); n != 0 {
		ts.Fatalf("%s was called %d times, want never", delMaterial, n)
	}
}
