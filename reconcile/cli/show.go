package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"wxkeep/reconcile/plan"
)

func (r *run) show() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show FILE",
		Short: "render a saved document again",
		Long: `show reads a plan that plan --out or --report json=FILE wrote, checks its
digest, and prints it again. It needs no manifest and no network.

Exit status: 0, 1 for an error, or 14 when the file was altered or is of another
version.

` + formatsHelp,
		Example: "  wxkeep show plan.json\n  wxkeep show -o json plan.json\n  wxkeep show -o markdown plan.json >comment.md",
		Args:    oneFile,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := r.checkOutput(); err != nil {
				return err
			}
			p, err := readPlan(args[0])
			if err != nil {
				return err
			}
			return r.print(p)
		},
	}
	r.addOutput(cmd.Flags())
	cmd.Flags().BoolVar(&r.all, "all", false, "list everything, however much")
	return cmd
}

// readPlan reads a saved plan.
func readPlan(path string) (*plan.Plan, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	return decodePlan(path, b)
}

func decodePlan(where string, b []byte) (*plan.Plan, error) {
	p, err := plan.Decode(b)
	switch {
	case errors.Is(err, plan.ErrAltered), errors.Is(err, plan.ErrVersion):
		return nil, failed(plan.Stale, "%s: %w; make a new plan", where, err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	return p, nil
}
