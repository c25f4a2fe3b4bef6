package reconcile

import (
	"wxkeep/reconcile/plan"
	"wxkeep/state/ledger"
)

// History is runs of the journal as a document.
func History(runs []ledger.Record) plan.History {
	h := plan.History{Runs: []plan.PastRun{}}
	for _, r := range runs {
		past := plan.PastRun{
			Run: r.ID, Account: r.Account, AppID: r.AppID, StartedAt: r.Started, PlanDigest: r.Info.PlanDigest, Items: []plan.PastItem{},
		}
		for _, it := range r.Items {
			outcome := plan.Outcome(it.Outcome)
			if outcome == "" {
				outcome = plan.Undecided // the run was cut between the call and its outcome
			}
			past.Items = append(past.Items, plan.PastItem{MediaID: it.ID, Type: it.Type, Name: it.Name, Outcome: outcome, New: it.New, Note: it.Note, At: it.At})
		}
		h.Runs = append(h.Runs, past)
	}
	return h
}
