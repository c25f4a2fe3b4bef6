package reconcile

import (
	"fmt"
	"slices"
	"time"

	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

// A usage is every use of every live material, by its id.
type usage map[material.ID][]use

// A use is one spot that uses a material, in this run or in an earlier one.
type use struct {
	place string
	where string
	more  int         // further spots of the same place
	by    material.ID // the news that uses it: counts while that stays
	seen  time.Time   // when an earlier run saw it there, if this one did not look; zero: now
	last  time.Time   // when it was last seen; zero: it is there now
}

// find matches uses with live items: by id, or else by image URL. A URL counts
// beside an id only where that id is not live, and then protects every material
// that has it. An id that only an earlier run saw may be gone: then both count.
func find(items []material.Item, live *material.Index, f Facts, more []state.Use) usage {
	uses := slices.Concat(f.Uses, more)
	found := usage{}
	if len(uses) == 0 && len(f.Remembered) == 0 {
		return found
	}
	byURL := withURLs(items, uses)
	for _, u := range uses {
		spot := use{place: u.Place, where: u.Where, more: u.More, by: u.By, seen: u.Seen}
		if u.ID != "" && live.Has(u.ID) {
			found[u.ID] = append(found[u.ID], spot)
			if f.Earlier == nil || !f.Earlier(u.ID) {
				continue
			}
		}
		for _, id := range byURL[u.URL] {
			found[id] = append(found[id], spot)
		}
	}
	for _, r := range f.Remembered {
		still := slices.ContainsFunc(found[r.ID], func(s use) bool { return s.place == r.Place && s.where == r.Where })
		if live.Has(r.ID) && !still {
			found[r.ID] = append(found[r.ID], use{place: r.Place, where: r.Where, last: r.Last})
		}
	}
	return found
}

// withURLs returns the items that have the image URLs of uses.
func withURLs(items []material.Item, uses []state.Use) map[string][]material.ID {
	byURL := map[string][]material.ID{}
	for _, u := range uses {
		if u.URL != "" {
			byURL[u.URL] = nil
		}
	}
	if len(byURL) == 0 {
		return nil
	}
	for i := range items {
		if items[i].URL == "" {
			continue
		}
		key := material.URLKey(items[i].URL)
		if ids, used := byURL[key]; used {
			byURL[key] = append(ids, items[i].ID)
		}
	}
	return byURL
}

// protects returns the spot that protects id while the news in gone is deleted,
// a present one first. It does not count a material's use by itself.
func (u usage) protects(id material.ID, gone material.Set) (use, bool) {
	var past use
	found := false
	for _, s := range u[id] {
		switch {
		case s.by != "" && (gone.Has(s.by) || s.by == id):
		case s.last.IsZero():
			return s, true
		default:
			past, found = s, true
		}
	}
	return past, found
}

// needs returns the news that have to be gone before id may go.
func (u usage) needs(id material.ID) []material.ID {
	var news []material.ID
	for _, s := range u[id] {
		if s.by != "" && s.by != id {
			news = append(news, s.by)
		}
	}
	return news
}

// detail says where and, of a use that is gone, since when.
func (s use) detail() string {
	switch {
	case !s.last.IsZero():
		return fmt.Sprintf("%s, last seen %s", s.where, s.last.In(material.China).Format(dateLayout))
	case s.more > 0:
		return fmt.Sprintf("%s and %d more", s.where, s.more)
	}
	return s.where
}

// settle keeps the deletions that something which stays uses after all: news
// that was to go, and was held by a limit, say. It never adds a deletion.
func settle(changes []plan.Change, used usage) {
	spare(changes, used, doomed(changes), func(c *plan.Change) bool { return c.Action == plan.Delete })
}

// spare keeps those of the chosen changes that something uses. gone is the news
// that is deleted.
func spare(changes []plan.Change, used usage, gone material.Set, chosen func(*plan.Change) bool) {
	for i := range changes {
		c := &changes[i]
		if !chosen(c) {
			continue
		}
		if s, ok := used.protects(c.Item.ID, gone); ok {
			c.Action, c.Reason, c.Detail, c.Cause = plan.Keep, plan.Referenced, s.detail(), ""
		}
	}
}

// doomed is the news among the deletions.
func doomed(changes []plan.Change) material.Set {
	gone := material.Set{}
	for _, c := range changes {
		if c.Action == plan.Delete && c.Item.Type == material.News {
			gone.Add(c.Item.ID)
		}
	}
	return gone
}

// byType sorts what is shown, and identified by nobody, by its type: every
// candidate of that type may be it.
func byType(unknown []state.Shown) map[material.Type][]state.Shown {
	types := map[material.Type][]state.Shown{}
	for _, s := range unknown {
		types[s.Type] = append(types[s.Type], s)
	}
	return types
}
