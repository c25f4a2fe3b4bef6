package cli

import (
	"io"
	"slices"
	"strings"

	"wxkeep/reconcile/plan"
	"wxkeep/reconcile/render"
)

// A format is how a plan can be written.
type format struct {
	name   string
	output bool // for --output, too, and not for --report alone
	write  func(io.Writer, *plan.Plan, render.Style) error
}

// formats are those that --output and --report know.
var formats = []format{
	{"text", true, writeText},
	{"json", true, func(w io.Writer, p *plan.Plan, _ render.Style) error { return render.JSON(w, p) }},
	{htmlFormat, true, render.HTML},
	{"markdown", true, render.Markdown},
	{"junit", false, func(w io.Writer, p *plan.Plan, _ render.Style) error { return render.JUnit(w, p) }},
	{"sarif", false, func(w io.Writer, p *plan.Plan, _ render.Style) error { return render.FindingsSARIF(w, p) }},
	{"gitlab", false, func(w io.Writer, p *plan.Plan, _ render.Style) error { return render.GitLab(w, p) }},
}

// formatsHelp tells what each format is for.
const formatsHelp = `Formats of --output and --report:
  text      for people
  json      the plan file, for programs, wxkeep show and apply --plan
  markdown  a comment on a pull request, of at most 65,536 characters. Its first
            line, <!-- wxkeep -->, is not shown: find the comment by it to put
            the next one in its place
  html      one page for reviewers, which needs nothing beside it: pictures,
            filters, search, guards, and keep entries to copy. The reader's browser
            fetches the pictures from WeChat, or --embed-thumbnails puts them in

Formats of --report alone:
  junit     a test report: a case for each guard, and each material applied
  sarif     the findings at their lines in the manifests, for code scanning
  gitlab    how many are deleted, for artifacts:reports:terraform
  github    in a step of GitHub Actions, without a file: its summary, its outputs
            (digest, changes_digest, status, deletions, holds, in_use, missing,
            applicable, deleted, outcomes, summary, and of a change this_change
            and pending) and at most ten annotations of a kind, on standard error`

func formatOf(name string) (format, bool) {
	i := slices.IndexFunc(formats, func(f format) bool { return f.name == name })
	if i < 0 {
		return format{}, false
	}
	return formats[i], true
}

// outputFormats and reportFormats list what can be chosen, in words.
func outputFormats() string {
	return listed(slices.DeleteFunc(slices.Clone(formats), func(f format) bool { return !f.output }))
}

func reportFormats() string { return listed(formats) }

func listed(formats []format) string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return alternatives(names)
}

// alternatives joins words with commas and an "or".
func alternatives(names []string) string {
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// write writes the plan in a format that [run.checkOutput] let pass.
func (r *run) write(w io.Writer, name string, p *plan.Plan) error {
	f, _ := formatOf(name)
	return f.write(w, p, r.style(w))
}

// writeText writes the plan, and what apply did.
func writeText(w io.Writer, p *plan.Plan, style render.Style) error {
	if err := render.Text(w, p, style); err != nil || !p.Applied() {
		return err
	}
	return render.Result(w, p, style)
}
