package cli

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/reconcile/render"
)

// inGitHub is the report that takes no file: GitHub Actions says where.
const inGitHub = "github"

// A step is where GitHub Actions wants what a step has to say.
//
// Source: docs.github.com, Workflow commands for GitHub Actions, Environment files.
type step struct{ summary, outputs string }

// gitHub finds the step that the program runs in.
func (r *run) gitHub() (step, error) {
	if r.Getenv("GITHUB_ACTIONS") != "true" {
		return step{}, errors.New("--report github: this is no step of GitHub Actions, which would set GITHUB_ACTIONS to true; elsewhere use --report markdown=FILE")
	}
	s := step{r.Getenv("GITHUB_STEP_SUMMARY"), r.Getenv("GITHUB_OUTPUT")}
	missing := ""
	switch {
	case s.summary == "":
		missing = "GITHUB_STEP_SUMMARY"
	case s.outputs == "":
		missing = "GITHUB_OUTPUT"
	default:
		return s, nil
	}
	return step{}, fmt.Errorf("--report github: %s is not set; pass it, and the file it names, on to where wxkeep runs, such as a container", missing)
}

// reportGitHub appends to the step's summary and outputs, and writes annotations to
// standard error: standard output may be a document that something else reads.
func (r *run) reportGitHub(p *plan.Plan) error {
	s, err := r.gitHub()
	if err != nil {
		return err
	}
	room := render.GitHubSummaryLimit
	if info, err := os.Stat(s.summary); err == nil {
		room -= int(info.Size())
	}
	return errors.Join(
		appendTo(s.summary, func(w io.Writer) error { return render.GitHubSummary(w, p, r.style(w), room) }),
		appendTo(s.outputs, func(w io.Writer) error { return render.GitHubOutputs(w, p, "wxkeep_"+rand.Text()) }),
		render.GitHubAnnotations(r.Stderr, p),
	)
}

// annotateMistakes shows the mistakes of manifests at their lines, in a run of which
// there is nothing else to report.
func (r *run) annotateMistakes(err error) error {
	if _, ok := errors.AsType[manifests.Problems](err); !ok || !slices.Contains(r.reports, inGitHub) {
		return nil
	}
	return render.GitHubProblems(r.Stderr, problemsOf(err).Problems)
}

// appendTo adds what write writes to the end of a file, which earlier commands of
// the step may have written to.
func appendTo(path string, write func(io.Writer) error) error {
	var b strings.Builder
	if err := write(&b); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, b.String())
	return errors.Join(err, f.Close())
}
