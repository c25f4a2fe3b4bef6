package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/reconcile/render"
	"wxkeep/state/ledger"
)

// An Env is what the program gets from its surroundings.
type Env struct {
	Args           []string // without the program's name
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Signals        <-chan os.Signal // the first ends the run cleanly, the second at once
}

// Main runs one command and returns its exit status.
func Main(env Env) int {
	return (&run{Env: env, now: time.Now, secretTime: secretTime}).main()
}

func (r *run) main() int {
	beFrugal(r.Getenv)
	outlive()
	ctx, calls, release := interruptible(r.Signals)
	defer release()
	r.calls, r.began = calls, time.Now()
	root := r.root()
	root.SetArgs(r.Args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return int(plan.Done)
	}
	status := statusOf(err)
	if err.Error() != "" {
		say(r.Stderr, strings.TrimSpace(err.Error()))
	}
	if status == plan.Error && errors.Is(ctx.Err(), context.Canceled) {
		status = plan.Interrupted
	}
	return int(status)
}

// A run is one call of the program.
type run struct {
	Env
	calls context.Context  // done when calls in flight have to end
	now   func() time.Time // a pretend account's clock may be another
	began time.Time

	sleep      func(context.Context, time.Duration) error // before a call is made again; nil for a real wait
	secretTime time.Duration                              // how long a command may take to print a secret
	base       base                                       // what a change is compared with; nil for none
	common
}

// An exit is an error that has an exit status of its own. It has no text when
// the document that was printed says all.
type exit struct {
	status plan.Status
	err    error
}

func (e *exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

func failed(status plan.Status, format string, args ...any) error {
	return &exit{status, fmt.Errorf(format, args...)}
}

// ended is the error of a command that ends with status. err says why, unless
// what was printed does.
func ended(status plan.Status, err error) error {
	if status == plan.Done {
		return nil
	}
	return &exit{status, err}
}

// statusOf is the exit status of a command's error.
func statusOf(err error) plan.Status {
	var e *exit
	var locked *ledger.Locked
	switch {
	case errors.As(err, &e):
		return e.status
	case errors.As(err, &locked):
		return plan.Locked
	}
	return plan.Error
}

// defaultManifest is read where no PATH is given.
const defaultManifest = "wxkeep.yaml"

// load reads the manifests at paths, or the one in the working directory.
func (r *run) load(paths []string, needAuth bool) (*manifests.Policy, error) {
	paths, err := given(paths)
	if err != nil {
		return nil, err
	}
	return manifests.Load(paths, manifests.Options{NeedAuth: needAuth, Pack: r.fleet})
}

// given returns the paths, or the manifest in the working directory.
func given(paths []string) ([]string, error) {
	if len(paths) > 0 {
		return paths, nil
	}
	if _, err := os.Stat(defaultManifest); errors.Is(err, os.ErrNotExist) {
		return nil, errors.New("no manifest: there is no wxkeep.yaml here, and no PATH was given")
	}
	return []string{defaultManifest}, nil
}

// tell writes a message for people who did not ask for quiet.
func (r *run) tell(format string, args ...any) {
	if !r.quiet {
		say(r.Stderr, fmt.Sprintf(format, args...))
	}
}

// say writes a line for people. It may tell of strangers' text.
func say(w io.Writer, line string) { fmt.Fprintf(w, "wxkeep: %s\n", render.InertLines(line)) }
