package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a script waits for something that has to happen.
const patience = 30 * time.Second

// A process runs in the background of a script.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr output
	ended          chan struct{} // closed when it has ended
}

// An output can be read while it is written.
type output struct {
	mu    sync.Mutex
	bytes bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes.String()
}

func begin(ts *testscript.TestScript, name string, args ...string) *process {
	p := &process{cmd: exec.Command(args[0], args[1:]...), ended: make(chan struct{})}
	if args[0] == "wxkeep" {
		p.cmd = exec.Command(binaries+"/wxkeep", args[1:]...)
	}
	p.cmd.Dir = ts.MkAbs(".")
	for _, key := range []string{"PATH", "HOME", "XDG_STATE_HOME", "TMPDIR", "WORK", "GORACE", "WX_APP_SECRET"} {
		p.cmd.Env = append(p.cmd.Env, key+"="+ts.Getenv(key))
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	p.cmd.WaitDelay = patience // for what it leaves behind with its output open
	ts.Check(p.cmd.Start())
	worldOf(ts).started[name] = p
	go func() {
		_ = p.cmd.Wait() // its status is asked for by finish
		close(p.ended)
	}()
	return p
}

// wait returns the exit status.
func (p *process) wait() (int, error) {
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-time.After(patience):
		return 0, fmt.Errorf("it did not end within %s", patience)
	}
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(os.Interrupt) // it may have ended
	if _, err := p.wait(); err != nil {
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// start NAME PROGRAM [ARG…] runs a program in the background.
func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME PROGRAM [ARG…]")
	}
	begin(ts, args[0], args[1:]...)
}

func started(ts *testscript.TestScript, name string) *process {
	p := worldOf(ts).started[name]
	if p == nil {
		ts.Fatalf("nothing was started as %s", name)
	}
	return p
}

// signal NAME INT|TERM|KILL sends a signal.
func signalStarted(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "KILL": os.Kill}
	if neg || len(args) != 2 || signals[args[1]] == nil {
		ts.Fatalf("usage: signal NAME INT|TERM|KILL")
	}
	ts.Check(started(ts, args[0]).cmd.Process.Signal(signals[args[1]]))
}

// await-stderr NAME TEXT waits until the text was written.
func awaitStderr(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await-stderr NAME TEXT")
	}
	p := started(ts, args[0])
	await(ts, "the text "+args[1], func() bool { return strings.Contains(p.stderr.String(), args[1]) })
}

// finish NAME STATUS waits for the end and checks the exit status.
func finishStarted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: finish NAME STATUS")
	}
	p := started(ts, args[0])
	status, err := p.wait()
	ts.Check(err)
	fmt.Fprint(ts.Stdout(), p.stdout.String())
	fmt.Fprint(ts.Stderr(), p.stderr.String())
	if got := fmt.Sprint(status); got != args[1] {
		ts.Fatalf("exit status %s, want %s", got, args[1])
	}
}

// exits STATUS PROGRAM [ARG…] runs a program and checks its exit status.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM [ARG…]")
	}
	status := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		status = failed.ExitCode()
	}
	w := worldOf(ts)
	for _, stream := range []string{"stdout", "stderr", "ttyout"} {
		w.record(stream+" of "+strings.Join(args[1:], " "), ts.ReadFile(stream))
	}
	if got := fmt.Sprint(status); got != args[0] {
		ts.Logf("[ttyout]\n%s", ts.ReadFile("ttyout"))
		ts.Fatalf("exit status %s, want %s", got, args[0])
	}
}

// await asks again and again. There is nothing to be told by, so it looks every
// few milliseconds.
func await(ts *testscript.TestScript, what string, done func() bool) {
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	late := time.After(patience)
	for !done() {
		select {
		case <-look.C:
		case <-late:
			ts.Fatalf("%s did not come within %s", what, patience)
		}
	}
}
