package render

import (
	"fmt"

	"wxkeep/reconcile/plan"
)

// A causeGroup is the changes of one cause, and what a title says of them.
type causeGroup struct {
	title   string
	changes []plan.Change
}

// byCause sorts changes by whose doing they are, those of the change first, then
// what was pending. A plan that is compared with no base has one group without a
// title.
func byCause(changes []plan.Change) []causeGroup {
	groups := []causeGroup{{title: ", because of this change"}, {title: ", already pending"}, {}}
	for _, c := range changes {
		i := 2
		switch c.Cause {
		case plan.ThisChange:
			i = 0
		case plan.Pending:
			i = 1
		}
		groups[i].changes = append(groups[i].changes, c)
	}
	return groups
}

// divided says how many deletions are because of the change, or nothing where a
// plan is compared with no base.
func divided(a plan.Account) string {
	if a.Base == nil || a.Skipped != "" {
		return ""
	}
	return fmt.Sprintf("%d to delete because of this change, %d already pending", a.Base.ThisChange, a.Base.Pending)
}

// anySkipped reports whether an account was not looked at.
func anySkipped(p *plan.Plan) bool {
	for _, a := range p.Accounts {
		if a.Skipped != "" {
			return true
		}
	}
	return false
}
