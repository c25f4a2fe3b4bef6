package render

import (
	"fmt"

	"wxkeep/reconcile/plan"
)

// A cause is whose doing it is that something is deleted or held, and what a title
// says of that.
type cause struct {
	title string
	of    func(plan.Change) bool
}

// pendingTitle is said of what a change has not done.
const pendingTitle = "already pending"

// causes begin with what a reviewer of a change decides about. A plan that is
// compared with no base has the last alone, and it says nothing.
var causes = []cause{
	{"because of this change", func(c plan.Change) bool { return c.Cause == plan.ThisChange }},
	{pendingTitle, func(c plan.Change) bool { return c.Cause == plan.Pending }},
	{"", func(c plan.Change) bool { return c.Cause != plan.ThisChange && c.Cause != plan.Pending }},
}

// with is what a title says that has the cause behind it.
func (c cause) with(title, between string) string {
	if c.title == "" {
		return title
	}
	return title + between + c.title
}

// ofBoth wants what both want.
func ofBoth(a, b func(plan.Change) bool) func(plan.Change) bool {
	return func(c plan.Change) bool { return a(c) && b(c) }
}

// divided says how the deletions of a change divide, or nothing where a plan is
// compared with no base.
func divided(a plan.Account) string {
	if a.Base == nil || a.Skipped != "" {
		return ""
	}
	return fmt.Sprintf("%d to delete because of this change, %d already pending", a.Base.ThisChange, a.Base.Pending)
}

// based reports whether a plan is compared with a base, and how many deletions are
// because of the change and how many were pending.
func based(p *plan.Plan) (thisChange, pending int, is bool) {
	for _, a := range p.Accounts {
		if a.Base != nil {
			is = true
			thisChange += a.Base.ThisChange
			pending += a.Base.Pending
		}
	}
	return thisChange, pending, is
}

// skipped returns the accounts that were not looked at.
func skipped(p *plan.Plan) []plan.Account {
	var all []plan.Account
	for _, a := range p.Accounts {
		if a.Skipped != "" {
			all = append(all, a)
		}
	}
	return all
}
