package reconcile

import (
	"context"
	"fmt"
	"time"

	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

// A Decision is what a run decided about one account, and after Apply what
// became of it.
type Decision struct {
	Account *Account
	Summary plan.Account  // everything but the changes
	Changes []plan.Change // one for every live material of a governed type

	snapshot *state.Snapshot
	approved material.Set // the exact ids that the guards saw
	opt      Options
}

// Decide lists the account and decides about everything in it. It deletes
// nothing. Trouble does not end it: what could not be done stands in
// Summary.Error and Summary.Status, beside everything that could.
//
// saved is nil, or the plan that was approved: then only its deletions are left.
func Decide(ctx context.Context, a *Account, saved *plan.Plan, opt Options) *Decision {
	opt = opt.withDefaults()
	m := a.Manifest
	d := &Decision{Account: a, opt: opt, Summary: plan.Account{
		Name: m.Name, AppID: m.AppID,
		Manifest:   plan.Manifest{Digest: m.Digest(), SettingsDigest: m.SettingsDigest(), Paths: m.Files},
		Listing:    plan.Listing{Total: map[material.Type]int{}, Listed: map[material.Type]int{}},
		References: []plan.Reference{}, Findings: []plan.Finding{}, Guards: []plan.Guard{}, Calls: plan.Calls{},
	}}
	if saved != nil {
		if err := fresh(saved, m, opt.Now()); err != nil {
			d.Refuse(plan.Stale, err)
			return d
		}
	}
	var err error
	d.snapshot, err = state.Observe(ctx, a.Reader, m.Types, state.Options{
		Account: m.Name, Parallelism: opt.Parallelism, Progress: opt.Progress, Now: opt.Now,
	})
	now := opt.Now()
	d.Changes = Diff(m, d.snapshot.Items, now, opt.All)
	if saved != nil {
		d.narrowTo(saved)
	}
	narrow(d.Changes, opt)
	unseen := plan.Unseen
	if err != nil {
		unseen = statusOf(err)
		d.Refuse(unseen, err)
	}
	d.conclude(now, unseen)
	return d
}

// narrowTo keeps of the deletions what the saved plan has, too.
func (d *Decision) narrowTo(saved *plan.Plan) {
	left, total, message := narrowTo(d.Changes, saved.ByAccount(d.Account.Manifest.Name))
	if message != "" {
		d.Summary.Findings = append(d.Summary.Findings, plan.Finding{Kind: plan.PlanShrunk, Message: "of the saved plan " + message})
	}
	if left == 0 && total > 0 {
		d.Refuse(plan.Stale, fmt.Errorf("nothing is left of the saved plan (%s): it is used up, make a new one", message))
	}
}

// conclude evaluates the guards on the exact deletions and sums up. unseen is
// the exit status of an incomplete listing.
func (d *Decision) conclude(now time.Time, unseen plan.Status) {
	m, s := d.Account.Manifest, &d.Summary
	deletions := d.Deletions()
	d.approved = make(material.Set, len(deletions))
	for _, c := range deletions {
		d.approved.Add(c.Item.ID)
	}
	s.ChangesDigest = plan.ChangesDigest(map[string]string{m.Name: m.AppID}, deletions)
	s.Guards = guard(check{manifest: m, snapshot: d.snapshot, deletions: deletions, digest: s.ChangesDigest, now: now})
	s.Findings = append(s.Findings, findings(m, d.snapshot, now)...)
	s.Listing.ObservedAt = d.snapshot.ObservedAt.UTC().Truncate(time.Second)
	s.Listing.Complete = d.snapshot.Complete()
	for _, l := range d.snapshot.Listings {
		s.Listing.Total[l.Type], s.Listing.Listed[l.Type] = l.Counted, l.Listed
	}
	for _, place := range []string{"menu", "auto_reply", "drafts", "published", "news"} {
		s.References = append(s.References, plan.Reference{Source: place, Status: plan.Off})
	}
	s.Summary = plan.Sum(d.Changes)
	for _, f := range s.Findings {
		if f.Kind == plan.Missing {
			s.Summary.Missing++
		}
	}
	s.Calls = calls(d.Account.Reader.Calls(), len(deletions))
	s.Applicable = s.Error == ""
	for _, g := range s.Guards {
		s.Applicable = s.Applicable && g.Status != plan.Blocked
	}
	s.Status = plan.Worst(s.Status, guardStatus(s.Guards, unseen, d.opt.Applying))
}

// Refuse notes why the account is not applied, and with which exit status.
func (d *Decision) Refuse(status plan.Status, err error) {
	d.Summary.Status = plan.Worst(d.Summary.Status, status)
	d.Summary.Applicable = false
	if d.Summary.Error != "" {
		d.Summary.Error += "; "
	}
	d.Summary.Error += err.Error()
}

// Deletions returns the changes that delete.
func (d *Decision) Deletions() []plan.Change {
	var deletions []plan.Change
	for _, c := range d.Changes {
		if c.Action == plan.Delete {
			deletions = append(deletions, c)
		}
	}
	return deletions
}

// The paths that a run calls.
const (
	pathCount  = "/cgi-bin/material/get_materialcount"
	pathList   = "/cgi-bin/material/batchget_material"
	pathDelete = "/cgi-bin/material/del_material"
)

// calls says what was called until now and what an apply calls in all: one
// count for one deletion, two for more.
func calls(used map[string]int, deletions int) plan.Calls {
	c := plan.Calls{}
	for path, n := range used {
		c[path] = plan.Call{Used: n, Needed: n}
	}
	if deletions > 0 {
		count, del := c[pathCount], c[pathDelete]
		count.Needed += min(deletions, 2)
		del.Needed += deletions
		c[pathCount], c[pathDelete] = count, del
	}
	return c
}
