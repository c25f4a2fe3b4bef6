package cli

import (
	"errors"
	"fmt"
	"slices"

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

With -o json it prints {"valid": …, "problems": [{"position", "message"}]}, with
-o sarif a SARIF 2.1.0 file for code scanning, in which paths are relative to the
root of the repository that the manifests are in.

Exit status: 0 when all is right, 1 when there are mistakes.`,
		Example: "  wxkeep validate manifests/\n  wxkeep validate -o json\n  wxkeep validate -o sarif manifests/ > wxkeep.sarif",
		RunE:    func(_ *cobra.Command, paths []string) error { return r.runValidate(paths) },
	}
	cmd.Flags().StringVarP(&r.output, "output", "o", "text", "`FORMAT` of the result: "+alternatives(problemFormats))
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(problemFormats, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	return cmd
}

// problemFormats are those of the document of validate.
var problemFormats = []string{"text", "json", "sarif"}

func (r *run) runValidate(paths []string) error {
	if !slices.Contains(problemFormats, r.output) {
		return fmt.Errorf("--output %q is not %s", r.output, alternatives(problemFormats))
	}
	policy, err := r.load(paths, false)
	if r.output != "text" {
		return r.problems(err)
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

// problems prints the document of validate.
func (r *run) problems(err error) error {
	doc := problemsOf(err)
	write := func() error { return render.Document(r.Stdout, doc) }
	if r.output == "sarif" {
		write = func() error { return render.ProblemsSARIF(r.Stdout, doc, version()) }
	}
	if werr := write(); werr != nil {
		return werr
	}
	if err != nil {
		return &exit{status: plan.Error}
	}
	return nil
}

func problemsOf(err error) plan.Problems {
	doc := plan.Problems{Valid: err == nil, Problems: []plan.Problem{}}
	found, ok := errors.AsType[manifests.Problems](err)
	l := locator{}
	for _, p := range found {
		at := plan.Problem{Position: p.Position.String(), Message: p.Message, Line: p.Position.Line, Column: p.Position.Column}
		if p.Position.File != "" {
			at.File, _ = l.locate(p.Position.File)
		}
		doc.Problems = append(doc.Problems, at)
	}
	if err != nil && !ok { // there is no manifest
		doc.Problems = append(doc.Problems, plan.Problem{Message: err.Error()})
	}
	return doc
}
