package render

import (
	"slices"

	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// A group is the changes of one account that do the same to materials of one
// type.
type group struct {
	typ     material.Type
	reasons []reasonGroup
}

// A reasonGroup is those of a [group] that have one reason, too.
type reasonGroup struct {
	reason  plan.Reason
	changes []plan.Change
}

// count is how many changes a group has.
func (g group) count() int {
	n := 0
	for _, r := range g.reasons {
		n += len(r.changes)
	}
	return n
}

// grouped sorts the changes that are wanted by type and reason: the types as they
// are listed and then those that only a newer wxkeep knows, the reasons as they
// come.
func grouped(changes []plan.Change, wanted func(plan.Change) bool) []group {
	var groups []group
	for _, typ := range material.Types() {
		groups = append(groups, group{typ: typ})
	}
	for _, c := range changes {
		if wanted(c) {
			groups = put(groups, c)
		}
	}
	return slices.DeleteFunc(groups, func(g group) bool { return g.reasons == nil })
}

func put(groups []group, c plan.Change) []group {
	i := slices.IndexFunc(groups, func(g group) bool { return g.typ == c.Item.Type })
	if i < 0 {
		i, groups = len(groups), append(groups, group{typ: c.Item.Type})
	}
	g := &groups[i]
	j := slices.IndexFunc(g.reasons, func(r reasonGroup) bool { return r.reason == c.Reason })
	if j < 0 {
		j, g.reasons = len(g.reasons), append(g.reasons, reasonGroup{reason: c.Reason})
	}
	g.reasons[j].changes = append(g.reasons[j].changes, c)
	return groups
}

// What can be wanted of changes.
func toDelete(c plan.Change) bool { return c.Action == plan.Delete }
func toHold(c plan.Change) bool   { return c.Action == plan.Hold }
func inUse(c plan.Change) bool    { return c.Action == plan.Keep && c.Reason == plan.Referenced }
func toKeep(c plan.Change) bool   { return c.Action == plan.Keep && c.Reason != plan.Referenced }

// A batch is changes of one type and reason that are listed together: those that
// also have one detail in common, or all that have details of their own.
type batch struct {
	why     string // what all have in common; empty when each says why
	changes []plan.Change
}

// batches tells what many have in common once. What is common to less than a tenth
// stays with each, so there are never many batches.
func (r reasonGroup) batches() []batch {
	n := map[string]int{}
	for _, c := range r.changes {
		n[c.Detail]++
	}
	var all []batch
	at := map[string]int{}
	for _, c := range r.changes {
		common := ""
		if n[c.Detail] > 1 && 10*n[c.Detail] >= len(r.changes) {
			common = why(c)
		}
		i, known := at[common]
		if !known {
			i, all = len(all), append(all, batch{why: common})
			at[common] = i
		}
		all[i].changes = append(all[i].changes, c)
	}
	return all
}

// The limits of what is listed unless all is asked for: of what is deleted, and of
// all else, in one batch, and, where there are many accounts, of all together.
const (
	mostDeletions = 100
	mostOthers    = 20
	fewest        = 5
	mostOfAll     = 2000
)

// limits are how many lines of one kind are listed.
type limits struct{ deletions, others int }

// limitsOf shares the screen among the accounts.
func limitsOf(p *plan.Plan) limits {
	share := max(fewest, mostOfAll/max(1, len(p.Accounts)))
	return limits{min(mostDeletions, share), min(mostOthers, share)}
}
