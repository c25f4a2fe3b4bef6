package reconcile

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// A shortage is a need, and what there is for it.
type shortage struct {
	path   string
	needed int
	allowance
}

// short reports whether there is less than needed.
func (s shortage) short() bool { return s.path != "" && s.needed > s.room() }

// quota trims the deletions to what is left of the day's quotas, less what is
// production's. It blocks nothing: the rest is deferred, and a quota that nobody
// knows trims nothing, for WeChat itself stops a run that uses it up. An image
// can be archived from its listed URL, so get_material bounds only the others.
func quota(c check) plan.Guard {
	n := len(c.deletions)
	room, tight := math.MaxInt, shortage{}
	needs := deletionNeeds(n, c.manifest.Archive)
	for _, path := range slices.Sorted(maps.Keys(needs)) {
		a, known := c.allowances[path]
		if !known {
			continue
		}
		if can := c.affordable(path, a.room()); can < room || tight.path == "" {
			room, tight = can, shortage{path, needs[path], a}
		}
	}
	if room == math.MaxInt {
		room = n // nothing bounds them
	}
	g := result(plan.Quota, false, float64(n), float64(room), "")
	switch {
	case n == 0:
		g.Message = "there is nothing to delete"
	case tight.path == "":
		g.Message = unmeasured(c.unmeasured)
	case room >= n:
		g.Message = fmt.Sprintf("%d deletions fit: %s", n, tight.state())
	default:
		g.Status = plan.Limited
		g.Message = fmt.Sprintf("%d of %d deletions fit today: %s; %s", room, n, tight.state(), tight.after(c.now, c.manifest.Guards))
	}
	if c.listing.short() {
		g.Message += "; " + c.listing.listing()
	}
	return g
}

// affordable is how many deletions so many calls of a path allow. Of the counts
// the first deletion needs one, and all the others one together.
func (c check) affordable(path string, room int) int {
	switch path {
	case pathCount:
		if room >= 2 {
			return math.MaxInt
		}
	case pathGet:
		free := 0
		for _, ch := range c.deletions {
			if c.pictured(ch.Item) {
				free++
			}
		}
		if room >= len(c.deletions)-free {
			return math.MaxInt
		}
		return room + free
	}
	return room
}

func unmeasured(err error) string {
	if err == nil {
		return "what is left today is not known: it was not asked for"
	}
	return fmt.Sprintf("what is left today is not known: %v", err)
}

// state says what there is.
func (s shortage) state() string {
	text := fmt.Sprintf("%s has %d of %d calls left today", s.path, s.left, s.limit)
	if s.reserved > 0 {
		text += fmt.Sprintf(", %d of them for production", s.reserved)
	}
	return text
}

// after says what to do about it.
func (s shortage) after(now time.Time, guards manifests.Guards) string {
	if s.limit <= s.reserved {
		return fmt.Sprintf("guards.quota_reserve_percent leaves nothing of it to wxkeep: lower it from %s", number(guards.QuotaReservePercent))
	}
	return "run again from " + nextDay(now).Format("2006-01-02 15:04 (UTC+8)") + " on"
}

// listing says that a listing is larger than its quota.
func (s shortage) listing() string {
	return fmt.Sprintf("the listing needs %d calls, and %s", s.needed, s.state())
}

// nextDay is when the daily quotas begin again.
//
// Source: wechat-api.md section 12, row 8.
func nextDay(now time.Time) time.Time {
	y, m, d := now.In(material.China).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, material.China)
}

// Fits returns how many of the deletions the day's quotas allow, which are those
// that Apply sends.
func (d *Decision) Fits() int {
	n := d.Summary.Summary.Delete
	if g, ok := d.limited(); ok {
		return min(int(g.Limit), n)
	}
	return n
}

// limited returns the guard that trims the deletions, if one does.
func (d *Decision) limited() (plan.Guard, bool) {
	i := slices.IndexFunc(d.Summary.Guards, func(g plan.Guard) bool { return g.Name == plan.Quota && g.Status == plan.Limited })
	if i < 0 {
		return plan.Guard{}, false
	}
	return d.Summary.Guards[i], true
}

// fitting returns those of the queue that the day's quotas allow. What only
// get_material can archive takes of that; the others go on without it.
func (a *application) fitting(queue []*plan.Change) []*plan.Change {
	contents := a.contentRoom()
	var fit []*plan.Change
	for _, c := range queue {
		if len(fit) == a.Fits() {
			break
		}
		if !a.pictured(c.Item) {
			if contents == 0 {
				continue
			}
			contents--
		}
		fit = append(fit, c)
	}
	return fit
}

// contentRoom is how many contents the quota of get_material allows; as many as
// there are when nobody knows it, or nothing is archived.
func (d *Decision) contentRoom() int {
	m := d.Account.Manifest
	a, known := d.budget.allowances(d.Account.Reader.Calls(), m.Guards)[pathGet]
	if !known || !m.Archive {
		return math.MaxInt
	}
	return a.room()
}
