package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
)

// planLife is how long a saved plan can be applied unless --expires-in says.
const planLife = "7d"

func (r *run) plan() *cobra.Command {
	var f planFlags
	cmd := &cobra.Command{
		Use:   "plan [PATH…]",
		Short: "compare manifests with live accounts; delete nothing",
		Long: `plan lists each account once, compares it with its manifest, and shows what apply
would delete, what is held and why, and every guard. It has no client that could
delete anything. PATH is a manifest file or a directory of them; without it,
wxkeep.yaml is read.

` + exitStatuses + `

Without --detailed-exitcode a plan with deletions exits with 0. A plan that apply
would stop at exits with the status apply would have, but for freeze.`,
		Example: `  wxkeep plan
  wxkeep plan --out plan.json manifests/
  wxkeep plan -o json | jq '.resource_changes[].address'`,
		RunE: func(cmd *cobra.Command, paths []string) error { return r.runPlan(cmd.Context(), paths, f) },
	}
	r.addNetwork(cmd.Flags())
	r.addNarrow(cmd.Flags())
	r.addOutput(cmd.Flags())
	cmd.Flags().BoolVar(&r.all, "all", false, "list kept materials, too, and everything however much")
	cmd.Flags().StringVar(&f.out, "out", "", "save the plan in this file, for apply --plan")
	cmd.Flags().StringVar(&f.life, "expires-in", planLife, "how long the saved plan can be applied, such as 36h or 7d")
	cmd.Flags().BoolVar(&f.detailed, "detailed-exitcode", false, "exit with 2 when there are deletions")
	return cmd
}

type planFlags struct {
	out, life string
	detailed  bool
}

func (r *run) runPlan(ctx context.Context, paths []string, f planFlags) error {
	life, err := manifests.ParseDuration(f.life)
	if err != nil || life <= 0 {
		return fmt.Errorf("--expires-in %q is not a duration such as 36h or 7d", f.life)
	}
	ctx, cancel := r.deadline(ctx)
	defer cancel()
	s, err := r.decide(ctx, paths, nil, false)
	if err != nil {
		return err
	}
	defer s.close()
	doc := reconcile.Document(s.decisions, version(), life, r.Now(), r.all)
	if f.out != "" {
		b, err := doc.Encode()
		if err != nil {
			return err
		}
		if err := writeFile(f.out, b); err != nil {
			return err
		}
	}
	if err := r.print(doc); err != nil {
		return err
	}
	r.blocked(s.decisions)
	if f.out != "" {
		r.say("plan saved in %s until %s; apply it with: wxkeep apply --plan %s", f.out, doc.ExpiresAt.Format(time.RFC3339), f.out)
	}
	if f.detailed && doc.Deletions() > 0 && doc.Status() == plan.Done {
		return &exit{status: plan.HasDeletions}
	}
	return status(doc)
}

// deadline is ctx with the end that --timeout sets.
func (r *run) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, r.timeout)
}
