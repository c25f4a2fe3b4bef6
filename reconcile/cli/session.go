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

// A session is the work that plan, apply and explain share: manifests read, accounts
// connected, everything decided.
type session struct {
	*run
	decisions []*reconcile.Decision
	life      time.Duration // of the document
	show      display
	saved     *plan.Plan // that is applied, or nil
	command   string
	accounts  []*manifests.Account

	connections *connections
}

// ready checks what can be checked before anything is read.
func (r *run) ready() error { return errors.Join(r.checkNetwork(), r.checkOutput()) }

// A task says what is to be decided, and what for.
type task struct {
	command string // that tells of its run; empty for none
	paths   []string
	saved   string        // the plan to apply: a file, or sha256: and its digest; empty for none
	life    time.Duration // of the document
	deletes bool          // the clients are to be able to delete
	record  bool          // what was seen is to be written down

	base       []string // the paths of what a change is compared with; nil for none
	onlyChange bool     // delete only what the base would not
}

// decide reads the manifests and decides about their accounts.
func (r *run) decide(ctx context.Context, t task) (*session, error) {
	only, err := r.onlySet()
	if err != nil {
		return nil, err
	}
	needAuth := r.sandboxFile == "" && !r.remembered()
	r.fleet = true
	policy, chosen, err := r.read(t.paths, needAuth)
	if err != nil {
		return nil, err
	}
	skipped, err := r.compare(policy, chosen, t.base, needAuth, t.onlyChange)
	if err != nil {
		return nil, err
	}
	c, err := r.connect(ctx, looked(chosen, skipped), t.deletes)
	if err != nil {
		return nil, r.failure(t.command, chosen, err)
	}
	saved, err := r.saved(ctx, t.saved, c.accounts)
	if err != nil {
		c.close()
		return nil, r.failure(t.command, chosen, err)
	}
	s := &session{run: r, command: t.command, accounts: chosen, life: t.life, show: r.display(), connections: c, saved: saved}
	if s.life == 0 {
		s.life = planLife + longestGrace(chosen)
	}
	s.decisions = reconcile.Plan(ctx, c.accounts, saved, reconcile.Options{
		Parallelism: r.parallelism, Progress: s.show, Now: r.now, Limit: r.limit, OnlyID: only, OnlyChange: t.onlyChange, All: r.all,
		Applying: t.deletes, Record: t.record, Remembered: r.remembered(), SnapshotMaxAge: r.reuse,
	})
	s.decisions = arranged(chosen, s.decisions, skipped)
	s.show.Clear()
	locate(s.decisions)
	s.age()
	s.spare(only)
	return s, nil
}

func longestGrace(accounts []*manifests.Account) time.Duration {
	var longest time.Duration
	for _, a := range accounts {
		longest = max(longest, a.Grace)
	}
	return longest
}

// remembered reports whether the last listing is to be taken for the present.
func (r *run) remembered() bool { return r.refresh == refreshNever }

// age says how old a remembered listing is.
func (s *session) age() {
	for _, d := range s.decisions {
		s.reused(d.Summary)
		if at := d.Summary.Listing.ObservedAt; s.remembered() && at.Unix() > 0 {
			s.tell("%s: as listed at %s, %s ago", d.Summary.Name, moment(at), s.now().Sub(at).Round(time.Second))
		}
	}
}

// reused says which types were not listed anew, by the time when they were.
func (s *session) reused(a plan.Account) {
	types := map[time.Time][]string{}
	for _, t := range material.Types() {
		if at, ok := a.Listing.Reused[t]; ok {
			types[at] = append(types[at], string(t))
		}
	}
	for _, at := range slices.SortedFunc(maps.Keys(types), time.Time.Compare) {
		s.tell("%s: %s as listed at %s, and found to be still so; --refresh full lists anew", a.Name, strings.Join(types[at], ", "), moment(at))
	}
}

// moment is a time for people, in WeChat's zone.
func moment(t time.Time) string { return t.In(material.China).Format("2006-01-02 15:04 (UTC+8)") }

// close gives the leases back and ends the connections.
func (s *session) close() {
	if err := reconcile.Release(context.WithoutCancel(s.calls), s.decisions); err != nil {
		say(s.Stderr, err.Error())
	}
	s.connections.close()
}

// document is everything decided, and done, until now.
func (s *session) document(at time.Time) *plan.Plan {
	return reconcile.Document(s.decisions, version(), s.life, at, s.all)
}

// announce tells the outside what was found, and done, until now.
func (s *session) announce(doc *plan.Plan) error {
	return s.run.announce(s.command, s.accounts, doc)
}

// execute deletes what may be deleted.
func (s *session) execute(ctx context.Context, going []*reconcile.Decision) {
	told := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(told)
		s.show.Say(fmt.Sprintf("%s: calls in flight are finished first; Ctrl-C stops at once", reason(ctx)))
	})
	reconcile.Apply(ctx, s.calls, going)
	if !stop() {
		<-told // nothing is said after the result
	}
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

// choose reads the manifests at paths and returns the accounts that --account
// names, or all.
func (r *run) choose(paths []string, needAuth bool) ([]*manifests.Account, error) {
	_, chosen, err := r.read(paths, needAuth)
	return chosen, err
}

// read is choose, and returns all that the manifests say, too.
func (r *run) read(paths []string, needAuth bool) (*manifests.Policy, []*manifests.Account, error) {
	policy, err := r.load(paths, needAuth)
	if err != nil {
		return nil, nil, errors.Join(mistakes(err, "the manifest has mistakes; nothing was deleted"), r.annotateMistakes(err))
	}
	chosen, err := named(policy.Accounts, r.accounts)
	return policy, chosen, err
}

// named returns the accounts that names has, or all.
func named(accounts []*manifests.Account, names []string) ([]*manifests.Account, error) {
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
			said := failed && (g.Name == plan.ListingIncomplete || repeats(g, d.Summary.Error))
			if g.Status == plan.Blocked && !said {
				r.complain(d, fmt.Sprintf("blocked by %s: %s", g.Name, g.Message))
			}
			if g.Status == plan.Limited && d.Summary.Status == plan.QuotaUsed {
				r.complain(d, fmt.Sprintf("limited by %s: %s", g.Name, g.Message))
			}
		}
	}
}

// repeats reports whether a guard says nothing but what stopped the account: that
// there is no token, say, in each place.
func repeats(g plan.Guard, text string) bool {
	return g.Name == plan.ReferencesUnknown && strings.Count(g.Message, text) == int(g.Value)
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
