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
func findings(snap *state.Snapshot, r roll) []plan.Finding {
	found := append(r.found, r.foreign...)
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

// find finds what there is to say about an entry by itself, whose item, if it is
// live, stands at place.
func (c *caller) find(e *manifests.Entry, place int, live bool) {
	switch {
	case e.Expired(c.now):
		c.say(e, plan.Expired, "kept until %s; the entry keeps nothing any more", lastDay(e))
	case !live && c.complete:
		c.say(e, plan.Missing, "listed, but not in the account")
	case !e.Until.IsZero() && e.Until.Sub(c.now) <= soon:
		c.say(e, plan.ExpiresSoon, "kept until %s only", lastDay(e))
	}
	if live && e.Name != "" && e.Name != c.items[place].Name {
		c.say(e, plan.NameChanged, "its name is %q, the manifest says %q", c.items[place].Name, e.Name)
	}
	if isForeign(e.ID, c.ours) {
		c.foreign = append(c.foreign, plan.Finding{
			Kind: plan.ForeignPrefix, MediaID: e.ID, Position: e.Position.String(),
			Message: "looks like another account's media_id: its first 16 bytes differ from this account's",
		})
	}
}

func (c *caller) say(e *manifests.Entry, kind, format string, args ...any) {
	c.found = append(c.found, plan.Finding{Kind: kind, MediaID: e.ID, Position: e.Position.String(), Message: fmt.Sprintf(format, args...)})
}

// lastDay is the last day on which an entry keeps something.
func lastDay(e *manifests.Entry) string {
	return e.Until.Add(-time.Second).In(material.China).Format(dateLayout)
}

// prefixed returns the first id that begins as every one of its account does.
func prefixed(items []material.Item) material.ID {
	for i := range items {
		if _, ok := items[i].ID.Prefix(); ok {
			return items[i].ID
		}
	}
	return ""
}

// isForeign reports whether an id begins as those of another account than ours do.
func isForeign(id, ours material.ID) bool {
	if ours == "" || len(id) == len(ours) && id[:22] == ours[:22] {
		return false // 22 characters have more than 16 bytes, and nothing is decoded
	}
	prefix, ok := id.Prefix()
	want, _ := ours.Prefix()
	return ok && prefix != want
}
