//go:build unix

package cli_test

import (
	"bytes"
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"wxkeep/state/material"
	"wxkeep/state/store/storetest"
	"wxkeep/state/wechat/sandbox"
)

// object is the file of an object in the account's ledger; pattern is a glob,
// of which the last match counts.
func (p *pretend) object(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(p.state, "accounts", pretendAppID, pattern))
	if err != nil || len(found) == 0 {
		t.Fatalf("the ledger has no %s (%v)", pattern, err)
	}
	return found[len(found)-1]
}

func TestWhatTheLedgerCannotReadIsNamedAndNothingIsDeleted(t *testing.T) {
	t.Parallel()
	truncate := func(b []byte) []byte { return b[:len(b)/2] }
	garble := func([]byte) []byte { return []byte("\x00\x00\x00") }
	newer := func(b []byte) []byte { return bytes.Replace(b, []byte(`"version":1`), []byte(`"version":2`), 1) }
	empty := func([]byte) []byte { return nil }
	tests := map[string]struct {
		object string
		spoil  func([]byte) []byte
	}{
		"the journal's last object is cut":       {"journal/*/00000006.json", truncate},
		"the journal's last object is empty":     {"journal/*/00000006.json", empty},
		"the journal's first object is garbled":  {"journal/*/00000001.json", garble},
		"the journal is of a newer version":      {"journal/*/00000001.json", newer},
		"the uses are cut":                       {"uses.json", truncate},
		"the uses are empty":                     {"uses.json", empty},
		"the uses are of a newer version":        {"uses.json", newer},
		"the times of the orphans are garbled":   {"seen.json", garble},
		"the times of the orphans are newer":     {"seen.json", newer},
		"the lease is cut":                       {"lease", truncate},
		"the lease is of a newer version":        {"lease", newer},
		"the times of the orphans are all zeros": {"seen.json", func(b []byte) []byte { return make([]byte, len(b)) }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPretend(t, sandbox.Account{Materials: images("orphan_1", "kept", "orphan_2")}, oneKept, nil)
			p.exits(t, 0, "apply", "--auto-approve")
			upload(t, p, "orphan_3")
			file := p.object(t, tt.object)
			data, err := os.ReadFile(file)
			if err == nil {
				err = os.WriteFile(file, tt.spoil(data), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			before := p.deletes()
			s := p.exits(t, 1, "apply", "--auto-approve")
			key, err := filepath.Rel(p.state, file)
			if err != nil {
				t.Fatal(err)
			}
			has(t, s.stderr, "wxkeep: brand-main: ", filepath.ToSlash(key))
			if n := p.deletes() - before; n != 0 {
				t.Errorf("%d were deleted, want none\n%s", n, s)
			}
		})
	}
}

func TestADamagedArchiveIsNamedAndMadeWholeByTheSameBytes(t *testing.T) {
	t.Parallel()
	p := newPretend(t, sandbox.Account{Materials: images("kept")}, oneKept, nil)
	upload(t, p, "orphan_1")
	p.exits(t, 0, "apply", "--auto-approve")
	blob := p.object(t, "blobs/*")
	if err := os.Truncate(blob, 5); err != nil {
		t.Fatal(err)
	}
	l := p.ledger(t)
	_, _, err := l.Load(context.Background(), "orphan_1")
	if err == nil || !strings.Contains(err.Error(), filepath.Base(blob)) {
		t.Errorf("a blob that is cut is read: %v", err)
	}
	upload(t, p, "orphan_2")
	p.exits(t, 0, "apply", "--auto-approve")
	for _, id := range []material.ID{"orphan_1", "orphan_2"} {
		if _, b, err := l.Load(context.Background(), id); err != nil || string(b) != "\x89PNG\r\n\x1a\nuploaded" {
			t.Errorf("%s: %q, %v", id, b, err)
		}
	}
}

func TestAPlaceThatCannotBeWrittenToDeletesNothing(t *testing.T) {
	t.Parallel()
	p := newPretend(t, sandbox.Account{Materials: images("orphan_1", "kept")}, oneKept, nil)
	for name, state := range map[string]string{"a file": p.manifest, "below a file": filepath.Join(p.manifest, "ledger")} {
		p.state = state
		s := p.exits(t, 1, "apply", "--auto-approve")
		if !strings.Contains(s.stderr, state) || p.deletes() != 0 {
			t.Errorf("%s: %d deleted\n%s", name, p.deletes(), s)
		}
	}
}

func TestADirectoryThatIsReadOnlyDeletesNothing(t *testing.T) {
	t.Parallel()
	p := newPretend(t, sandbox.Account{Materials: images("orphan_1", "kept", "orphan_2")}, oneKept, nil)
	p.exits(t, 0, "plan", "--record")
	chmod(t, p.state, func(mode os.FileMode) os.FileMode { return mode&^0o222 | mode&0o500>>3 | mode&0o500>>6 })
	t.Cleanup(func() { chmod(t, p.state, func(mode os.FileMode) os.FileMode { return mode | 0o200 }) })
	apply := p.command("apply", "--auto-approve")
	if os.Geteuid() == 0 { // whom no mode stops
		apply = unprivileged(t, p, apply)
	}
	s := run(t, apply)
	if s.status != 1 || p.deletes() != 0 {
		t.Errorf("%d deleted\n%s", p.deletes(), s)
	}
	has(t, s.stderr, "wxkeep: ", p.state, "permission denied")
}

// unprivileged runs a command as nobody, who may read all that it needs.
func unprivileged(t *testing.T, p *pretend, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	readable := func(mode os.FileMode) os.FileMode { return mode | mode&0o500>>3 | mode&0o500>>6 }
	for _, path := range []string{binaries, p.dir, filepath.Dir(p.dir), p.manifest} {
		info, err := os.Stat(path)
		if err == nil {
			err = os.Chmod(path, readable(info.Mode()))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	return cmd
}

// chmod changes the modes of everything below root, and its own.
func chmod(t *testing.T, root string, change func(os.FileMode) os.FileMode) {
	t.Helper()
	err := filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return os.Chmod(path, change(info.Mode()))
	})
	if err != nil {
		t.Error(err)
	}
}

// A limit on the size of files is as a full disk is to what is larger.
func TestAFullDiskDeletesNothingThatIsNotArchived(t *testing.T) {
	t.Parallel()
	materials := images("orphan_1", "kept", "orphan_2", "orphan_3")
	materials[2].Content = append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 1<<20)...) // orphan_2: the second in age
	p := newPretend(t, sandbox.Account{Materials: materials}, oneKept, nil)
	p.exits(t, 0, "plan", "--record")
	apply := p.command("apply", "--auto-approve", "--parallelism", "1")
	apply.Args = append([]string{"sh", "-c", `ulimit -f 256 && exec "$@"`, "sh"}, apply.Args...)
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	apply.Path = sh
	s := run(t, apply)
	if s.status != 1 {
		t.Errorf("want exit status 1\n%s", s)
	}
	has(t, s.stderr, "wxkeep: brand-main: ", "save what is deleted: ", "file too large")
	has(t, s.stdout, "Apply incomplete.", "archive_failed image orphan_2")
	l := p.ledger(t)
	for _, id := range p.sandbox.Deletes() {
		if _, _, err := l.Load(context.Background(), id); err != nil {
			t.Errorf("%s was deleted, and its archive is: %v", id, err)
		}
	}
	if p.deletes() != 1 {
		t.Errorf("%d were deleted, want one: the canary\n%s", p.deletes(), s)
	}
	has(t, p.exits(t, 0, "apply", "--auto-approve").stdout, "Resources: 0 added, 0 changed, 2 destroyed.")
}

func TestABucketThatGoesAwayEndsTheRun(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	target, err := url.Parse(server.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	var away atomic.Bool
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	through := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = target.Scheme, target.Host, r.In.Host
		},
		Transport: transport,
		ErrorLog:  log.New(io.Discard, "", 0),
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if away.Load() {
			panic(http.ErrAbortHandler)
		}
		through.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	location := server.Bucket(t, "away")

	var first sync.Once
	deleted := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			if r.URL.Path == delMaterial {
				first.Do(func() { away.Store(true) })
			}
		})
	}
	p := newPretend(t, sandbox.Account{Materials: images("orphan_1", "kept", "orphan_2", "orphan_3")}, oneKept, deleted)
	p.state = strings.Replace(location, server.Endpoint, proxy.URL, 1)
	without := p.exits(t, 1, "apply", "--auto-approve")
	has(t, without.stderr, "--init-state")
	s := p.exits(t, 1, "apply", "--auto-approve", "--init-state")
	has(t, s.stderr, "note what was deleted: ", "s3://away")
	if p.deletes() != 1 {
		t.Errorf("%d were deleted, want one, whose intent was written before\n%s", p.deletes(), s)
	}
	if regexp.MustCompile(`X-Amz|Signature`).MatchString(s.stderr) {
		t.Errorf("the error has a signed request\n%s", s)
	}
	away.Store(false)
	s = p.exits(t, 0, "apply", "--auto-approve")
	has(t, s.stdout, "Resources: 0 added, 0 changed, 2 destroyed.")
	h, err := p.ledger(t).History(context.Background(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	outcomes := map[material.ID]string{}
	for _, r := range h.Runs {
		for _, it := range r.Items {
			outcomes[it.ID] = it.Outcome
		}
	}
	for _, id := range p.sandbox.Deletes() {
		if outcomes[id] != "deleted" {
			t.Errorf("%s: the journal says %q", id, outcomes[id])
		}
	}
}
