package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"wxkeep/reconcile/plan"
)

// The limits of GitHub Actions for one step.
//
// Source: docs.github.com, Workflow commands for GitHub Actions, Step isolation and
// limits: 1 MiB of summary, beyond which nothing of it is shown; and GitHub's
// answer in github.com/orgs/community/discussions/26680: 10 annotations of a kind.
const (
	GitHubSummaryLimit    = 1 << 20
	GitHubAnnotationLimit = 10
)

// GitHubSummary writes a plan, or what apply did, as the [Markdown] of a step's
// summary, in at most room bytes. The error says when that is too little for even
// the shortest.
func GitHubSummary(w io.Writer, p *plan.Plan, style Style, room int) error {
	return markdown(w, p, style, sheet{measure: size, left: room})
}

// GitHubOutputs writes a step's outputs: digest, changes_digest, status (the exit
// status), deletions, holds, in_use, missing, applicable (whether every account may
// be applied), deleted and outcomes (after an apply, else empty), and summary, which
// has a line for each account; of a change that is compared with its base,
// this_change and pending say how the deletions divide. Each is written between two lines with the
// delimiter, which must be one that nobody can guess: a value that has it is an
// error.
//
// Source: docs.github.com, Workflow commands for GitHub Actions, Multiline strings.
func GitHubOutputs(w io.Writer, p *plan.Plan, delimiter string) error {
	digest, err := digestOf(p)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, o := range outputsOf(p, digest) {
		if strings.Contains(o.value, delimiter) {
			return fmt.Errorf("the output %s has the delimiter %s in it", o.name, delimiter)
		}
		fmt.Fprintf(&b, "%s<<%s\n%s\n%s\n", o.name, delimiter, o.value, delimiter)
	}
	_, err = io.WriteString(w, b.String())
	return err
}

type output struct{ name, value string }

func outputsOf(p *plan.Plan, digest string) []output {
	var sum plan.Summary
	var lines []string
	applicable := true
	for _, a := range p.Accounts {
		sum.Hold += a.Summary.Hold
		sum.InUse += a.Summary.InUse
		sum.Missing += a.Summary.Missing
		applicable = applicable && a.Applicable
		lines = append(lines, summary(a))
	}
	deleted, became := "", ""
	if p.Applied() {
		n := outcomesOf(p)
		deleted, became = fmt.Sprint(n[plan.Deleted]), outcomes(n)
	}
	outputs := []output{
		{"digest", Inert(digest)},
		{"changes_digest", Inert(p.ChangesDigest)},
		{"status", fmt.Sprint(int(p.Status()))},
		{"deletions", fmt.Sprint(p.Deletions())},
		{"holds", fmt.Sprint(sum.Hold)},
		{"in_use", fmt.Sprint(sum.InUse)},
		{"missing", fmt.Sprint(sum.Missing)},
		{"applicable", fmt.Sprint(applicable)},
		{"deleted", deleted},
		{"outcomes", became},
		{"summary", strings.Join(lines, "\n")},
	}
	if thisChange, pending, is := based(p); is {
		outputs = append(outputs, output{"this_change", fmt.Sprint(thisChange)}, output{"pending", fmt.Sprint(pending)})
	}
	return outputs
}

// GitHubAnnotations writes workflow commands that GitHub shows as annotations, at
// their lines in the manifests where they have one: as errors why an account is
// blocked or failed, and what was not deleted though it should have been; as
// warnings and notices the findings. Of each kind there are at most
// [GitHubAnnotationLimit], of which the last then counts the others.
//
// A runner reads commands from standard output and standard error alike
// (github.com/actions/runner, ScriptHandler.cs).
func GitHubAnnotations(w io.Writer, p *plan.Plan) error {
	var errors, warnings, notices []annotation
	for _, a := range p.Accounts {
		errors = append(errors, refusals(a)...)
		for _, f := range a.Findings {
			note := annotationOf(a, f)
			if levelOf(f.Kind) == levelNote {
				notices = append(notices, note)
			} else {
				warnings = append(warnings, note)
			}
		}
	}
	errors = append(errors, failures(p)...)
	last := planned(p)
	if p.Applied() {
		last = done(p)
	}
	notices = append([]annotation{{text: last}}, notices...)
	_, err := io.WriteString(w, commands("error", errors)+commands("warning", warnings)+commands("notice", notices))
	return err
}

// GitHubProblems writes the mistakes in manifests as annotations at their lines.
func GitHubProblems(w io.Writer, problems []plan.Problem) error {
	var all []annotation
	for _, p := range problems {
		n := annotation{text: p.Message}
		switch {
		case p.File != "":
			n.at = &position{p.File, max(1, p.Line), max(1, p.Column)}
		case p.Position != "":
			at := positionOf(p.Position)
			n.at = &at
		}
		all = append(all, n)
	}
	_, err := io.WriteString(w, commands("error", all))
	return err
}

// commands are annotations of one kind, as many as GitHub shows.
func commands(kind string, all []annotation) string {
	var b strings.Builder
	for _, n := range atMost(GitHubAnnotationLimit, all) {
		b.WriteString(n.command(kind))
	}
	return b.String()
}

// An annotation is a remark that GitHub shows, at a line if it has a place.
type annotation struct {
	text string
	at   *position
}

// command is the annotation as a line for the runner.
func (n annotation) command(name string) string {
	properties := "title=wxkeep"
	if n.at != nil {
		properties = fmt.Sprintf("file=%s,line=%d,col=%d,%s", commandProperty(n.at.file), n.at.line, n.at.column, properties)
	}
	return fmt.Sprintf("::%s %s::%s\n", name, properties, commandData(n.text))
}

// The escapes of github.com/actions/toolkit, packages/core/src/command.ts.
var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func commandData(s string) string     { return dataEscapes.Replace(Inert(s)) }
func commandProperty(s string) string { return propertyEscapes.Replace(Inert(s)) }

// atMost is the first of all, at most limit of them, of which the last counts
// those that are left out.
func atMost(limit int, all []annotation) []annotation {
	if len(all) <= limit {
		return all
	}
	rest := annotation{text: fmt.Sprintf("… and %d more; the log or the summary of this step has them", len(all)-limit+1)}
	return append(slices.Clone(all[:limit-1]), rest)
}

// refusals are why an account cannot be applied.
func refusals(a plan.Account) []annotation {
	var all []annotation
	if a.Error != "" {
		all = append(all, annotation{text: a.Name + ": " + a.Error})
	}
	for _, g := range a.Guards {
		if g.Status == plan.Blocked {
			all = append(all, annotation{text: fmt.Sprintf("%s: blocked by %s: %s", a.Name, g.Name, g.Message)})
		}
	}
	return all
}

// failures are the deletions that went wrong.
func failures(p *plan.Plan) []annotation {
	var all []annotation
	for _, c := range p.Changes {
		switch c.Outcome {
		case plan.Failed, plan.Undecided, plan.ArchiveFailed:
			all = append(all, annotation{text: fmt.Sprintf("%s: %s %s: %s", c.Account, c.Item.Type, c.Item.ID, fateOf(c))})
		}
	}
	return all
}

func annotationOf(a plan.Account, f plan.Finding) annotation {
	text := f.Message
	if f.MediaID != "" {
		text = string(f.MediaID) + ": " + text
	}
	at := placeOf(a, f)
	return annotation{text: fmt.Sprintf("%s: %s: %s", a.Name, f.Kind, text), at: &at}
}
