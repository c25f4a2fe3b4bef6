package render

import (
	"slices"

	"wxkeep/reconcile/plan"
)

// A pageAccount is an account as the page shows it.
type pageAccount struct {
	plan.Account
	Open     bool         // shown without being asked for
	Divided  string       // how the deletions of a change divide
	Blocked  []plan.Guard // guards that stop apply
	Passed   int          // guards that passed
	Off      []string     // places NOT CHECKED
	Unknown  []string     // places that could not be read
	Listed   []plan.Finding
	Unlisted int
}

// mostFindings is how many findings of an account a page lists.
const mostFindings = 1000

// fewAccounts is how many accounts a page shows whole; of more, those with
// trouble.
const fewAccounts = 3

func pageAccounts(p *plan.Plan) []pageAccount {
	accounts := make([]pageAccount, len(p.Accounts))
	for i, a := range p.Accounts {
		accounts[i] = newPageAccount(a)
		accounts[i].Open = len(p.Accounts) <= fewAccounts || a.Error != "" || len(accounts[i].Blocked) > 0
	}
	return accounts
}

func newPageAccount(a plan.Account) pageAccount {
	v := pageAccount{Account: a, Divided: divided(a)}
	for _, g := range a.Guards {
		switch g.Status {
		case plan.Blocked:
			v.Blocked = append(v.Blocked, g)
		case plan.Passed:
			v.Passed++
		}
	}
	for _, r := range a.References {
		switch r.Status {
		case plan.Off:
			v.Off = append(v.Off, r.Source)
		case plan.Unknown:
			v.Unknown = append(v.Unknown, r.Source)
		}
	}
	// What was not checked stands above them all.
	v.Findings = slices.DeleteFunc(slices.Clone(a.Findings), func(f plan.Finding) bool { return f.Kind == plan.NotChecked })
	v.Listed = v.Findings[:min(len(v.Findings), mostFindings)]
	v.Unlisted = len(v.Findings) - len(v.Listed)
	return v
}
