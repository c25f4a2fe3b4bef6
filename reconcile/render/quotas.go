package render

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"wxkeep/reconcile/plan"
)

// Quotas writes a table of each account's endpoints, and whether a full cycle
// fits.
func Quotas(w io.Writer, q plan.Quotas, style Style) error {
	t := newText(w, style)
	for i, a := range q.Accounts {
		if i > 0 {
			t.line("")
		}
		t.line("%s", t.paint(bold, fmt.Sprintf("%s (%s)", a.Name, a.AppID)))
		if a.Error != "" {
			t.line("  %s %s", t.paint(red, "error:"), Inert(a.Error))
			continue
		}
		t.endpoints(a.Endpoints)
		t.unknown(a.Endpoints)
		t.line("  A full cycle lists %d and deletes %d at most. %s %% of each limit is left to production.", a.Listed, a.Deletions, strconv.FormatFloat(a.ReservePercent, 'g', -1, 64))
		t.fit(a, "a day", a.FitsDay, func(e plan.Endpoint) *bool { return e.FitsDay })
		until := moment(a.NextDay)
		t.fit(a, "what is left until "+until, a.FitsNow, func(e plan.Endpoint) *bool { return e.FitsNow })
	}
	return t.flush()
}

// endpoints writes the table; what is not known is a question mark.
func (t *text) endpoints(all []plan.Endpoint) {
	table := tabwriter.NewWriter(t.w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "limit\tused\tleft\tneeded\trate\t  endpoint")
	for _, e := range all {
		needed := strconv.Itoa(e.Needed)
		if e.AtLeast {
			needed += "+"
		}
		rate := "?"
		if r := e.RateLimit; r != nil {
			rate = fmt.Sprintf("%d in %d s", r.CallCount, r.RefreshSecond)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t  %s\n", known(e.Limit), known(e.Used), known(e.Left), needed, rate, e.Path)
	}
	_ = table.Flush() // t.flush tells
}

// unknown says why quotas are not known, each reason once.
func (t *text) unknown(all []plan.Endpoint) {
	said := ""
	for _, e := range all {
		if e.Error != "" && e.Error != said {
			t.line("  %s %s: %s", t.paint(yellow, "unknown:"), e.Path, Inert(e.Error))
			said = e.Error
		}
	}
}

// known is a number, or a question mark.
func known(n *int) string {
	if n == nil {
		return "?"
	}
	return strconv.Itoa(*n)
}

// fit says whether a full cycle fits, and of what there is too little.
func (t *text) fit(a plan.AccountQuotas, into string, fits *bool, each func(plan.Endpoint) *bool) {
	switch {
	case fits == nil:
		t.line("%s: whether a full cycle fits into %s is %s", a.Name, into, t.paint(yellow, "not known"))
	case *fits:
		t.line("%s: a full cycle %s into %s", a.Name, t.paint(green, "fits"), into)
	default:
		var short []string
		for _, e := range a.Endpoints {
			if f := each(e); f != nil && !*f {
				short = append(short, e.Path)
			}
		}
		t.line("%s: a full cycle %s into %s, for want of %s", a.Name, t.paint(red, "does not fit"), into, strings.Join(short, ", "))
	}
}
