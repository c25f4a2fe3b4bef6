package cli

import (
	"log/slog"

	"wxkeep/state"
)

// A display shows progress on standard error: bars on a terminal, elsewhere a
// line every ten seconds.
type display interface {
	state.Progress
	// Say writes a line without disturbing what is shown.
	Say(line string)
	// Clear takes away what is shown, so that something else can be printed. The
	// next event begins anew.
	Clear()
}

// display returns the one that fits standard error. A log has a line for each
// call, which would tear bars to pieces.
func (r *run) display() display {
	logs := r.logger().Enabled(r.calls, slog.LevelInfo)
	switch {
	case r.quiet:
		return silent{}
	case terminal(r.Stderr) && width(r.Stderr) >= narrowest && r.Getenv("CI") == "" && !logs:
		return &bars{w: r.Stderr}
	}
	return &lines{w: r.Stderr, every: ticks}
}

type silent struct{ state.Quiet }

func (silent) Say(string) {}
func (silent) Clear()     {}

// stages remembers how far each stage of each account is, in the order in which
// they began.
type stages struct {
	order []string
	last  map[string]state.Event
}

// note takes an event in and returns its stage's title. Calls end in any order,
// so an event that is behind another one is ignored.
func (s *stages) note(e state.Event) string {
	title := e.Account + ": " + e.Stage
	before, known := s.last[title]
	if !known {
		if s.last == nil {
			s.last = map[string]state.Event{}
		}
		s.order = append(s.order, title)
	}
	if !known || e.Done > before.Done {
		s.last[title] = e
	}
	return title
}
