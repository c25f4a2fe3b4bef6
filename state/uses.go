package state

import (
	"cmp"
	"slices"
	"strings"

	"wxkeep/state/material"
)

// Uses collects uses, each once: what is used again at another spot of the same
// place, and by the same news, is counted in More. A large account has few
// distinct uses and many spots, so this is what keeps a search in little memory.
// Pages come in any order, so of several spots the one named is the first in the
// order of their names. The zero value is empty. Its methods may not be called
// at the same time.
type Uses struct {
	list   []Use
	place  map[use]int // in list
	shared map[string]string
}

// A use is what makes a Use another one.
type use struct {
	place string
	id    material.ID
	url   string
	by    material.ID
}

// Add takes u in. A use that names nothing is none.
func (s *Uses) Add(u Use) {
	if u.ID == "" && u.URL == "" {
		return
	}
	key := use{u.Place, u.ID, u.URL, u.By}
	if i, again := s.place[key]; again {
		old := &s.list[i]
		old.More += 1 + u.More
		if !old.Seen.IsZero() && (u.Seen.IsZero() || u.Seen.After(old.Seen)) {
			old.Seen = u.Seen
		}
		old.Where = min(old.Where, u.Where)
		return
	}
	if s.place == nil {
		s.place, s.shared = map[use]int{}, map[string]string{}
	}
	u.ID, u.URL, u.By = material.ID(s.intern(string(u.ID))), s.intern(u.URL), material.ID(s.intern(string(u.By)))
	s.place[use{u.Place, u.ID, u.URL, u.By}] = len(s.list)
	s.list = append(s.list, u)
}

// intern returns the one copy that is kept of a text.
func (s *Uses) intern(text string) string {
	if text == "" {
		return ""
	}
	if one, ok := s.shared[text]; ok {
		return one
	}
	s.shared[text] = text
	return text
}

// Len returns how many there are.
func (s *Uses) Len() int { return len(s.list) }

// List returns all, in an order that does not depend on when they were added.
func (s *Uses) List() []Use {
	return slices.SortedFunc(slices.Values(s.list), func(a, b Use) int {
		return cmp.Or(
			strings.Compare(a.Place, b.Place), strings.Compare(string(a.By), string(b.By)),
			strings.Compare(string(a.ID), string(b.ID)), strings.Compare(a.URL, b.URL),
		)
	})
}
