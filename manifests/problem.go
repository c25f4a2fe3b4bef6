package manifests

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Problem is one mistake in a manifest and where it is.
type Problem struct {
	Position Position
	Message  string
}

// String returns file:line:column: message.
func (p Problem) String() string {
	if p.Position.File == "" {
		return p.Message
	}
	return p.Position.String() + ": " + p.Message
}

// Problems is the error that [Load] returns: every mistake found, sorted by
// file, line and column, so that one run shows all there is to mend.
type Problems []Problem

// Error returns one problem a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

func (ps *Problems) add(at Position, format string, args ...any) {
	*ps = append(*ps, Problem{Position: at, Message: fmt.Sprintf(format, args...)})
}

// err returns nil, not an empty Problems, when there is nothing to report.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(a.Position.compare(b.Position), strings.Compare(a.Message, b.Message))
	})
	return ps
}
