package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
)

// planLife is how long a saved plan can be applied unless --expires-in says: so
// long, and the longest grace, since it also approves what will be due then.
const planLife = 7 * 24 * time.Hour

func (r *run) plan() *cobra.Command {
	var f planFlags
	cmd := &cobra.Command{
		Use:   "plan [PATH…]",
		Short: "compare manifests with live accounts; delete nothing",
		Long: `plan lists each account once, compares it with its manifest, and shows what apply
would delete, what is held and why, and every guard. It has no client that could
delete anything. PATH is a manifest file or a directory of them; without it,
wxkeep.yaml is read.

When it is done, plan sends one message to each channel that a manifest's notify
names, if something is due, blocked or failed, and brings the metrics of --metrics
and --pushgateway up to date. What cannot be sent is a warning and leaves the exit
status as it is. With --refresh never no message is sent.

` + exitStatuses + `

A listing that takes more than the daily quota is kept in the ledger by --record,
and by apply, and the next run goes on with it.

With --base, which names the base branch's manifests, PATH is a change of them, and
may be a stranger's: auth, endpoints, state and notify are the base's, and no command,
variable or file that only the change names is asked for a secret. The plan tells
what is deleted because of the change from what was pending, which the base deletes,
too, and guards_loosened blocks a change that both loosens a setting and deletes. An
account is known by its appid. One that the base has not is not looked at until it is
merged; that is said, and is no error. With --only-change what was pending is held,
and an account is not looked at whose manifest means the same in both, unless its
references name local files. With --refresh=never, too, no secret is needed at all.

Without --detailed-exitcode a plan with deletions exits with 0. A plan that apply
would stop at exits with the status apply would have, but for freeze.

` + formatsHelp,
		Example: `  wxkeep plan
  wxkeep plan --out plan.json manifests/
  wxkeep plan --report html=plan.html --all
  wxkeep plan -o json | jq '.resource_changes[].address'
  wxkeep plan --report github --report junit=wxkeep.xml
  wxkeep plan --base ../main/manifests --only-change --refresh=never manifests/`,
		RunE: func(cmd *cobra.Command, paths []string) error { return r.runPlan(cmd.Context(), paths, f) },
	}
	r.addNetwork(cmd.Flags())
	r.addNarrow(cmd.Flags())
	r.addOutput(cmd.Flags())
	r.addPictures(cmd.Flags())
	cmd.Flags().BoolVar(&r.all, "all", false, "list kept materials, too, and everything however much")
	r.addLedger(cmd.Flags())
	r.addTelling(cmd.Flags())
	r.addRefresh(cmd.Flags())
	cmd.Flags().StringArrayVar(&f.base, "base", nil, "the base branch's manifests (`PATH`, a file or directory; repeatable), which the manifests are a change of; see above")
	cmd.Flags().BoolVar(&f.onlyChange, "only-change", false, "with --base: delete only what is deleted because of the change")
	cmd.Flags().BoolVar(&f.record, "record", false, "take the lease, and write down since when each orphan is one, and every use (a nightly run)")
	cmd.Flags().StringVar(&f.out, "out", "", "save the plan in this `FILE`, or, with the word ledger, in the ledger under its digest; for apply --plan")
	cmd.Flags().StringVar(&f.life, "expires-in", "", "how long (`D`) the saved plan can be applied, such as 36h (default: 7d and the longest grace)")
	cmd.Flags().BoolVar(&f.detailed, "detailed-exitcode", false, "exit with 2 when there are deletions")
	return cmd
}

type planFlags struct {
	out, life        string
	detailed, record bool
	base             []string
	onlyChange       bool
}

// check refuses flags that exclude each other.
func (f planFlags) check(remembered bool) error {
	switch {
	case f.record && remembered:
		return errors.New("--record and --refresh never exclude each other: nothing new is seen")
	case f.record && f.base != nil:
		return errors.New("--record and --base exclude each other: what a change would make an orphan is none yet")
	case f.onlyChange && f.base == nil:
		return errors.New("--only-change needs --base: name the manifests of the base branch")
	}
	return nil
}

func (r *run) runPlan(ctx context.Context, paths []string, f planFlags) error {
	var life time.Duration // 0: as long as the settings ask for
	if f.life != "" {
		var err error
		if life, err = manifests.ParseDuration(f.life); err != nil || life <= 0 {
			return fmt.Errorf("--expires-in %q is not a duration such as 36h or 7d", f.life)
		}
	}
	if err := r.ready(); err != nil {
		return err
	}
	if err := f.check(r.remembered()); err != nil {
		return err
	}
	ctx, cancel := r.deadline(ctx)
	defer cancel()
	s, err := r.decide(ctx, task{command: planCommand, paths: paths, life: life, record: f.record, base: f.base, onlyChange: f.onlyChange})
	if err != nil {
		return err
	}
	defer s.close()
	doc := s.document(r.now())
	r.fetchPictures(ctx, doc, s.show)
	err = r.print(doc)
	r.blocked(s.decisions)
	if err = errors.Join(err, s.save(ctx, doc, f.out, paths), s.announce(doc)); err != nil {
		return finish(doc, err)
	}
	if f.detailed && doc.Deletions() > 0 && doc.Status() == plan.Done {
		return &exit{status: plan.HasDeletions}
	}
	return finish(doc, nil)
}

// deadline is ctx with the end that --timeout sets.
func (r *run) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, r.timeout, fmt.Errorf("the time of --timeout %s is over", r.timeout))
}

// reason says why ctx ended.
func reason(ctx context.Context) string {
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err.Error()
	}
	return "interrupted"
}
