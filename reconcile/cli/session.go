package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// A session is the work that plan and apply share: manifests read, accounts
// connected, everything decided.
type session struct {
	*run
	decisions []*reconcile.Decision
	life      time.Duration // of the document
	show      display
	close     func()
}

// ready checks what can be checked before anything is read.
func (r *run) ready() error { return errors.Join(r.checkNetwork(), r.checkOutput()) }

// decide reads the manifests and decides about their accounts. deletes says
// whether the clients are to be able to delete.
func (r *run) decide(ctx context.Context, paths []string, saved *plan.Plan, life time.Duration, deletes bool) (*session, error) {
	only, err := r.onlySet()
	if err != nil {
		return nil, err
	}
	policy, err := r.load(paths, r.sandboxFile == "")
	if err != nil {
		return nil, mistakes(err, "the manifest has mistakes; nothing was deleted")
	}
	chosen, err := choose(policy.Accounts, r.accounts)
	if err != nil {
		return nil, err
	}
	accounts, disconnect, err := r.connect(chosen, deletes)
	if err != nil {
		return nil, err
	}
	s := &session{run: r, life: life, show: r.display(), close: disconnect}
	s.decisions = reconcile.Plan(ctx, accounts, saved, reconcile.Options{
		Parallelism: r.parallelism, Progress: s.show, Now: r.now, Limit: r.limit, OnlyID: only, All: r.all, Applying: deletes,
	})
	s.show.Clear()
	locate(s.decisions)
	s.spare(only)
	return s, nil
}

// document is everything decided, and done, until now.
func (s *session) document(at time.Time) *plan.Plan {
	return reconcile.Document(s.decisions, version(), s.life, at, s.all)
}

// execute deletes what may be deleted.
func (s *session) execute(ctx context.Context, going []*reconcile.Decision) {
	stop := context.AfterFunc(ctx, func() {
		s.show.Say(fmt.Sprintf("%s: calls in flight are finished first; Ctrl-C stops at once", reason(ctx)))
	})
	reconcile.Apply(ctx, s.calls, going)
	stop()
	s.show.Clear()
}

// spare says which of the ids named by --only-id this run does not delete.
func (s *session) spare(only material.Set) {
	deleted := material.Set{}
	for _, d := range s.decisions {
		if d.Summary.Error != "" {
			return // nobody knows
		}
		for _, c := range d.Deletions() {
			deleted.Add(c.Item.ID)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(only)) {
		if !deleted.Has(id) {
			s.tell("--only-id %s: not to be deleted", id)
		}
	}
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
		failed := d.Summary.Error != ""
		if failed {
			r.complain(d, d.Summary.Error)
		}
		for _, g := range d.Summary.Guards {
			said := failed && g.Name == plan.ListingIncomplete
			if g.Status == plan.Blocked && !said {
				r.complain(d, fmt.Sprintf("blocked by %s: %s", g.Name, g.Message))
			}
		}
	}
}

// complain says what is wrong with an account, also to those who want quiet.
func (r *run) complain(d *reconcile.Decision, text string) {
	say(r.Stderr, d.Summary.Name+": "+text)
}

// finish is the error of a command that printed p. printed is what went wrong
// with that.
func finish(p *plan.Plan, printed error) error {
	status := p.Status()
	if printed != nil {
		return &exit{plan.Worst(status, statusOf(printed)), printed}
	}
	if status != plan.Done {
		return &exit{status: status}
	}
	return nil
}
