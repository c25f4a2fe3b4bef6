package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
)

// An Env is what the program gets from its surroundings.
type Env struct {
	Args           []string // without the program's name
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Signals        <-chan os.Signal // the first ends the run cleanly, the second at once
	Now            func() time.Time // nil for time.Now
}

// Main runs one command and returns its exit status.
func Main(env Env) int {
	if env.Now == nil {
		env.Now = time.Now
	}
	ctx, calls, release := interruptible(env)
	defer release()
	run := &run{Env: env, calls: calls}
	root := run.root()
	root.SetArgs(env.Args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return int(plan.Done)
	}
	status := statusOf(err)
	if err.Error() != "" {
		// The command's own error is complete; only its first line gets the prefix.
		fmt.Fprintf(env.Stderr, "wxkeep: %s\n", err)
	}
	if status == plan.Error && errors.Is(ctx.Err(), context.Canceled) {
		status = plan.Interrupted
	}
	return int(status)
}

// A run is one call of the program.
type run struct {
	Env
	calls context.Context // done when calls in flight have to end
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

// statusOf is the exit status of a command's error.
func statusOf(err error) plan.Status {
	var e *exit
	if errors.As(err, &e) {
		return e.status
	}
	return plan.Error
}

func (r *run) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "wxkeep",
		Short: "keep what the manifest lists, delete the rest, after you have seen the plan",
		Long: `wxkeep is a reconciler for the permanent material (永久素材) of WeChat Official
Accounts. A YAML manifest lists which media_ids may remain; plan shows what else
is in the account, and apply deletes it. Deletion cannot be undone.

Begin with a pretend account, which needs no network:

  wxkeep plan  --sandbox examples/quickstart/account.yaml examples/quickstart/wxkeep.yaml
  wxkeep apply --sandbox examples/quickstart/account.yaml examples/quickstart/wxkeep.yaml

A media_id may begin with "-": put it after "--".

` + exitStatuses,
		SilenceUsage: true, SilenceErrors: true,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(r.Stdin)
	root.SetOut(r.Stdout)
	root.SetErr(r.Stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())
	})
	r.addGlobal(root.PersistentFlags())
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return r.check() }
	root.AddCommand(r.plan(), r.apply(), r.validate(), r.show(), r.sandbox(), r.version())
	return root
}

const exitStatuses = `Exit status:
    0  done, or nothing to do
    1  error: a bad manifest or flag, a server never reached, a wrong name typed
    2  plan has deletions (only with --detailed-exitcode)
    3  finished, but some items failed or are unknown
   10  wrong account
   12  credentials refused, or a secret that cannot be had
   13  blocked by another guard
   14  plan stale, expired, used up or altered
   15  listing incomplete
   16  quota used up, the rest deferred
  130  interrupted`

// load reads the manifests at paths, or the one in the working directory.
func (r *run) load(paths []string, needAuth bool) (*manifests.Policy, error) {
	if len(paths) == 0 {
		paths = []string{"wxkeep.yaml"}
		if _, err := os.Stat(paths[0]); errors.Is(err, os.ErrNotExist) {
			return nil, errors.New("no manifest: there is no wxkeep.yaml here, and no PATH was given")
		}
	}
	policy, err := manifests.Load(paths, manifests.Options{NeedAuth: needAuth})
	if err != nil {
		return nil, fmt.Errorf("the manifest has mistakes; nothing was deleted\n%w", err)
	}
	return policy, nil
}

// say writes a message for people.
func (r *run) say(format string, args ...any) {
	if !r.quiet {
		fmt.Fprintf(r.Stderr, "wxkeep: %s\n", strings.TrimSuffix(fmt.Sprintf(format, args...), "\n"))
	}
}
