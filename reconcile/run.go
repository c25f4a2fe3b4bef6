package reconcile

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"wxkeep/reconcile/plan"
)

// abreast is how many accounts are worked on at once. Their calls share what
// the client's pace allows.
const abreast = 4

// Plan decides about every account. One account's trouble does not stop the
// others. The decisions come in the order of the accounts.
//
// A run that applies or records takes the leases first; [Release] gives them
// back. saved is nil, or the plan that was approved: then only its deletions are
// left.
func Plan(ctx context.Context, accounts []*Account, saved *plan.Plan, opt Options) []*Decision {
	decisions := make([]*Decision, len(accounts))
	for i, a := range accounts {
		decisions[i] = newDecision(a, opt)
	}
	if opt.Applying || opt.Record {
		lock(ctx, decisions)
	}
	var g errgroup.Group
	g.SetLimit(abreast)
	for _, d := range decisions {
		g.Go(func() error {
			if d.Summary.Error == "" {
				d.decide(ctx, saved)
			}
			d.settleDown()
			return nil
		})
	}
	_ = g.Wait() // no goroutine returns an error
	return decisions
}

// Apply applies every decision, as Decision.Apply does.
func Apply(ctx, calls context.Context, decisions []*Decision) {
	var g errgroup.Group
	g.SetLimit(abreast)
	for _, d := range decisions {
		g.Go(func() error {
			d.Apply(ctx, calls)
			return nil
		})
	}
	_ = g.Wait() // no goroutine returns an error
}

// Document makes one plan of all decisions. It holds deletions, holds and
// materials in use, and the kept ones too if all is set.
func Document(decisions []*Decision, version string, life time.Duration, now time.Time, all bool) *plan.Plan {
	now = now.UTC().Truncate(time.Second)
	p := &plan.Plan{
		FormatVersion: plan.FormatVersion, WxkeepVersion: version, CreatedAt: now, ExpiresAt: now.Add(life),
		Accounts: []plan.Account{}, Changes: []plan.Change{},
	}
	appids := map[string]string{}
	for _, d := range decisions {
		appids[d.Summary.Name] = d.Summary.AppID
		p.Accounts = append(p.Accounts, d.Summary)
		for _, c := range d.Changes {
			if all || c.Action != plan.Keep || c.Reason == plan.Referenced {
				p.Changes = append(p.Changes, c)
			}
		}
	}
	p.ChangesDigest = plan.ChangesDigest(appids, p.Changes)
	return p
}
