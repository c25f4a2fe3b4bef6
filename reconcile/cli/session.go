package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
)

// A session is the work that plan and apply share: manifests read, accounts
// connected, everything decided.
type session struct {
	decisions []*reconcile.Decision
	show      display
	close     func()
}

// decide reads the manifests and decides about their accounts. deletes says
// whether the clients are to be able to delete.
func (r *run) decide(ctx context.Context, paths []string, saved *plan.Plan, deletes bool) (*session, error) {
	if err := errors.Join(r.checkNetwork(), r.checkOutput()); err != nil {
		return nil, err
	}
	only, err := r.onlySet()
	if err != nil {
		return nil, err
	}
	policy, err := r.load(paths, r.sandboxFile == "")
	if err != nil {
		return nil, err
	}
	chosen, err := choose(policy.Accounts, r.accounts)
	if err != nil {
		return nil, err
	}
	accounts, disconnect, err := r.connect(chosen, deletes)
	if err != nil {
		return nil, err
	}
	s := &session{show: r.display(), close: disconnect}
	s.decisions = reconcile.Plan(ctx, accounts, saved, reconcile.Options{
		Parallelism: r.parallelism, Progress: s.show, Now: r.Now, Limit: r.limit, OnlyID: only, All: r.all, Applying: deletes,
	})
	s.show.Clear()
	locate(s.decisions)
	return s, nil
}

// choose returns the accounts that names has, or all.
func choose(accounts []*manifests.Account, names []string) ([]*manifests.Account, error) {
	if len(names) == 0 {
		return accounts, nil
	}
	var chosen []*manifests.Account
	var known []string
	for _, a := range accounts {
		known = append(known, a.Name)
		if slices.Contains(names, a.Name) {
			chosen = append(chosen, a)
		}
	}
	for _, n := range names {
		if !slices.Contains(known, n) {
			return nil, fmt.Errorf("--account %s: no manifest has it; there are: %s", n, strings.Join(known, ", "))
		}
	}
	return chosen, nil
}

// blocked says on standard error why accounts cannot be applied.
func (r *run) blocked(decisions []*reconcile.Decision) {
	for _, d := range decisions {
		s := d.Summary
		if s.Error != "" {
			fmt.Fprintf(r.Stderr, "wxkeep: %s: %s\n", s.Name, s.Error)
		}
		for _, g := range s.Guards {
			if g.Status == plan.Blocked {
				fmt.Fprintf(r.Stderr, "wxkeep: %s: blocked by %s: %s\n", s.Name, g.Name, g.Message)
			}
		}
	}
}

// status is the exit status of a document, as an error without a text, or nil.
func status(p *plan.Plan) error {
	if s := p.Status(); s != plan.Done {
		return &exit{status: s}
	}
	return nil
}
