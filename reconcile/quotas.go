package reconcile

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
)

// Quotas counts every account and asks for the quotas of all that a full cycle
// calls: one listing, one search of every place, and as many deletions as the
// guards let pass. It deletes nothing and never clears a quota.
//
// An account's status is [plan.QuotaUsed] when nothing is left of a path that is
// needed, and [plan.Incomplete] when a quota cannot be had.
func Quotas(ctx context.Context, accounts []*Account, opt Options) plan.Quotas {
	opt = opt.withDefaults()
	doc := plan.Quotas{Accounts: make([]plan.AccountQuotas, len(accounts))}
	var g errgroup.Group
	g.SetLimit(abreast)
	for i, a := range accounts {
		g.Go(func() error {
			doc.Accounts[i] = accountQuotas(ctx, a, opt.Now)
			return nil
		})
	}
	_ = g.Wait() // no goroutine returns an error
	return doc
}

func accountQuotas(ctx context.Context, a *Account, now func() time.Time) plan.AccountQuotas {
	m := a.Manifest
	doc := plan.AccountQuotas{
		Name: m.Name, AppID: m.AppID, ReservePercent: m.Guards.QuotaReservePercent, NextDay: nextDay(now()), Endpoints: []plan.Endpoint{},
	}
	counts, err := a.Reader.Counts(ctx)
	if err != nil {
		doc.Status, doc.Error = statusOf(err), err.Error()
		return doc
	}
	doc.Listed, doc.Deletions = fullCycle(m, counts)
	needs := cycleNeeds(m, counts, doc.Deletions)
	var failed error
	for _, path := range slices.Sorted(maps.Keys(needs)) {
		e := plan.Endpoint{Path: path, Needed: needs[path], AtLeast: path == pathDrafts || path == pathPublished}
		var q state.Quota
		err := failed
		if err == nil {
			q, err = a.Meter.Quota(ctx, path)
		}
		if err != nil {
			e.Error = err.Error()
			doc.Status = plan.Worst(doc.Status, plan.Incomplete)
		} else {
			doc.Status = plan.Worst(doc.Status, fill(&e, q, m.Guards))
		}
		if !errors.Is(err, state.ErrItem) { // that speaks of this path alone
			failed = err
		}
		doc.Endpoints = append(doc.Endpoints, e)
	}
	if ctx.Err() != nil {
		doc.Status = plan.Interrupted
	}
	doc.FitsDay = all(doc.Endpoints, func(e plan.Endpoint) *bool { return e.FitsDay })
	doc.FitsNow = all(doc.Endpoints, func(e plan.Endpoint) *bool { return e.FitsNow })
	return doc
}

// fill says of e what q does, and returns what that means for the account.
func fill(e *plan.Endpoint, q state.Quota, guards manifests.Guards) plan.Status {
	a := allowance{limit: q.Limit, left: q.Left, reserved: reserved(q.Limit, guards)}
	day, now := e.Needed <= q.Limit-a.reserved, e.Needed <= a.room()
	e.Limit, e.Used, e.Left, e.FitsDay, e.FitsNow = &q.Limit, &q.Used, &q.Left, &day, &now
	if q.Rate.Known() {
		e.RateLimit = &plan.RateLimit{CallCount: q.Rate.Calls, RefreshSecond: int(q.Rate.Window / time.Second)}
	}
	if e.Needed > 0 && a.room() == 0 {
		return plan.QuotaUsed
	}
	return plan.Done
}

// all is false when it is for one endpoint, and nil when nobody knows.
func all(endpoints []plan.Endpoint, fits func(plan.Endpoint) *bool) *bool {
	yes, known := true, true
	for _, e := range endpoints {
		switch f := fits(e); {
		case f == nil:
			known = false
		case !*f:
			return f
		}
	}
	if !known {
		return nil
	}
	return &yes
}

// fullCycle is how many materials a full cycle lists, and how many it deletes at
// most.
func fullCycle(m *manifests.Account, counts state.Counts) (listed, deletions int) {
	governed := 0
	for _, t := range m.Types {
		governed += counts[t]
	}
	for _, t := range listedTypes(m) {
		listed += counts[t]
	}
	deletions = min(int(float64(governed)*m.Guards.MaxDeletePercent/100), m.Guards.MaxDeletes)
	if m.Guards.DayLimited {
		deletions = min(deletions, m.Guards.MaxDeletesPerDay)
	}
	return listed, deletions
}

// cycleNeeds is how many calls a full cycle takes of each path.
func cycleNeeds(m *manifests.Account, counts state.Counts, deletions int) map[string]int {
	needs := listingNeeds(m, counts, nil)
	needs[pathCount]++
	for _, place := range m.References.Places {
		switch place {
		case state.PlaceMenu:
			needs[pathMenu]++
			needs[pathSelfMenu]++
		case state.PlaceAutoReply:
			needs[pathAutoReply]++
		}
	}
	for path, n := range deletionNeeds(deletions, m.Archive) {
		needs[path] += n
	}
	return needs
}
