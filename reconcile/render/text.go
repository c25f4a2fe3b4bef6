package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"wxkeep/reconcile/plan"
)

// Style says how text looks.
type Style struct {
	Color bool // ANSI colours; only for a terminal
	All   bool // list everything, however much
	Width int  // columns of the terminal; 0 where there is none, and lines are as long as they are

	Pictures Pictures // HTML: put these in, and no others are fetched; nil to let the reader's browser fetch them
}

// Text writes a plan for people: by account what would be deleted and held, the
// findings and the guards; then what was not checked, one line per account, and
// Terraform's own last line. What is cut is counted.
func Text(w io.Writer, p *plan.Plan, style Style) error {
	t := newText(w, style)
	changes := p.ByAccounts()
	t.most = limitsOf(p)
	for _, a := range p.Accounts {
		t.account(a, changes[a.Name])
	}
	for _, a := range p.Accounts {
		t.notChecked(a)
	}
	for _, a := range p.Accounts {
		t.line("%s", summary(a))
		if said := divided(a); said != "" {
			t.line("%s: %s", Inert(a.Name), said)
		}
	}
	t.line("")
	if p.Deletions() > 0 {
		t.wrap("changes digest: ", Inert(p.ChangesDigest))
	}
	t.line("%s", planned(p))
	return t.flush()
}

// Result writes what apply did: each deletion with its outcome, what was
// verified, and Terraform's own last line.
func Result(w io.Writer, p *plan.Plan, style Style) error {
	t := newText(w, style)
	changes := p.ByAccounts()
	t.most = limitsOf(p)
	t.line("")
	for _, a := range p.Accounts {
		if a.Result != nil {
			t.result(a, changes[a.Name])
		}
	}
	t.line("")
	t.line("%s", done(p))
	return t.flush()
}

type text struct {
	w     *bufio.Writer
	style Style
	most  limits // of what is listed unless all is asked for
}

func newText(w io.Writer, style Style) *text {
	return &text{w: bufio.NewWriter(w), style: style}
}

func (t *text) flush() error { return t.w.Flush() }

func (t *text) line(format string, args ...any) {
	fmt.Fprintln(t.w, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

// wrap writes a line that goes on below, indented, where the terminal is too narrow
// for it. What is painted of it stands in its begin.
func (t *text) wrap(begin, rest string) {
	line, used := begin, widthOf(unpainted.Replace(begin))
	for word := range strings.SplitSeq(rest, " ") {
		n := widthOf(word)
		if t.style.Width > 0 && used > len(rowIndent) && used+n > t.style.Width {
			t.line("%s", line)
			line, used = rowIndent, len(rowIndent)
			word = Inert(word) // which begins a line now
		}
		line += word + " "
		used += n + 1
	}
	t.line("%s", line)
}

// shown is how many of n lines are shown.
func (t *text) shown(n, most int) int {
	if t.style.All {
		return n
	}
	return min(n, most)
}

// The colours, as ANSI codes.
const (
	red    = "31"
	yellow = "33"
	green  = "32"
	bold   = "1"
)

// unpainted takes the colours away.
var unpainted = strings.NewReplacer("\x1b["+red+"m", "", "\x1b["+yellow+"m", "", "\x1b["+green+"m", "", "\x1b["+bold+"m", "", "\x1b[0m", "")

func (t *text) paint(code, s string) string {
	if !t.style.Color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
