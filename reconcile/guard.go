package reconcile

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/ledger"
	"wxkeep/state/material"
)

// A check is everything a guard may look at: the exact deletions that would be
// sent, and what they were decided from.
type check struct {
	manifest  *manifests.Account
	base      *manifests.Account // nil unless the run is about a change of it
	snapshot  *state.Snapshot
	live      *material.Index // of the snapshot's items
	roll      roll            // of the manifest's entries
	changes   []plan.Change   // what is not deleted, too
	deletions []plan.Change
	digest    string // changes_digest of the deletions
	places    []searched
	history   *ledger.History // nil without a ledger
	now       time.Time

	allowances map[string]allowance // by path, as far as they are known
	unmeasured error                // why they are not
	listing    shortage
	pictured   func(material.Item) bool // can be archived without get_material
}

// guards are evaluated all, in this order, before the first call that deletes. A
// change of a base has one more: guardsLoosened.
var guards = []func(check) plan.Guard{
	freeze, emptyManifest, wrongAccount, listingIncomplete, referencesUnknown, maxDeletes, maxDeletePercent, maxDeletesPerDay, notRestorable, quota,
}

func guard(c check) []plan.Guard {
	results := make([]plan.Guard, len(guards))
	for i, g := range guards {
		results[i] = g(c)
	}
	if c.base != nil {
		results = append(results, guardsLoosened(c))
	}
	return results
}

func result(name string, blocked bool, value, limit float64, message string) plan.Guard {
	g := plan.Guard{Name: name, Status: plan.Passed, Value: math.Round(value*100) / 100, Limit: limit, Message: message}
	if blocked {
		g.Status = plan.Blocked
	}
	return g
}

func freeze(c check) plan.Guard {
	switch {
	case !c.manifest.Freeze:
		return result(plan.Freeze, false, 0, 0, "freeze is false")
	case len(c.deletions) == 0:
		return result(plan.Freeze, false, 0, 0, "freeze is true, and there is nothing to delete")
	}
	return result(plan.Freeze, true, float64(len(c.deletions)), 0, "freeze is true: set it to false to delete again")
}

// emptyManifest counts entries that keep something; a list of expired ones is
// as empty as none.
func emptyManifest(c check) plan.Guard {
	n := len(c.manifest.Rules) + c.roll.lasting
	switch {
	case n > 0:
		return result(plan.EmptyManifest, false, float64(n), 1, fmt.Sprintf("%d entries and rules keep something", n))
	case c.manifest.Guards.AllowEmpty:
		return result(plan.EmptyManifest, false, 0, 1, "nothing is kept, and guards.allow_empty is true")
	}
	return result(plan.EmptyManifest, true, 0, 1, "the manifest keeps nothing: set guards.allow_empty to true if that is meant")
}

// wrongAccount compares the listed ids with the live ones. A listing that is
// not complete cannot tell, and is blocked by its own guard.
func wrongAccount(c check) plan.Guard {
	limit := c.manifest.Guards.MinKeepLivePercent
	if !c.snapshot.Complete() {
		return result(plan.WrongAccount, false, 0, limit, "cannot be judged: the listing is incomplete")
	}
	for _, id := range c.manifest.Canaries {
		if !c.live.Has(id) {
			return result(plan.WrongAccount, true, 0, limit, fmt.Sprintf("canary %s is not in the account: check appid and credentials", id))
		}
	}
	listed, found := c.roll.listed, c.roll.present
	if listed == 0 {
		return result(plan.WrongAccount, false, 100, limit, "no media_id is listed to compare with")
	}
	found = max(0, found-c.snapshot.Gone()) // nobody knows which: the listed ones, say
	percent := 100 * float64(found) / float64(listed)
	message := fmt.Sprintf("%d of %d listed ids are live", found, listed)
	if percent < limit {
		message += fmt.Sprintf(", fewer than %s %%: check appid and credentials, or lower guards.min_keep_live_percent", number(limit))
	}
	return result(plan.WrongAccount, percent < limit, percent, limit, message)
}

func listingIncomplete(c check) plan.Guard {
	var problems []string
	for _, l := range c.snapshot.Listings {
		if l.Problem != "" {
			problems = append(problems, l.Problem)
		}
	}
	if len(problems) > 0 {
		return result(plan.ListingIncomplete, true, float64(len(problems)), 0, strings.Join(problems, "; ")+": run again")
	}
	message := fmt.Sprintf("%d materials listed", len(c.snapshot.Items)-c.snapshot.Gone())
	if n := c.snapshot.Past(); n > 0 {
		message += fmt.Sprintf(", %d of them by an earlier run", n)
	}
	return result(plan.ListingIncomplete, false, 0, 0, message)
}

func maxDeletes(c check) plan.Guard {
	n, limit := len(c.deletions), c.manifest.Guards.MaxDeletes
	message := fmt.Sprintf("%d deletions, at most %d", n, limit)
	return approvable(c, plan.MaxDeletes, n > limit, float64(n), float64(limit), message)
}

// maxDeletePercent has no exemption for small accounts, and its base is what is
// live before --only-id and --limit narrow the deletions.
func maxDeletePercent(c check) plan.Guard {
	live := 0
	for i := range c.snapshot.Items {
		if slices.Contains(c.manifest.Types, c.snapshot.Items[i].Type) {
			live++
		}
	}
	live = max(0, live-c.snapshot.Gone())
	percent := 0.0
	if live > 0 {
		percent = 100 * float64(len(c.deletions)) / float64(live)
	}
	limit := c.manifest.Guards.MaxDeletePercent
	message := fmt.Sprintf("%d of %d live materials, at most %s %%", len(c.deletions), live, number(limit))
	return approvable(c, plan.MaxDeletePercent, percent > limit, percent, limit, message)
}

// approvable lifts a guard that blocks, if the manifest approves exactly these
// deletions.
func approvable(c check, name string, over bool, value, limit float64, message string) plan.Guard {
	if !over {
		return result(name, false, value, limit, message)
	}
	for _, a := range c.manifest.Approvals {
		if a.Changes == c.digest && c.now.Before(a.Until) {
			return result(name, false, value, limit, message+fmt.Sprintf("; approved at %s: %s", a.Position, a.Reason))
		}
	}
	return result(name, true, value, limit, message+fmt.Sprintf("; to approve exactly these, add to approvals: {changes: %q, until: %s, reason: …}; or raise guards.%s",
		c.digest, c.now.In(material.China).AddDate(0, 0, 7).Format(dateLayout), name))
}

func notRestorable(c check) plan.Guard {
	n := map[material.Type]int{}
	total := 0
	for _, d := range c.deletions {
		t := d.Item.Type
		if !t.Restorable() && !slices.Contains(c.manifest.Guards.AllowIrreversible, t) {
			n[t]++
			total++
		}
	}
	if total == 0 {
		return result(plan.NotRestorable, false, 0, 0, "no video or news is deleted that guards.allow_irreversible does not name")
	}
	var counts, types []string
	for _, t := range material.Types() {
		if n[t] > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n[t], t))
			types = append(types, string(t))
		}
	}
	return result(plan.NotRestorable, true, float64(total), 0,
		fmt.Sprintf("%s cannot be uploaded again through the API: keep them, or add %s to guards.allow_irreversible", strings.Join(counts, " and "), strings.Join(types, " and ")))
}

// number prints a percentage without needless zeros.
func number(f float64) string { return fmt.Sprintf("%g", f) }

// guardStatus is the exit status of the guards that block. Freeze alone stops
// only apply. unseen is the status of an incomplete listing, unknown that of
// places that were not searched.
func guardStatus(results []plan.Guard, unseen, unknown plan.Status, applying bool) plan.Status {
	worst := plan.Done
	for _, g := range results {
		if g.Status != plan.Blocked {
			continue
		}
		switch g.Name {
		case plan.WrongAccount:
			worst = plan.Worst(worst, plan.Foreign)
		case plan.ListingIncomplete:
			worst = plan.Worst(worst, unseen)
		case plan.ReferencesUnknown:
			worst = plan.Worst(worst, unknown)
		case plan.Freeze:
			if applying {
				worst = plan.Worst(worst, plan.GuardBlocked)
			}
		default:
			worst = plan.Worst(worst, plan.GuardBlocked)
		}
	}
	return worst
}
