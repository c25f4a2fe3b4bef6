package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

// List returns what an account holds of the types that its manifest governs,
// for a manifest that keeps all of it. What such a list lacks would be deleted,
// so nothing may be missing: not one id in a hundred, as a plan lets pass; and
// nothing is built on what an earlier run listed.
// opt.Remembered takes the last run's listing, with no call. When the error is
// not nil, status says how the run ends; with all calls answered and something
// lacking all the same, snap has what was seen.
func List(ctx context.Context, a *Account, opt Options) (snap *state.Snapshot, status plan.Status, err error) {
	d := newDecision(a, opt)
	if opt.Remembered {
		err = d.observeRemembered(ctx)
	} else {
		d.snapshot, err = state.Observe(ctx, a.Reader, a.Manifest.Types, state.Options{
			Account: a.Manifest.Name, Parallelism: d.opt.Parallelism, Progress: d.opt.Progress, Now: d.opt.Now, Whole: a.Manifest.Types,
		})
	}
	if err != nil {
		return nil, statusOf(err), err
	}
	if err := lacking(a, d.snapshot); err != nil {
		return d.snapshot, statusOf(err), err
	}
	return d.snapshot, plan.Done, nil
}

// Foreign says why what was listed is taken for another account's, as the guard
// wrong_account does, and what to do. It is empty when nothing speaks for that,
// or when the listing is too short to tell.
func Foreign(m *manifests.Account, snap *state.Snapshot, now time.Time) string {
	live := material.IndexOf(snap.Items)
	if g := wrongAccount(check{manifest: m, snapshot: snap, live: live, roll: callRoll(m, snap.Items, live, snap.Complete(), now), now: now}); g.Status == plan.Blocked {
		return g.Message
	}
	return ""
}

// lacking says of which governed types the listing lacks something, or may.
func lacking(a *Account, snap *state.Snapshot) error {
	var problems []string
	for _, t := range a.Manifest.Types {
		i := slices.IndexFunc(snap.Listings, func(l state.Listing) bool { return l.Type == t })
		switch {
		case i < 0:
			problems = append(problems, fmt.Sprintf("%s was not listed", t))
		case snap.Listings[i].Problem != "":
			problems = append(problems, snap.Listings[i].Problem)
		case snap.Listings[i].Reused:
			problems = append(problems, fmt.Sprintf("%s was last listed from end to end at %s, and reused since, which is not enough here: use --refresh full", t, moment(snap.Listings[i].Full)))
		case !snap.Listings[i].Whole():
			l := snap.Listings[i]
			problems = append(problems, fmt.Sprintf("%d of %d %s listed", l.Listed, l.Most, t))
		}
	}
	if problems == nil {
		return nil
	}
	return fmt.Errorf("listing incomplete: %s", strings.Join(problems, "; "))
}
