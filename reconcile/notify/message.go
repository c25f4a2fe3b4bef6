package notify

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"wxkeep/reconcile/plan"
)

// A Run is what is told.
type Run struct {
	Command string // plan or apply
	Plan    *plan.Plan
	Link    string // to the run's page; empty for none. [ParseLink] lets it pass
}

// named is how many materials of an account a message names.
const named = 5

// longestName is how many characters of a name are shown.
const longestName = 60

// A message is what a chat shows: every line of it is inert.
type message struct {
	title string
	lines []string
	link  string
}

// A told account is one that a message is about.
type told struct {
	plan.Account
	events  []Event
	count   count
	changes []plan.Change
}

// about returns the accounts with an event that the channel wants, the gravest
// first.
func about(c Channel, r Run) []told {
	var all []told
	changes := r.Plan.ByAccounts()
	for _, a := range r.Plan.Accounts {
		t := told{Account: a, changes: changes[a.Name], count: counted(changes[a.Name])}
		t.events = eventsOf(a, t.count)
		wanted := slices.ContainsFunc(t.events, func(e Event) bool { return slices.Contains(c.On[a.Name], e) })
		if wanted {
			all = append(all, t)
		}
	}
	gravity := []Event{Failed, Blocked, Due, Done}
	slices.SortStableFunc(all, func(a, b told) int {
		return slices.Index(gravity, a.events[0]) - slices.Index(gravity, b.events[0])
	})
	return all
}

// compose makes the message about accounts.
func compose(r Run, accounts []told) message {
	m := message{title: inert(title(r.Command, accounts)), link: r.Link}
	for _, a := range accounts {
		for _, line := range a.lines() {
			m.lines = append(m.lines, inert(line))
		}
	}
	if slices.ContainsFunc(accounts, func(a told) bool { return a.count.waiting > 0 }) && r.Plan.ChangesDigest != "" {
		m.lines = append(m.lines, "changes_digest "+inert(r.Plan.ChangesDigest))
	}
	return m
}

// title counts what the message is about.
func title(command string, accounts []told) string {
	var due, done, blocked, failed int
	for _, a := range accounts {
		done += a.count.deleted
		for _, e := range a.events {
			switch e {
			case Due:
				due += a.count.waiting
			case Blocked:
				blocked++
			case Failed:
				failed++
			case Done: // counted by material
			}
		}
	}
	parts := counts(
		tally{due, "to delete"}, tally{done, "deleted"},
		tally{blocked, plural(blocked, "account") + " blocked"}, tally{failed, plural(failed, "account") + " failed"},
	)
	return "wxkeep " + command + ": " + parts
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

type tally struct {
	n    int
	what string
}

// counts lists what there is more than none of.
func counts(tallies ...tally) string {
	var parts []string
	for _, t := range tallies {
		if t.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", t.n, t.what))
		}
	}
	return strings.Join(parts, ", ")
}

// lines are an account's: what there is to count, what is wrong, and the first
// materials to be deleted.
func (a told) lines() []string {
	var lines []string
	if text := a.counts(); text != "" {
		lines = append(lines, a.Name+": "+text)
	}
	if a.Error != "" {
		lines = append(lines, a.Name+": failed: "+a.Error)
	} else if a.Result != nil && slices.Contains(a.events, Failed) {
		for _, m := range a.Result.Messages {
			lines = append(lines, "· "+m)
		}
	}
	for _, g := range a.Guards {
		if isBlocked(g) { // freeze, too, which is no event of a plan
			lines = append(lines, "· blocked by "+g.Name+": "+g.Message)
		}
	}
	return append(lines, a.names()...)
}

// counts says how many materials there are, and what becomes of them. It is empty
// when nothing is known.
func (a told) counts() string {
	s := a.Summary
	text := counts(
		tally{a.count.waiting, "to delete"}, tally{a.count.deleted, "deleted"}, tally{a.count.failed, "failed"}, tally{a.count.other, "left alone"},
		tally{s.Keep, "kept"}, tally{s.InUse, "in use"}, tally{s.Hold, "held"}, tally{s.Missing, "missing"},
	)
	if text == "" {
		return ""
	}
	if a.Result != nil {
		return fmt.Sprintf("%s (%d live before)", text, s.Live)
	}
	return fmt.Sprintf("%s (%d live)", text, s.Live)
}

// names names the first materials that are to be deleted.
func (a told) names() []string {
	var lines []string
	for _, c := range a.changes {
		if c.Action != plan.Delete || c.Outcome != "" && c.Outcome != plan.Deferred || len(lines) == named {
			continue
		}
		name := c.Item.Name
		if name == "" {
			name = string(c.Item.ID)
		}
		lines = append(lines, fmt.Sprintf("· to delete: %s %s", c.Item.Type, cut(name, longestName)))
	}
	if more := a.count.waiting - len(lines); more > 0 && len(lines) > 0 {
		lines = append(lines, fmt.Sprintf("· and %d more", more))
	}
	return lines
}

// fit returns m with as many of its lines as there is room for, and says how many
// are left out. size is what a message takes of limit.
func (m message) fit(limit int, size func(message) int) message {
	if size(m) <= limit {
		return m
	}
	short := func(n int) message {
		left := m
		left.lines = append(slices.Clone(m.lines[:n]), fmt.Sprintf("… and %d more lines: see the plan", len(m.lines)-n))
		return left
	}
	// A line takes a byte at least: more lines than that are not tried.
	n := sort.Search(min(len(m.lines), limit), func(n int) bool { return size(short(n)) > limit })
	return short(max(n-1, 0))
}

// text returns the message as it is read where nothing is marked up.
func (m message) text() string {
	lines := append([]string{m.title}, m.lines...)
	if m.link != "" {
		lines = append(lines, m.link)
	}
	return strings.Join(lines, "\n")
}
