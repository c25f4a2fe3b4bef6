package reconcile

import (
	"fmt"
	"time"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

// soon is how long before its end an entry is reported as expiring.
const soon = 14 * 24 * time.Hour

// findings says what a reviewer should know beside the decisions.
func findings(m *manifests.Account, snap *state.Snapshot, r roll, now time.Time) []plan.Finding {
	found := entryFindings(snap, r, now)
	found = append(found, foreignPrefixes(m, snap)...)
	for _, l := range snap.Listings {
		if l.Problem == "" && l.Listed != l.Counted {
			found = append(found, plan.Finding{
				Kind:    plan.CountDiffers,
				Message: fmt.Sprintf("%d %s listed, %d counted: something was uploaded or deleted meanwhile", l.Listed, l.Type, l.Counted),
			})
		}
	}
	return found
}

func entryFindings(snap *state.Snapshot, r roll, now time.Time) []plan.Finding {
	complete := snap.Complete()
	var found []plan.Finding
	for k := range r.keep {
		e := &r.keep[k]
		say := func(kind, format string, args ...any) {
			found = append(found, plan.Finding{Kind: kind, MediaID: e.ID, Position: e.Position.String(), Message: fmt.Sprintf(format, args...)})
		}
		live := r.item[k] != 0
		switch {
		case e.Expired(now):
			say(plan.Expired, "kept until %s; the entry keeps nothing any more", lastDay(e))
		case !live && complete:
			say(plan.Missing, "listed, but not in the account")
		case !e.Until.IsZero() && e.Until.Sub(now) <= soon:
			say(plan.ExpiresSoon, "kept until %s only", lastDay(e))
		}
		if live && e.Name != "" {
			if name := snap.Items[r.item[k]-1].Name; e.Name != name {
				say(plan.NameChanged, "its name is %q, the manifest says %q", name, e.Name)
			}
		}
		if first := int(r.first[k]); first != k {
			say(plan.KeptTwice, "also kept at %s", r.keep[first].Position)
		}
	}
	return found
}

// lastDay is the last day on which an entry keeps something.
func lastDay(e *manifests.Entry) string {
	return e.Until.Add(-time.Second).In(material.China).Format(dateLayout)
}

// foreignPrefixes reports listed ids that look like another account's.
func foreignPrefixes(m *manifests.Account, snap *state.Snapshot) []plan.Finding {
	var one material.ID
	ours := ""
	for i := range snap.Items {
		if prefix, ok := snap.Items[i].ID.Prefix(); ok {
			one, ours = snap.Items[i].ID, prefix
			break
		}
	}
	if ours == "" {
		return nil
	}
	var found []plan.Finding
	for k := range m.Keep {
		e := &m.Keep[k]
		if len(e.ID) == len(one) && e.ID[:22] == one[:22] {
			continue // 22 characters have more than 16 bytes, and nothing is decoded
		}
		if prefix, ok := e.ID.Prefix(); ok && prefix != ours {
			found = append(found, plan.Finding{
				Kind: plan.ForeignPrefix, MediaID: e.ID, Position: e.Position.String(),
				Message: "looks like another account's media_id: its first 16 bytes differ from this account's",
			})
		}
	}
	return found
}
