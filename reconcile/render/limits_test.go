package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"wxkeep/reconcile/plan"
)

// deleting is a plan of one account that deletes n images.
func deleting(n int) *plan.Plan {
	p := everything()
	p.Accounts, p.Changes = p.Accounts[:1], nil
	for i := range n {
		p.Changes = append(p.Changes, plan.Change{Account: "brand-main", Item: image(fmt.Sprintf("Id%06d", i), "图片.png"), Action: plan.Delete, Reason: plan.Orphan, Detail: "never kept"})
	}
	return p
}

const notWhole = "THIS IS NOT THE WHOLE PLAN"

// A comment may have 65,536 characters, and takes one that has exactly as many. A
// summary may have 1 MiB, in bytes.
func TestMarkdownIsWholeUpToItsLimitAndSaysWhenItIsNot(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		limit   int
		measure func(string) int
		draw    func(*bytes.Buffer, *plan.Plan) error
	}{
		{"a comment, in characters", MarkdownLimit, utf8.RuneCountInString, func(b *bytes.Buffer, p *plan.Plan) error { return Markdown(b, p, Style{}) }},
		{"a summary, in bytes", GitHubSummaryLimit, func(s string) int { return len(s) }, func(b *bytes.Buffer, p *plan.Plan) error {
			return GitHubSummary(b, p, Style{}, GitHubSummaryLimit)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			drawn := func(p *plan.Plan) string {
				var b bytes.Buffer
				p.Digest = ""
				if err := tt.draw(&b, p); err != nil {
					t.Fatal(err)
				}
				return b.String()
			}
			p := deleting(10)
			findings := &p.Accounts[0].Findings
			spare := tt.limit - tt.measure(drawn(p))
			for spare > 500 { // no text is as long as the document
				for range max(1, (spare-500)/600) {
					*findings = append(*findings, plan.Finding{Kind: plan.Missing, Message: strings.Repeat("x", 400)})
				}
				spare = tt.limit - tt.measure(drawn(p))
			}
			last := &(*findings)[len(*findings)-1]
			last.Message += strings.Repeat("x", spare)
			full := drawn(p)
			if n := tt.measure(full); n != tt.limit || strings.Contains(full, notWhole) {
				t.Errorf("a plan that just fits: %d of %d, cut: %t", n, tt.limit, strings.Contains(full, notWhole))
			}
			last.Message += "x"
			over := drawn(p)
			if n := tt.measure(over); n > tt.limit || !strings.Contains(over, notWhole) || !strings.Contains(over, fmt.Sprintf(" of %d findings", len(*findings))) {
				t.Errorf("a plan that is one over: %d of %d\n%.600s", n, tt.limit, over)
			}
		})
	}
}

func TestMarkdownCountsWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	const all = 30_000
	var b bytes.Buffer
	p := deleting(all)
	if err := Markdown(&b, p, Style{}); err != nil {
		t.Fatal(err)
	}
	digest, err := digestOf(p)
	if err != nil {
		t.Fatal(err)
	}
	doc := b.String()
	shown := strings.Count(doc, "| `Id")
	for _, want := range []string{
		Marker + "\n", fmt.Sprintf("had no room for %d of %d deletions", all-shown, all), fmt.Sprintf("**%d more deletions that are not shown**", all-shown),
		"`" + digest + "`", "**Plan: 0 to add, 0 to change, 30000 to destroy.**", "> - `brand-main` is **blocked** by `max_delete_percent`",
	} {
		if !strings.Contains(doc, want) {
			t.Errorf("it lacks %q", want)
		}
	}
	if n := utf8.RuneCountInString(doc); n > MarkdownLimit || n < MarkdownLimit*9/10 || shown < 500 {
		t.Errorf("%d characters, %d deletions", n, shown)
	}
}

// Whatever there is, of whatever length, the document is no longer than it may be
// and adds up.
func TestMarkdownIsNeverTooLong(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := everything()
		p.Accounts, p.Changes, p.Digest = nil, nil, "sha256:d16e57" // computing it takes long
		text := rapid.OneOf(rapid.StringN(0, 50, -1), rapid.SampledFrom([]string{strings.Repeat("图", 999), strings.Repeat("`|", 70_000)}))
		for i := range rapid.IntRange(0, 20).Draw(t, "accounts") {
			a := plan.Account{Name: fmt.Sprintf("account-%d", i), AppID: "wx0123456789abcdef", Error: text.Draw(t, "error")}
			for range rapid.IntRange(0, 5).Draw(t, "guards") {
				a.Guards = append(a.Guards, plan.Guard{Name: plan.MaxDeletes, Status: plan.Blocked, Message: text.Draw(t, "message")})
				a.Findings = append(a.Findings, plan.Finding{Kind: plan.Missing, Message: text.Draw(t, "finding")})
				a.References = append(a.References, plan.Reference{Source: text.Draw(t, "place"), Status: plan.Off})
			}
			detail := text.Draw(t, "detail")
			for j := range rapid.IntRange(0, 300).Draw(t, "changes") {
				c := plan.Change{Account: a.Name, Item: image(fmt.Sprintf("Id%d", j), "图片"), Action: plan.Delete, Reason: plan.Orphan}
				if j%7 == 0 {
					c.Action, c.Detail = plan.Hold, detail
				}
				p.Changes = append(p.Changes, c)
			}
			p.Accounts = append(p.Accounts, a)
		}
		var b bytes.Buffer
		if err := Markdown(&b, p, Style{}); err != nil {
			t.Fatal(err)
		}
		doc := b.String()
		if n := utf8.RuneCountInString(doc); n > MarkdownLimit {
			t.Errorf("%d characters", n)
		}
		if deleted := strings.Count(doc, "`orphan` |"); deleted < p.Deletions() && !strings.Contains(doc, fmt.Sprintf("%d of %d deletions", p.Deletions()-deleted, p.Deletions())) {
			t.Errorf("%d of %d deletions are shown, and it is not said:\n%.2000s", deleted, p.Deletions(), doc)
		}
		if strings.Count(doc, "<details") != strings.Count(doc, "</details>") {
			t.Error("a fold is not closed")
		}
	})
}

func TestASummaryWithoutRoomIsAnError(t *testing.T) {
	t.Parallel()
	err := GitHubSummary(&bytes.Buffer{}, everything(), Style{}, 500)
	if err == nil || !strings.Contains(err.Error(), "no room") {
		t.Errorf("error %v", err)
	}
}

// GitHub shows ten annotations of a kind.
func TestAnnotationsAreAtMostTenOfAKind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		findings int
		last     string
	}{
		{"ten are all shown", 10, "number 9"},
		{"of eleven the last counts two", 11, "… and 2 more; the log or the summary of this step has them"},
		{"of a thousand it counts the others", 1000, "… and 991 more; the log or the summary of this step has them"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := everything()
			a := &p.Accounts[0]
			a.Findings = nil
			for i := range tt.findings {
				a.Findings = append(a.Findings, plan.Finding{Kind: plan.Missing, Message: fmt.Sprintf("number %d", i)})
			}
			var b bytes.Buffer
			if err := GitHubAnnotations(&b, p); err != nil {
				t.Fatal(err)
			}
			var warnings []string
			for line := range strings.Lines(b.String()) {
				if strings.HasPrefix(line, "::warning ") {
					warnings = append(warnings, line)
				}
			}
			if len(warnings) != GitHubAnnotationLimit || !strings.HasSuffix(warnings[len(warnings)-1], tt.last+"\n") {
				t.Errorf("%d warnings:\n%s", len(warnings), strings.Join(warnings, ""))
			}
		})
	}
}

// An output that has the delimiter could set another output.
func TestAnOutputWithTheDelimiterIsAnError(t *testing.T) {
	t.Parallel()
	p := everything()
	p.Accounts[0].Name = "a delimiter b"
	var b bytes.Buffer
	if err := GitHubOutputs(&b, p, "delimiter"); err == nil || b.Len() > 0 {
		t.Errorf("error %v, written %q", err, b.String())
	}
}

// GitLab takes JUnit files smaller than 30 MB, and cuts nothing by itself.
func TestJUnitIsSmallerThanGitLabsLimit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		items int
		whole bool
	}{
		{"one that fits is whole", 5_500, true},
		{"one that does not counts the others", 6_000, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := deleting(tt.items)
			p.Accounts[0].Guards = nil
			for i := range p.Changes {
				p.Changes[i].Outcome = plan.Deferred
				p.Changes[i].Note = strings.Repeat(`"`, 500) // an entity each, twice
			}
			p.Changes[len(p.Changes)-1].Outcome = plan.Failed
			var b bytes.Buffer
			if err := JUnit(&b, p); err != nil {
				t.Fatal(err)
			}
			var got junitReport
			if err := xml.Unmarshal(b.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			cases := got.Suites[0].Cases
			first, last := cases[0], cases[len(cases)-1]
			if b.Len() >= JUnitLimit || len(cases) != got.Tests || first.Failure == nil || !strings.HasPrefix(first.Failure.Text, "failed") {
				t.Errorf("%d bytes, %d cases of %d, the first %+v", b.Len(), len(cases), got.Tests, first)
			}
			said := last.Name == "not shown" && last.Failure != nil && last.Failure.Text == fmt.Sprintf("%d of %d cases had no room in this file", tt.items-len(cases)+1, tt.items)
			if b.Len() < JUnitLimit*9/10 {
				t.Errorf("%d bytes: there is room for more", b.Len())
			}
			if tt.whole != (len(cases) == tt.items) || tt.whole == said {
				t.Errorf("%d cases of %d, the last %+v", len(cases), tt.items, last)
			}
		})
	}
}

// Of more findings than GitHub takes, those that are left out are the least severe.
func TestSARIFLeavesOutWhatMattersLeast(t *testing.T) {
	t.Parallel()
	p := everything()
	a := &p.Accounts[0]
	a.Findings = nil
	for i := range mostResults + 1 {
		a.Findings = append(a.Findings, plan.Finding{Kind: plan.NameChanged, Position: fmt.Sprintf("wxkeep.yaml:%d:5", i+1), Message: "renamed"})
	}
	a.Findings[mostResults].Kind = plan.Missing
	var b bytes.Buffer
	if err := FindingsSARIF(&b, p); err != nil {
		t.Fatal(err)
	}
	var got sarifLog
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	run := got.Runs[0]
	if len(run.Results) != mostResults || run.Results[0].RuleID != "missing" {
		t.Errorf("%d results, the first %+v", len(run.Results), run.Results[0])
	}
	if n := run.Invocations[0].Notifications; len(n) != 1 || !strings.Contains(n[0].Message.Text, "1 of 25001 findings") {
		t.Errorf("notifications %+v", n)
	}
}

// A plan of 30,000 deletions in a terminal is a page or two, and counts the rest.
func TestTextIsShortHoweverMuchThereIs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		plan *plan.Plan
		want string
	}{
		{"one account", deleting(30_000), "      … and 29900 more image (--all lists them)\n"},
		{"many accounts share the room", func() *plan.Plan {
			p := deleting(0)
			for i := range 100 {
				a := p.Accounts[0]
				a.Name = fmt.Sprintf("account-%d", i)
				p.Accounts = append(p.Accounts, a)
				for j := range 300 {
					p.Changes = append(p.Changes, plan.Change{Account: a.Name, Item: image(fmt.Sprintf("Id%d", j), ""), Action: plan.Delete, Reason: plan.Orphan})
				}
			}
			return p
		}(), "      … and 281 more image (--all lists them)\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			if err := Text(&b, tt.plan, Style{}); err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(b.String(), "\n"); n > 4000 || !strings.Contains(b.String(), tt.want) {
				t.Errorf("%d lines:\n%.3000s", n, b.String())
			}
			b.Reset()
			if err := Text(&b, tt.plan, Style{All: true}); err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(b.String(), "\n      Id"); n != tt.plan.Deletions() {
				t.Errorf("with All it lists %d of %d", n, tt.plan.Deletions())
			}
		})
	}
}

// Findings that are told elsewhere are not counted among those left out.
func TestFindingsLeftOutAreCounted(t *testing.T) {
	t.Parallel()
	p := everything()
	a := &p.Accounts[0]
	a.Findings = append(a.Findings, plan.Finding{Kind: plan.NotChecked, Message: "menu is left out of references"})
	for range 101 {
		a.Findings = append(a.Findings, plan.Finding{Kind: plan.KeptTwice, Message: "kept twice"})
	}
	var b bytes.Buffer
	if err := Text(&b, p, Style{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "\n  … and 2 more findings (--all lists them)\n") {
		t.Error(b.String())
	}
}

// After an apply of 30,000 no outcome fills the screen.
func TestOutcomesLeftOutAreCounted(t *testing.T) {
	t.Parallel()
	p := deleting(30_000)
	p.Accounts[0].Result = &plan.Result{Outcomes: map[plan.Outcome]int{plan.Deleted: 10_000, plan.Deferred: 20_000}}
	for i := range p.Changes {
		p.Changes[i].Outcome = plan.Deferred
		if i < 10_000 {
			p.Changes[i].Outcome = plan.Deleted
		}
	}
	var b bytes.Buffer
	if err := Result(&b, p, Style{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\nbrand-main: … and 9900 more deleted (--all lists them)\n", "\nbrand-main: … and 19900 more deferred (--all lists them)\n", "\nbrand-main: 10000 deleted, 20000 deferred\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("it lacks %q", want)
		}
	}
	if n := strings.Count(b.String(), "\n"); n > 210 {
		t.Errorf("%d lines", n)
	}
}
