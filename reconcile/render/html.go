package render

import (
	"bufio"
	"embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dustin/go-humanize"

	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// HTML writes a plan, and what apply did, as one page that needs nothing beside
// it: for a reviewer, who decides about pictures and not about ids. It lists
// whatever the plan has; search, filters and rows drawn as they come into sight
// keep it fast with 30,000 materials. Without JavaScript the summary and the
// first materials are shown.
//
// The page calls nobody but WeChat's image hosts, and with style.Pictures not
// those either: its Content-Security-Policy, which lets only its own script and
// style run, says so.
func HTML(w io.Writer, p *plan.Plan, style Style) error {
	page, err := newPage(p, style.Pictures)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	if err := pageTemplate().Execute(b, page); err != nil {
		return fmt.Errorf("write html: %w", err)
	}
	return b.Flush()
}

//go:embed html
var htmlFiles embed.FS

// The page's own style and script, which its policy names by their hashes.
var (
	pageStyle  = template.CSS(htmlFile("plan.css"))
	pageScript = template.JS(htmlFile("plan.js"))
)

// pageTemplate is made when the first page is written: most runs write none.
var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("plan").Funcs(template.FuncMap{
		"count":    func(n int) string { return humanize.Comma(int64(n)) },
		"date":     day,
		"inert":    Inert,
		"listed":   listedWords,
		"moment":   moment,
		"outcomes": outcomes,
	}).Parse(htmlFile("plan.html")))
})

func htmlFile(name string) string {
	b, err := htmlFiles.ReadFile("html/" + name)
	if err != nil {
		panic(err) // it was compiled in
	}
	return string(b)
}

// A page is what the template shows.
type page struct {
	Title, Heading string
	Applied        bool
	Verdict        verdict
	Plan           *plan.Plan
	Digest         string
	Total          plan.Summary
	Accounts       []pageAccount
	Scope          string
	Privacy        string
	First          []pageItem // without JavaScript
	More           int        // how many there are besides
	Data           pageData
	Policy         string
	Style          template.CSS
	Script         template.JS
}

// firstItems is how many materials are shown without JavaScript.
const firstItems = 100

func newPage(p *plan.Plan, pictures Pictures) (*page, error) {
	digest, err := digestOf(p)
	if err != nil {
		return nil, err
	}
	items := pageItems(p, pictures)
	first := firstOf(items)
	g := &page{
		Heading: "Plan", Applied: p.Applied(), Verdict: verdictOf(p), Plan: p, Digest: digest,
		Accounts: pageAccounts(p), Privacy: "This page calls nobody but WeChat's image hosts, for the pictures.",
		First: first, More: len(items) - len(first),
		Data:   pageData{Items: items, Embedded: pictures != nil},
		Policy: policy(pictures != nil), Style: pageStyle, Script: pageScript,
	}
	if g.Applied {
		g.Heading = "Apply"
	}
	if pictures != nil {
		g.Privacy = "This page calls nobody: the pictures are in it."
	}
	for _, a := range p.Accounts {
		g.Total = sum(g.Total, a.Summary)
	}
	g.Title = title(g.Heading, p)
	g.Scope = scope(g.Total, items)
	return g, nil
}

// firstOf returns the materials that are shown without JavaScript: what is to be
// deleted comes first.
func firstOf(items []pageItem) []pageItem {
	order := []string{string(plan.Keep), string(plan.Hold), string(plan.Delete)}
	sorted := slices.Clone(items)
	slices.SortStableFunc(sorted, func(a, b pageItem) int {
		return slices.Index(order, b.Action) - slices.Index(order, a.Action)
	})
	return sorted[:min(len(sorted), firstItems)]
}

// digestOf is the digest of the plan's file. A plan that was neither written nor
// sealed yet has none.
func digestOf(p *plan.Plan) (string, error) {
	if p.Digest != "" {
		return p.Digest, nil
	}
	sealed := *p
	err := sealed.Seal()
	return sealed.Digest, err
}

func title(heading string, p *plan.Plan) string {
	var names []string
	for _, a := range p.Accounts {
		names = append(names, Inert(a.Name))
	}
	if n := len(names); n > 3 {
		names = append(names[:2:2], fmt.Sprintf("%d more", n-2))
	}
	return fmt.Sprintf("wxkeep %s: %s", strings.ToLower(heading), strings.Join(names, ", "))
}

// scope says which materials the page lists.
func scope(total plan.Summary, items []pageItem) string {
	kept := 0
	for i := range items {
		if items[i].Action == string(plan.Keep) && items[i].Reason != string(plan.Referenced) {
			kept++
		}
	}
	listed := humanize.Comma(int64(len(items)))
	if left := total.Keep - kept; left > 0 {
		return fmt.Sprintf("%s listed: what is to be deleted, held or in use. %s kept ones are not: plan with --all for them.", listed, humanize.Comma(int64(left)))
	}
	return listed + " listed: every one that the plan decides about."
}

func sum(a, b plan.Summary) plan.Summary {
	return plan.Summary{
		Live: a.Live + b.Live, Keep: a.Keep + b.Keep, InUse: a.InUse + b.InUse,
		Hold: a.Hold + b.Hold, Delete: a.Delete + b.Delete, Missing: a.Missing + b.Missing,
	}
}

// A verdict is the one line to read. Its status is blocked, limited or passed.
type verdict struct{ Text, Status string }

func verdictOf(p *plan.Plan) verdict {
	if p.Applied() {
		destroyed := 0
		for _, a := range p.Accounts {
			if a.Result != nil {
				destroyed += a.Result.Outcomes[plan.Deleted]
			}
		}
		v := verdict{"Apply complete!", plan.Passed}
		if p.Status() != plan.Done {
			v = verdict{"Apply incomplete.", plan.Blocked}
		}
		v.Text += fmt.Sprintf(" Resources: 0 added, 0 changed, %s destroyed.", humanize.Comma(int64(destroyed)))
		return v
	}
	return plannedVerdict(p)
}

func plannedVerdict(p *plan.Plan) verdict {
	n := p.Deletions()
	v := verdict{fmt.Sprintf("Plan: 0 to add, 0 to change, %s to destroy.", humanize.Comma(int64(n))), plan.Limited}
	switch {
	case n == 0 && p.Status() == plan.Done:
		v = verdict{planned(p), plan.Passed}
	case n == 0:
		v = verdict{"Nothing is planned. See below why.", plan.Blocked}
	}
	stopped := 0
	for _, a := range p.Accounts {
		if a.Error != "" || !a.Applicable {
			stopped++
		}
	}
	if stopped > 0 && n > 0 {
		v.Status = plan.Blocked
		v.Text += fmt.Sprintf(" Apply stops at %d of %d accounts: see below why.", stopped, len(p.Accounts))
	}
	return v
}

// listedWords says when and how completely an account was listed.
func listedWords(l plan.Listing) string {
	var parts []string
	for _, t := range material.Types() {
		if n, ok := l.Listed[t]; ok {
			parts = append(parts, fmt.Sprintf("%s %s of %s counted", humanize.Comma(int64(n)), t, humanize.Comma(int64(l.Total[t]))))
		}
	}
	word := "complete"
	if !l.Complete {
		word = "NOT COMPLETE"
	}
	if l.ObservedAt.Unix() > 0 {
		word = moment(l.ObservedAt) + ", " + word
	}
	return strings.Join(append([]string{word}, parts...), ", ")
}

// moment is a time for people, in WeChat's zone.
func moment(t time.Time) string { return t.In(material.China).Format("2006-01-02 15:04 (UTC+8)") }
