package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wxkeep/reconcile/cli"
	"wxkeep/state/ledger"
	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

// The account of the tests that look into a sandbox while the real binary runs.
const (
	pretendAppID  = "wx0123456789abcdef"
	pretendSecret = "pretend-secret-of-the-tests"
)

// A pretend is a pretend account behind HTTP, a manifest about it, and a place
// for a ledger.
type pretend struct {
	sandbox  *sandbox.Sandbox
	url      string
	dir      string
	manifest string
	state    string
	env      []string       // besides the usual
	signals  chan os.Signal // of quick; may be nil
}

// newPretend serves the account through wrap, or directly when that is nil. The
// manifest is about it.
func newPretend(t *testing.T, account sandbox.Account, manifest string, wrap func(http.Handler) http.Handler) *pretend {
	t.Helper()
	account.AppID, account.Secret = pretendAppID, pretendSecret
	p := &pretend{sandbox: sandbox.New(account), dir: t.TempDir()}
	var handler http.Handler = p.sandbox
	if wrap != nil {
		handler = wrap(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	p.url = server.URL
	p.state = filepath.Join(p.dir, "ledger")
	p.write(t, manifest)
	return p
}

// write writes the manifest; what every one begins with is added.
func (p *pretend) write(t *testing.T, manifest string) {
	t.Helper()
	p.manifest = filepath.Join(p.dir, "wxkeep.yaml")
	head := "apiVersion: wxkeep/v1\naccount: {name: brand-main, appid: " + pretendAppID + ", auth: {app_secret: {env: WX_APP_SECRET}}}\n"
	if err := os.WriteFile(p.manifest, []byte(head+manifest), 0o600); err != nil {
		t.Fatal(err)
	}
}

// command is the binary with args, the manifest, and where everything is.
func (p *pretend) command(args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(binaries, "wxkeep"), append(args, "--endpoint", p.url, "--state", p.state, p.manifest)...)
	cmd.Dir = p.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "GORACE=atexit_sleep_ms=0", "WX_APP_SECRET=" + pretendSecret}
	for _, key := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"} {
		if value, ok := os.LookupEnv(key); ok {
			cmd.Env = append(cmd.Env, key+"="+value)
		}
	}
	cmd.Env = append(cmd.Env, p.env...)
	return cmd
}

// A said is what a command said, and its exit status.
type said struct {
	status         int
	stdout, stderr string
}

// String is everything, for the message of a test that fails.
func (s said) String() string {
	return fmt.Sprintf("exit status %d\n[stdout]\n%s[stderr]\n%s", s.status, s.stdout, s.stderr)
}

// run runs a command to its end.
func run(t *testing.T, cmd *exec.Cmd) said {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	limit := time.AfterFunc(2*patience, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	if !limit.Stop() {
		t.Fatalf("%s did not end\n%s", cmd, stderr.String())
	}
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	if secrets.MatchString(stdout.String() + stderr.String()) {
		t.Errorf("%s: the output has a secret or a token", cmd)
	}
	return said{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// exits runs a command and checks its exit status.
func (p *pretend) exits(t *testing.T, status int, args ...string) said {
	t.Helper()
	s := run(t, p.command(args...))
	if s.status != status {
		t.Fatalf("wxkeep %s: exit status %d, want %d\n%s", strings.Join(args, " "), s.status, status, s)
	}
	return s
}

// has checks that the text has each part.
func has(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%s", part, text)
		}
	}
}

// ledger opens the account's ledger.
func (p *pretend) ledger(t *testing.T) *ledger.Ledger {
	t.Helper()
	l, err := cli.OpenLedger(context.Background(), p.state, pretendAppID, "brand-main")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// live is the ids that the account has now, sorted.
func (p *pretend) live() []material.ID {
	var ids []material.ID
	for _, it := range p.sandbox.Live(pretendAppID) {
		ids = append(ids, it.ID)
	}
	slices.Sort(ids)
	return ids
}

// deletes is how often del_material was called.
func (p *pretend) deletes() int { return len(p.sandbox.Deletes()) }

// total is how often anything was called.
func (p *pretend) total() int {
	n := 0
	for _, calls := range p.sandbox.Calls() {
		n += calls
	}
	return n
}

// upload uploads an image, old enough to be deleted.
func upload(t *testing.T, p *pretend, id material.ID) {
	t.Helper()
	m := sandbox.Material{Type: material.Image, ID: id, Updated: time.Now().AddDate(-1, 0, 0), Content: []byte("\x89PNG\r\n\x1a\nuploaded")}
	if _, err := p.sandbox.Upload(pretendAppID, m); err != nil {
		t.Fatal(err)
	}
}

// quick runs a command in this process, in which nothing waits before a call is
// made again.
func (p *pretend) quick(args ...string) said { return p.quickly(patience, args...) }

// quickly is quick with so much time for a command that prints a secret.
func (p *pretend) quickly(secretTime time.Duration, args ...string) said {
	var stdout, stderr bytes.Buffer
	status := cli.Quick(cli.Env{
		Args:  append(args, "--endpoint", p.url, "--state", p.state, p.manifest),
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Getenv: p.getenv, Signals: p.signals,
	}, secretTime)
	return said{status, stdout.String(), stderr.String()}
}

// getenv is the environment of quick.
func (p *pretend) getenv(key string) string {
	for _, pair := range slices.Backward(append([]string{"WX_APP_SECRET=" + pretendSecret}, p.env...)) {
		if name, value, _ := strings.Cut(pair, "="); name == key {
			return value
		}
	}
	return ""
}
