package cli_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"wxkeep/state/ledger"
	"wxkeep/state/material"
	"wxkeep/state/store/storetest"
	"wxkeep/state/wechat/sandbox"
)

var crashSeed = flag.Uint64("crash-seed", 0, "begin the crash tests with this seed, which a failure names")

// scenarios is how many accounts are worked on, each by two to six runs that
// are killed and one that is not.
func scenarios(many, fewer int) int {
	if testing.Short() || len(raceFlag) > 0 {
		return fewer
	}
	return many
}

func TestAKilledApplyLosesNothingInADirectory(t *testing.T) {
	t.Parallel()
	crash(t, scenarios(90, 6), func(t *testing.T, w *wreck) {})
}

func TestAKilledApplyLosesNothingInABucket(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	target, err := url.Parse(server.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	crash(t, scenarios(24, 2), func(t *testing.T, w *wreck) {
		// The store is reached through the trap, too, so that runs are killed
		// before and after each of its writes.
		transport := &http.Transport{}
		t.Cleanup(transport.CloseIdleConnections)
		proxy := httptest.NewServer(w.trap.around("store", &httputil.ReverseProxy{
			Rewrite: func(r *httputil.ProxyRequest) {
				r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = target.Scheme, target.Host, r.In.Host
			},
			Transport: transport,
			ErrorLog:  log.New(io.Discard, "", 0), // clients are killed here
		}))
		t.Cleanup(proxy.Close)
		location := server.Bucket(t, fmt.Sprintf("wreck-%d", w.seed))
		w.state = strings.Replace(location, server.Endpoint, proxy.URL, 1)
		w.flags = []string{"--init-state"}
	})
}

func TestTheNextRunSaysWhatBecameOfACallEvenWithNothingLeftToDelete(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault sandbox.Fault
		doom  doom
	}{
		"the run was cut before the outcome":                      {sandbox.Fault{Latency: time.Millisecond}, doom{path: delMaterial, nth: 1}},
		"the answer was lost, the run cut before it looked again": {sandbox.Fault{Path: delMaterial, At: 1, Lost: sandbox.LostBusy}, doom{path: "/cgi-bin/material/get_materialcount", nth: 2, before: true}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			trap := &trap{}
			p := newPretend(t, sandbox.Account{Materials: images("orphan_1", "kept")}, oneKept, func(h http.Handler) http.Handler { return trap.around("", h) })
			if err := p.sandbox.Inject(pretendAppID, tt.fault); err != nil {
				t.Fatal(err)
			}
			cmd := p.command("apply", "--auto-approve")
			d := tt.doom
			d.cmd, d.started = cmd, make(chan struct{})
			trap.arm(&d)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			close(d.started)
			if err := cmd.Wait(); err == nil || len(p.live()) != 1 {
				t.Fatalf("the run was not killed after its only deletion: %v", err)
			}
			trap.disarm()
			has(t, p.exits(t, 0, "apply", "--auto-approve").stdout, "No changes.")
			h, err := p.ledger(t).History(t.Context(), time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			last := h.Runs[len(h.Runs)-1]
			if len(last.Items) != 1 || last.Items[0].Outcome != ledger.Deleted || len(last.Open) != 0 {
				t.Errorf("the last run says %+v, and leaves open %+v", last.Items, last.Open)
			}
			p.exits(t, 0, "apply", "--auto-approve")
			if again, err := p.ledger(t).History(t.Context(), time.Time{}); err != nil || len(again.Runs) != len(h.Runs) {
				t.Errorf("a run with nothing to do is in the journal (%v)", err)
			}
		})
	}
}

// crash works through n scenarios and says how often runs were killed, and when.
func crash(t *testing.T, n int, place func(*testing.T, *wreck)) {
	first := *crashSeed
	if first == 0 {
		first = uint64(time.Now().UnixNano()) % 1e9
	}
	var mu sync.Mutex
	kills := map[string]int{}
	t.Run("seeds", func(t *testing.T) {
		for seed := first; seed < first+uint64(n); seed++ {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				w := newWreck(t, seed)
				place(t, w)
				w.sink(t)
				mu.Lock()
				defer mu.Unlock()
				for when, n := range w.kills {
					kills[when] += n
				}
			})
		}
	})
	total := 0
	for _, n := range kills {
		total += n
	}
	t.Logf("seeds from %d: %d runs killed: %v", first, total, kills)
	if total < n {
		t.Errorf("%d runs were killed, want at least %d", total, n)
	}
}

// A wreck is an account of which the runs are killed.
type wreck struct {
	*pretend
	seed     uint64
	random   *rand.Rand
	trap     *trap
	flags    []string
	contents map[material.ID][]byte
	kept     material.Set
	kills    map[string]int // by the call at which it happened
}

func newWreck(t *testing.T, seed uint64) *wreck {
	t.Helper()
	w := &wreck{
		seed: seed, random: rand.New(rand.NewPCG(seed, 0)), trap: &trap{},
		contents: map[material.ID][]byte{}, kept: material.Set{}, kills: map[string]int{},
	}
	var account sandbox.Account
	var keep strings.Builder
	for i := range 30 + w.random.IntN(11) {
		m := sandbox.Material{Type: material.Image, ID: material.ID(fmt.Sprintf("image_%d", i))}
		m.Content = []byte(fmt.Sprintf("\x89PNG\r\n\x1a\n%d of %d", i, seed))
		switch i % 5 {
		case 4: // an old voice
			m.Type, m.ID = material.Voice, material.ID(fmt.Sprintf("voice_%d", i))
			m.Content = []byte(fmt.Sprintf("#!AMR\n\xff%d of %d", i, seed))
		case 3: // the bytes of another one
			m.Content = []byte("\x89PNG\r\n\x1a\nall alike")
		}
		account.Materials = append(account.Materials, m)
		w.contents[m.ID] = m.Content
		if i%2 == 0 {
			w.kept.Add(m.ID)
			fmt.Fprintf(&keep, "  - %s\n", m.ID)
		}
	}
	manifest := "types: [image, voice]\nguards: {max_delete_percent: 100}\narchive: required\nkeep:\n" + keep.String()
	w.pretend = newPretend(t, account, manifest, func(h http.Handler) http.Handler { return w.trap.around("", h) })
	if err := w.sandbox.Inject(pretendAppID, w.faults()...); err != nil {
		t.Fatal(err)
	}
	return w
}

// faults are few, since each costs a wait: one call in three scenarios.
func (w *wreck) faults() []sandbox.Fault {
	faults := []sandbox.Fault{{Latency: time.Millisecond}}
	at := 1 + w.random.IntN(8)
	trouble := []sandbox.Fault{
		{Path: delMaterial, At: at, Lost: sandbox.LostBusy},
		{Path: delMaterial, At: at, Lost: sandbox.LostCut},
		{Path: delMaterial, At: at, Errcode: -1},
		{Path: delMaterial, At: at, Cut: sandbox.CutBefore},
		{Path: delMaterial, At: at, Cut: sandbox.CutBody},
		{Path: "/cgi-bin/material/get_material", At: at, Cut: sandbox.CutBody},
		{Path: "/cgi-bin/material/get_material", At: at, Status: http.StatusBadGateway},
	}
	if i := w.random.IntN(3 * len(trouble)); i < len(trouble) {
		faults = append(faults, trouble[i])
	}
	return faults
}

// sink kills runs, and then lets them be until one has nothing more to do.
func (w *wreck) sink(t *testing.T) {
	for range 2 + w.random.IntN(5) {
		when, ended := w.kill(t)
		w.check(t)
		if ended {
			break
		}
		w.kills[when]++
	}
	apply := append([]string{"apply", "--auto-approve"}, w.flags...)
	last := run(t, w.command(apply...))
	for range 3 {
		if last.status == 0 {
			break
		}
		last = run(t, w.command(apply...)) // an answer was lost at the wrong moment
	}
	if last.status != 0 {
		t.Fatalf("seed %d: the runs do not converge\n%s", w.seed, last)
	}
	if strings.Contains(last.stderr, "watching") {
		t.Errorf("seed %d: a lease of this host is watched\n%s", w.seed, last)
	}
	has(t, w.exits(t, 0, append([]string{"plan"}, w.flags...)...).stdout, "No changes. Your material matches the manifest.")
	for _, id := range w.live() {
		if !w.kept.Has(id) {
			t.Errorf("seed %d: %s is left", w.seed, id)
		}
	}
	for id, outcome := range w.check(t) {
		if outcome != ledger.Deleted && outcome != ledger.AlreadyAbsent {
			t.Errorf("seed %d: %s is deleted, but its outcome in the journal is %q", w.seed, id, outcome)
		}
	}
}

// kill starts a run and kills it at some instant. It returns which, or that the
// run was faster.
func (w *wreck) kill(t *testing.T) (when string, ended bool) {
	cmd := w.command(append([]string{"apply", "--auto-approve"}, w.flags...)...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	dead := w.trap.set(cmd, w.random)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	close(dead.started)
	limit := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	if !limit.Stop() {
		t.Fatalf("seed %d: a run that was to be killed did not end\n%s", w.seed, output.String())
	}
	when = w.trap.disarm()
	exited, ok := errors.AsType[*exec.ExitError](err)
	if err != nil && !ok {
		t.Fatal(err)
	}
	if ok && exited.Sys().(syscall.WaitStatus).Signaled() {
		return when, false
	}
	if status := cmd.ProcessState.ExitCode(); status != 0 && status != 3 {
		t.Fatalf("seed %d: exit status %d\n%s", w.seed, status, output.String())
	}
	return "", true
}

// check looks whether everything that the account lost is in the journal and in
// the archive, that nothing kept was sent, and that the journal's chain holds.
// It returns the last outcome of what was lost.
func (w *wreck) check(t *testing.T) map[material.ID]string {
	t.Helper()
	ctx := context.Background()
	live := w.live() // first: a call in flight may still be answered
	for _, id := range w.sandbox.Deletes() {
		if w.kept.Has(id) {
			t.Errorf("seed %d: %s is kept, and was sent", w.seed, id)
		}
	}
	l := w.ledger(t)
	verified, err := l.Verify(ctx)
	if err != nil || verified.Broken != nil {
		t.Fatalf("seed %d: the journal: %v, %v", w.seed, err, verified)
	}
	history, err := l.History(ctx, time.Time{})
	if err != nil {
		t.Fatalf("seed %d: %v", w.seed, err)
	}
	outcomes := map[material.ID]string{}
	for _, r := range history.Runs {
		for _, it := range r.Items {
			outcomes[it.ID] = it.Outcome
		}
	}
	for id, content := range w.contents {
		if slices.Contains(live, id) {
			delete(outcomes, id)
			continue
		}
		if _, ok := outcomes[id]; !ok {
			t.Errorf("seed %d: %s is deleted, and not in the journal", w.seed, id)
		}
		_, saved, err := l.Load(ctx, id)
		if err != nil || !bytes.Equal(content, saved) {
			t.Errorf("seed %d: %s is deleted, its archive is %q (%v), want %q", w.seed, id, saved, err, content)
		}
	}
	return outcomes
}

// A trap kills a process when the nth call of it arrives, before it has an
// effect, or after that and before its answer, or a little after its answer.
type trap struct {
	mu    sync.Mutex
	armed *doom
}

// A doom is how a process dies.
type doom struct {
	cmd     *exec.Cmd
	started chan struct{} // closed when cmd is
	path    string        // of the calls that count; empty for all
	nth     int
	before  bool
	delay   time.Duration // after the effect
	when    string        // it died
}

// set arms the trap, by chance: at a call of a kind, or at any.
func (tr *trap) set(cmd *exec.Cmd, random *rand.Rand) *doom {
	d := &doom{cmd: cmd, started: make(chan struct{}), nth: 1 + random.IntN(50)}
	switch random.IntN(4) {
	case 0:
		d.path, d.nth = delMaterial, 1+random.IntN(5)
	case 1:
		d.path, d.nth = "/cgi-bin/material/get_material", 1+random.IntN(5)
	}
	switch random.IntN(3) {
	case 0:
		d.before = true
	case 1: // in the midst of what follows, such as a write
		d.delay = time.Duration(random.IntN(8000)) * time.Microsecond
	}
	tr.arm(d)
	return d
}

func (tr *trap) arm(d *doom) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.armed = d
}

// disarm returns when the process died.
func (tr *trap) disarm() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	when := tr.armed.when
	tr.armed = nil
	return when
}

// spring returns the doom if this is its call.
func (tr *trap) spring(r *http.Request, where string) *doom {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	d := tr.armed
	if d == nil || d.path != "" && d.path != r.URL.Path {
		return nil
	}
	if d.nth--; d.nth != 0 {
		return nil
	}
	d.when = where
	if where == "" {
		d.when = r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	}
	switch {
	case d.before:
		d.when = "before " + d.when
	case d.delay > 0:
		d.when = "in the ms after " + d.when
	default:
		d.when = "after " + d.when
	}
	return d
}

// around puts the trap in front of a server. where names the calls, or else
// their path does.
func (tr *trap) around(where string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d := tr.spring(r, where)
		switch {
		case d == nil:
			next.ServeHTTP(w, r)
		case d.before:
			d.kill()
			panic(http.ErrAbortHandler)
		case d.delay > 0:
			next.ServeHTTP(w, r)
			time.AfterFunc(d.delay, d.kill)
		default:
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, r)
			d.kill()
			panic(http.ErrAbortHandler)
		}
	})
}

// kill kills at once, as kill -9 does.
func (d *doom) kill() {
	<-d.started
	_ = d.cmd.Process.Signal(os.Kill) // it may have ended
}
