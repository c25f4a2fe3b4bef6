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
func findings(m *manifests.Account, snap *state.Snapshot, now time.Time) []plan.Finding {
	found := entryFindings(m, snap, now)
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

func entryFindings(m *manifests.Account, snap *state.Snapshot, now time.Time) []plan.Finding {
	live := make(map[material.ID]string, len(snap.Items))
	for _, it := range snap.Items {
		live[it.ID] = it.Name
	}
	complete := snap.Complete()
	first := make(map[material.ID]manifests.Position, len(m.Keep))
	var found []plan.Finding
	for _, e := range m.Keep {
		say := func(kind, format string, args ...any) {
			found = append(found, plan.Finding{Kind: kind, MediaID: e.ID, Position: e.Position.String(), Message: fmt.Sprintf(format, args...)})
		}
		name, ok := live[e.ID]
		until := e.Until.Add(-time.Second).In(material.China).Format(dateLayout)
		switch {
		case e.Expired(now):
			say(plan.Expired, "kept until %s; the entry keeps nothing any more", until)
		case !ok && complete:
			say(plan.Missing, "listed, but not in the account")
		case !e.Until.IsZero() && e.Until.Sub(now) <= soon:
			say(plan.ExpiresSoon, "kept until %s only", until)
		}
		if ok && e.Name != "" && e.Name != name {
			say(plan.NameChanged, "its name is %q, the manifest says %q", name, e.Name)
		}
		if at, twice := first[e.ID]; twice {
			say(plan.KeptTwice, "also kept at %s", at)
		} else {
			first[e.ID] = e.Position
		}
	}
	return found
}

// foreignPrefixes reports listed ids that look like another account's.
func foreignPrefixes(m *manifests.Account, snap *state.Snapshot) []plan.Finding {
	ours := ""
	for _, it := range snap.Items {
		if prefix, ok := it.ID.Prefix(); ok {
			ours = prefix
			break
		}
	}
	if ours == "" {
		return nil
	}
	var found []plan.Finding
	for _, e := range m.Keep {
		if prefix, ok := e.ID.Prefix(); ok && prefix != ours {
			found = append(found, plan.Finding{
				Kind: plan.ForeignPrefix, MediaID: e.ID, Position: e.Position.String(),
				Message: "looks like another account's media_id: its first 16 bytes differ from this account's",
			})
		}
	}
	return found
}
