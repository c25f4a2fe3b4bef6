// Package examples_test runs what the examples say: each command is read out of
// the file that a pipeline would read it from, and run with the real binary
// against a pretend account.
package examples_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

// binaries is the directory that holds the wxkeep under test.
var binaries string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "wxkeep-examples")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binaries = dir
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "wxkeep"), "wxkeep")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build wxkeep:", err)
		return 1
	}
	return m.Run()
}

// The account of the quickstart, and some of its materials.
const (
	appid    = "wx0123456789abcdef"
	logo     = material.ID("MKCozssSWUCfHdJwjl7y-tfTbxEUrnH27SuJGJ_iyr0")
	welcome  = material.ID("MKCozssSWUCfHdJwjl7y-ssI_820Rdzy2zY6kKbLMpk")
	oldVoice = material.ID("MKCozssSWUCfHdJwjl7y-hIJNGN8WIbSoCQ0iJYyoBo")
)

// A wechat is the quickstart's account behind HTTP.
type wechat struct {
	*sandbox.Sandbox
	url string
}

func newWechat(t *testing.T) wechat {
	t.Helper()
	s, err := sandbox.Load("quickstart/account.yaml")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return wechat{s, server.URL}
}

// secret is the account's AppSecret.
func (w wechat) secret() string {
	secret, _ := w.AppSecret(appid)
	return secret
}

// total is how often anything was called.
func (w wechat) total() int {
	n := 0
	for _, calls := range w.Calls() {
		n += calls
	}
	return n
}

// live says whether the account holds the material.
func (w wechat) live(id material.ID) bool {
	return slices.ContainsFunc(w.Live(appid), func(it material.Item) bool { return it.ID == id })
}

// patience is how long a command may take.
const patience = 2 * time.Minute

// A said is what a command said, and its exit status.
type said struct {
	status int
	output string
}

// secrets is what no command may print.
var secrets = regexp.MustCompile(`pretend-(token|secret)-[A-Za-z0-9_-]{4}`)

// run runs a command in a directory, with env and what every process needs.
func run(t *testing.T, dir string, env map[string]string, name string, args ...string) said {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	path := name
	if name == "wxkeep" {
		path = filepath.Join(binaries, name)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	all := map[string]string{"PATH": binaries + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME": t.TempDir(), "GIT_CONFIG_NOSYSTEM": "1"}
	maps.Copy(all, env)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		cmd.Env = append(cmd.Env, key+"="+all[key])
	}
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	if cmd.ProcessState == nil || ctx.Err() != nil {
		t.Fatalf("%s %s: %v, %v", name, strings.Join(args, " "), err, ctx.Err())
	}
	if secrets.Match(output.Bytes()) {
		t.Errorf("%s %s: the output has a secret or a token", name, strings.Join(args, " "))
	}
	return said{cmd.ProcessState.ExitCode(), output.String()}
}

// exits checks the exit status of a command.
func (s said) exits(t *testing.T, status int) said {
	t.Helper()
	if s.status != status {
		t.Fatalf("exit status %d, want %d\n%s", s.status, status, s.output)
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

// git runs git in a directory.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	who := []string{"-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"}
	return strings.TrimSpace(run(t, dir, nil, "git", append(who, args...)...).exits(t, 0).output)
}

// read is a file's text.
func read(t *testing.T, path ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// write writes a file, and the directories above it.
func write(t *testing.T, text string, path ...string) {
	t.Helper()
	name := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// copyTo copies a directory.
func copyTo(t *testing.T, to, from string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// An origin is a bare repository with an example's files and the quickstart's
// manifests on its branch main.
type origin string

// newOrigin makes one.
func newOrigin(t *testing.T, example string) origin {
	t.Helper()
	dir, work := filepath.Join(t.TempDir(), "origin.git"), t.TempDir()
	git(t, t.TempDir(), "init", "--quiet", "--bare", dir)
	git(t, dir, "config", "receive.advertisePushOptions", "true")
	git(t, work, "init", "--quiet")
	if example != "" {
		copyTo(t, work, example)
	}
	copyTo(t, filepath.Join(work, "manifests"), "quickstart/manifests")
	git(t, work, "add", "--all")
	git(t, work, "commit", "--quiet", "--message", "manifests")
	git(t, work, "push", "--quiet", dir, "HEAD:refs/heads/main")
	return origin(dir)
}

// clone is a fresh work tree of a branch.
func (o origin) clone(t *testing.T, branch string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "work")
	git(t, t.TempDir(), "clone", "--quiet", "--branch", branch, string(o), dir)
	return dir
}

// manifest is the manifest on a branch.
func (o origin) manifest(t *testing.T, branch string) string {
	t.Helper()
	return git(t, string(o), "show", branch+":manifests/brand-main.yaml")
}

// drop commits to branch, based on main, a manifest without the lines that have id.
func (o origin) drop(t *testing.T, branch string, id material.ID) {
	t.Helper()
	work := o.clone(t, "main")
	var kept []string
	for line := range strings.Lines(o.manifest(t, "main") + "\n") {
		if !strings.Contains(line, string(id)) {
			kept = append(kept, line)
		}
	}
	write(t, strings.Join(kept, ""), work, "manifests", "brand-main.yaml")
	git(t, work, "commit", "--quiet", "--all", "--message", "without one")
	git(t, work, "push", "--quiet", "origin", "HEAD:refs/heads/"+branch)
}

// leaveLease makes the account's lease that of a run on another machine, and
// returns its id.
func leaveLease(t *testing.T, state string) string {
	t.Helper()
	path := filepath.Join(state, "accounts", appid, "lease")
	lease := strings.Replace(read(t, path), `"released":true`, `"released":false`, 1)
	lease = regexp.MustCompile(`"host":"[^"]*"`).ReplaceAllString(lease, `"host":"elsewhere"`)
	write(t, lease, path)
	return regexp.MustCompile(`"id":"([^"]*)"`).FindStringSubmatch(lease)[1]
}
