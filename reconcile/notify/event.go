package notify

import (
	"slices"

	"wxkeep/reconcile/plan"
)

// An Event is what a message is sent about. Manifests have these words.
type Event string

// The events of an account. It may have several.
const (
	Due     Event = "due"     // something is to be deleted, and was not yet
	Blocked Event = "blocked" // a guard stops apply
	Failed  Event = "failed"  // the account could not be planned, or not all of it applied
	Done    Event = "done"    // something was deleted
)

// A count is what became of an account's deletions.
type count struct{ waiting, deleted, failed, other int }

func counted(changes []plan.Change) count {
	var n count
	for _, c := range changes {
		if c.Action != plan.Delete {
			continue
		}
		switch c.Outcome {
		case "", plan.Deferred:
			n.waiting++
		case plan.Deleted:
			n.deleted++
		case plan.Failed, plan.Undecided, plan.ArchiveFailed:
			n.failed++
		default:
			n.other++
		}
	}
	return n
}

// eventsOf returns what there is to say about an account, the gravest first.
func eventsOf(a plan.Account, n count) []Event {
	var events []Event
	// freeze alone stops only apply, so that a plan under it has the status of one
	// that is not blocked.
	blocked := a.Status != plan.Done && slices.ContainsFunc(a.Guards, isBlocked)
	ended := slices.Contains([]plan.Status{plan.Done, plan.HasDeletions, plan.QuotaUsed}, a.Status)
	if a.Error != "" || n.failed > 0 || !ended && !blocked {
		events = append(events, Failed)
	}
	if blocked {
		events = append(events, Blocked)
	}
	if n.waiting > 0 && a.Error == "" {
		events = append(events, Due)
	}
	if n.deleted > 0 {
		events = append(events, Done)
	}
	return events
}

func isBlocked(g plan.Guard) bool { return g.Status == plan.Blocked }
