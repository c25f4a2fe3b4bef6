package reconcile

import (
	"fmt"
	"strings"
	"time"

	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// Find returns the ids of the live materials that have this image URL. It takes a
// decision made with Options.All.
func (d *Decision) Find(url string) []material.ID {
	key := material.URLKey(url)
	if key == "" || d.snapshot == nil {
		return nil
	}
	var ids []material.ID
	for _, it := range d.snapshot.Items {
		if material.URLKey(it.URL) == key {
			ids = append(ids, it.ID)
		}
	}
	return ids
}

// Explain says everything that bears on one id, and the verdict. It takes a decision
// made with Options.All: any other has given up what it would speak of.
func (d *Decision) Explain(id material.ID) plan.Explanation {
	e := plan.Explanation{MediaID: id, Account: d.Summary.Name, Considered: []plan.Considered{}}
	for _, it := range d.items() {
		if it.ID == id {
			e.Item = &it
		}
	}
	for _, c := range d.Changes {
		if c.Item.ID == id {
			e.Action, e.Reason, e.Detail = c.Action, c.Reason, c.Detail
		}
	}
	switch {
	case e.Item == nil && (d.snapshot == nil || !d.snapshot.Complete()):
		e.Detail = "not seen, but not everything was: the listing is incomplete"
	case e.Item == nil:
		e.Detail = d.nowhere()
	case e.Action == "":
		e.Detail = fmt.Sprintf("%s is not governed by the manifest: never touched", e.Item.Type)
	}
	say := func(what string, counts bool, format string, args ...any) {
		e.Considered = append(e.Considered, plan.Considered{What: what, Counts: counts, Detail: fmt.Sprintf(format, args...)})
	}
	d.explainEntries(id, say)
	if e.Item != nil && e.Action != "" {
		d.explainItem(*e.Item, say)
	}
	for _, s := range d.places {
		switch {
		case s.off:
			say("use", false, "%s: NOT CHECKED", s.place)
		case s.err != nil:
			say("use", true, "%s: unknown: %v", s.place, s.err)
		}
	}
	for _, g := range d.Summary.Guards {
		say("guard", g.Status == plan.Blocked, "%s %s: %s", g.Name, g.Status, g.Message)
	}
	return e
}

// nowhere says where an id is not, which the types that nobody governs leave open,
// and what was listed in an earlier run.
func (d *Decision) nowhere() string {
	var listed []string
	for _, l := range d.snapshot.Listings {
		if l.Reused {
			return fmt.Sprintf("not in the account, of which %s was last listed from end to end at %s; use --refresh full to be sure", l.Type, moment(l.Full))
		}
		listed = append(listed, string(l.Type))
	}
	if len(listed) == len(material.Types()) {
		return "not in the account"
	}
	return fmt.Sprintf("not among the account's %s; other types are not listed", strings.Join(listed, ", "))
}

type sayer func(what string, counts bool, format string, args ...any)

func (d *Decision) explainEntries(id material.ID, say sayer) {
	found := false
	for i := range d.Account.Manifest.Keep {
		en := &d.Account.Manifest.Keep[i]
		if en.ID != id {
			continue
		}
		found = true
		detail := because(en.Position.String(), en.Reason)
		switch {
		case en.Expired(d.facts.Now):
			say("entry", false, "%s: kept until %s only", detail, lastDay(en))
		default:
			say("entry", true, "%s", detail)
		}
	}
	if !found {
		say("entry", false, "no entry lists it")
	}
	for _, r := range d.Account.Manifest.Retire {
		if r.ID == id {
			say("retire", true, "%s: rules do not keep it", r.Position)
		}
	}
}

func (d *Decision) explainItem(it material.Item, say sayer) {
	m, now := d.Account.Manifest, d.facts.Now
	p := protect(m, d.facts)
	for _, r := range m.Rules {
		say("rule", r.Matches(it, now) && !p.retired.Has(it.ID), "%s", because(r.Position.String(), r.Reason))
	}
	gone := doomed(d.Changes)
	for _, u := range d.used[it.ID] {
		say("use", u.by == "" || !gone.Has(u.by), "%s", u.detail())
	}
	if len(d.used[it.ID]) == 0 {
		say("use", false, "no use was found")
	}
	due := time.Unix(it.UpdateTime, 0).Add(m.Guards.MinAge)
	say("age", due.After(now), "changed %s, older than min_age from %s", day(it.UpdateTime), moment(due))
	if since, ok := d.facts.Since[it.ID]; ok {
		say("grace", since.Add(m.Grace).After(now), "an orphan since %s, grace is %s", moment(since), m.Grace)
	}
	if at, ok := d.facts.Refused[it.ID]; ok {
		say("refusal", at.Add(refusedFor).After(now), "WeChat refused to delete it at %s", moment(at))
	}
	if at, ok := d.facts.Restored[it.ID]; ok {
		say("restoration", at.Add(restoredFor).After(now), "made by a restore at %s", moment(at))
	}
	_, unknown := resolved(m, d.items(), d.live, d.facts)
	for _, s := range byType(unknown)[it.Type] {
		say("use", true, "%s shows a %s that the API does not identify", s.Place, s.Type)
	}
}

func (d *Decision) items() []material.Item {
	if d.snapshot == nil {
		return nil
	}
	return d.snapshot.Items
}
