package cli

import (
	"context"
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
digest, and prints it again. It needs no manifest, and no network but for pictures.

Exit status: 0, 1 for an error, or 14 when the file was altered or is of another
version.

` + formatsHelp,
		Example: "  wxkeep show plan.json\n  wxkeep show -o markdown plan.json >comment.md\n  wxkeep show --embed-thumbnails -o html plan.json >plan.html",
		Args:    oneFile,
		RunE:    func(cmd *cobra.Command, args []string) error { return r.runShow(cmd.Context(), args[0]) },
	}
	r.addOutput(cmd.Flags())
	r.addPictures(cmd.Flags())
	cmd.Flags().StringVar(&r.caFile, "ca-file", "", "trust the certificates in this PEM `FILE`, too")
	cmd.Flags().StringVar(&r.sandboxFile, "sandbox", "", "take pictures from the pretend account in this `FILE`")
	cmd.Flags().BoolVar(&r.all, "all", false, "list everything, however much")
	return cmd
}

func (r *run) runShow(ctx context.Context, file string) error {
	if err := r.checkOutput(); err != nil {
		return err
	}
	p, err := readPlan(file)
	if err != nil {
		return err
	}
	if r.sandboxFile != "" {
		_, server, err := r.startSandbox("127.0.0.1:0", false)
		if err != nil {
			return err
		}
		defer func() { _ = server.Close() }()
		r.endpoints = []string{server.URL}
	}
	ctx, cancel := r.deadline(ctx)
	defer cancel()
	r.fetchPictures(ctx, p, r.display())
	return r.print(p)
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
