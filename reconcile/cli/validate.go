package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/reconcile/render"
)

func (r *run) validate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate [PATH…]",
		Short: "check manifests offline",
		Long: `validate reads manifest files, or directories of them, and reports every mistake
at once as file:line:column: message. It needs no network and no secret. Without
PATH it reads wxkeep.yaml.

Exit status: 0 when all is right, 1 when there are mistakes.`,
		Example: "  wxkeep validate manifests/\n  wxkeep validate -o json",
		RunE:    func(_ *cobra.Command, paths []string) error { return r.runValidate(paths) },
	}
	r.addFormat(cmd.Flags())
	return cmd
}

func (r *run) runValidate(paths []string) error {
	if err := r.checkFormat(); err != nil {
		return err
	}
	policy, err := r.load(paths, false)
	if r.output == "json" {
		return r.problemsJSON(err)
	}
	if err != nil {
		return mistakes(err, "the manifest has mistakes")
	}
	for _, a := range policy.Accounts {
		if _, err := fmt.Fprintf(r.Stdout, "%s (%s): %d entries, %d rules\n", a.Name, a.AppID, len(a.Keep), len(a.Rules)); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(r.Stdout, "The manifest is valid.")
	return err
}

// mistakes puts a heading above the problems of a manifest.
func mistakes(err error, heading string) error {
	if _, ok := errors.AsType[manifests.Problems](err); ok {
		return fmt.Errorf("%s\n%w", heading, err)
	}
	return err
}

// problemsJSON prints the document of validate.
func (r *run) problemsJSON(err error) error {
	doc := plan.Problems{Valid: err == nil, Problems: []plan.Problem{}}
	found, ok := errors.AsType[manifests.Problems](err)
	for _, p := range found {
		doc.Problems = append(doc.Problems, plan.Problem{Position: p.Position.String(), Message: p.Message})
	}
	if err != nil && !ok {
		doc.Problems = append(doc.Problems, plan.Problem{Message: err.Error()})
	}
	if werr := render.Document(r.Stdout, doc); werr != nil {
		return werr
	}
	if err != nil {
		return &exit{status: plan.Error}
	}
	return nil
}
