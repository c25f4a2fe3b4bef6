package render

import (
	"fmt"
	"strings"

	"wxkeep/reconcile/plan"
)

// summary is an account in one line. Scripts read it.
func summary(a plan.Account) string {
	if a.Skipped != "" {
		return Inert(a.Name) + ": not looked at"
	}
	s := a.Summary
	return fmt.Sprintf("%s: %d kept, %d in use, %d held, %d to delete, %d missing (%d live)", Inert(a.Name), s.Keep, s.InUse, s.Hold, s.Delete, s.Missing, s.Live)
}

// planned is the last line of a plan: Terraform's own, where there is one.
func planned(p *plan.Plan) string {
	switch n := p.Deletions(); {
	case n > 0:
		return fmt.Sprintf("Plan: 0 to add, 0 to change, %d to destroy.", n)
	case p.Status() == plan.Done && skipped(p) != nil:
		return "No changes. What was looked at matches its manifest."
	case p.Status() == plan.Done:
		return "No changes. Your material matches the manifest."
	}
	return "Nothing is planned. See above why."
}

// done is the last line of an apply: Terraform's own, where it went well.
func done(p *plan.Plan) string {
	word := "Apply complete!"
	if p.Status() != plan.Done {
		word = "Apply incomplete."
	}
	return fmt.Sprintf("%s Resources: 0 added, 0 changed, %d destroyed.", word, outcomesOf(p)[plan.Deleted])
}

// outcomesOf counts the outcomes of all accounts.
func outcomesOf(p *plan.Plan) map[plan.Outcome]int {
	n := map[plan.Outcome]int{}
	for _, a := range p.Accounts {
		if a.Result != nil {
			for o, m := range a.Result.Outcomes {
				n[o] += m
			}
		}
	}
	return n
}

// outcomes lists how many there are of each, in the order of the plan package.
func outcomes(n map[plan.Outcome]int) string {
	var words []string
	for _, o := range []plan.Outcome{plan.Deleted, plan.AlreadyAbsent, plan.Changed, plan.Refused, plan.ArchiveFailed, plan.Deferred, plan.Failed, plan.Undecided} {
		if n[o] > 0 {
			words = append(words, fmt.Sprintf("%d %s", n[o], strings.ReplaceAll(string(o), "_", " ")))
		}
	}
	return strings.Join(words, ", ")
}

// notChecked lists the places that the manifest leaves out of the search for
// uses.
func notChecked(a plan.Account) []string {
	var places []string
	for _, r := range a.References {
		if r.Status == plan.Off {
			places = append(places, Inert(r.Source))
		}
	}
	return places
}

// findingsOf returns an account's findings but those that notChecked tells.
func findingsOf(a plan.Account) []plan.Finding {
	var findings []plan.Finding
	for _, f := range a.Findings {
		if f.Kind != plan.NotChecked {
			findings = append(findings, f)
		}
	}
	return findings
}
