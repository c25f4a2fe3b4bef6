package render

import (
	"io"

	"wxkeep/reconcile/plan"
)

// Verification writes for each account whether its journal holds, and what is
// odd in it.
func Verification(w io.Writer, v plan.Verification, style Style) error {
	t := newText(w, style)
	for _, a := range v.Accounts {
		verdict := t.paint(green, "the chain holds")
		if a.Broken != "" {
			verdict = t.paint(red, "THE CHAIN IS BROKEN")
		}
		t.line("%s (%s): %s, runs: %d, objects: %d", Inert(a.Account), Inert(a.AppID), verdict, a.Runs, a.Objects)
		for _, r := range a.Remarks {
			t.line("  remark: %s", Inert(r))
		}
		if a.Broken != "" {
			t.line("  %s", Inert(a.Broken))
		}
	}
	return t.flush()
}
