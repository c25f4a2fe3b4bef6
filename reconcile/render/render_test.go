package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var made = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func image(id, name string) material.Item {
	return material.Item{ID: material.ID(id), Type: material.Image, Name: name, UpdateTime: made.Add(-100 * 24 * time.Hour).Unix()}
}

// everything is a plan with something of each kind.
func everything() *plan.Plan {
	voice := image("Voice1", "旧活动.mp3")
	voice.Type = material.Voice
	p := &plan.Plan{
		FormatVersion: plan.FormatVersion, CreatedAt: made, ExpiresAt: made, ChangesDigest: "sha256:c0ffee",
		Accounts: []plan.Account{{
			Name: "brand-main", AppID: "wx0123456789abcdef",
			References: []plan.Reference{{Source: "menu", Status: plan.Off}, {Source: "news", Status: plan.Scanned}},
			Guards: []plan.Guard{
				{Name: plan.MaxDeletes, Status: plan.Passed, Value: 2, Limit: 500, Message: "2 deletions, at most 500"},
				{Name: plan.MaxDeletePercent, Status: plan.Blocked, Value: 40, Limit: 25, Message: "2 of 5 live materials, at most 25 %"},
				{Name: plan.Quota, Status: plan.Limited, Value: 2, Limit: 1, Message: "1 of 2 deletions fit today"},
			},
			Calls: plan.Calls{
				"/cgi-bin/material/batchget_material": {Used: 1, Needed: 1, Left: left(899)},
				"/cgi-bin/material/del_material":      {Needed: 2, Left: left(1)},
				"/cgi-bin/material/get_materialcount": {Used: 1, Needed: 3}, // not known
				"/cgi-bin/material/get_material":      {Left: left(500)},    // not needed
			},
			Summary:  plan.Summary{Live: 5, Keep: 1, InUse: 1, Hold: 1, Delete: 2, Missing: 1},
			Findings: []plan.Finding{{Kind: plan.Missing, MediaID: "Gone", Position: "wxkeep.yaml:3:5", Message: "listed, but not in the account"}},
		}, {
			Name: "second", AppID: "wxfedcba9876543210", Status: plan.Denied, Error: "credentials refused: no secret from environment variable X: it is empty or not set",
		}},
		Changes: []plan.Change{
			{Account: "brand-main", Item: image("Cover1", "cover 😀.png"), Action: plan.Delete, Reason: plan.Orphan, Detail: "never kept"},
			{Account: "brand-main", Item: image("Fresh1", "fresh.png"), Action: plan.Hold, Reason: plan.TooNew, Detail: "changed today"},
			{Account: "brand-main", Item: image("Used1", "used.png"), Action: plan.Keep, Reason: plan.Referenced, Detail: "menu/产品"},
			{Account: "brand-main", Item: image("Logo1", "logo.png"), Action: plan.Keep, Reason: plan.Listed, Detail: "menu (wxkeep.yaml:9:5)"},
			{Account: "brand-main", Item: voice, Action: plan.Delete, Reason: plan.Orphan, Detail: "never kept"},
		},
	}
	return p
}

func left(n int) *int { return &n }

// hostile is everything under names that would like to do something.
func hostile() *plan.Plan {
	p := everything()
	for i, name := range []string{
		"\x1b[31mred\x1b]0;title\x07", "line\nbreak\r\x00", "\u202egnp.exe", "zero\u200bwidth\ufeff", "bad\xff\xfebytes\u2028",
	} {
		p.Changes[i].Item.Name, p.Changes[i].Detail = name, name
	}
	p.Accounts[0].Findings[0].Message = "its name is \x1b[2J"
	p.Accounts[1].Error = "no\x1b[2J"
	return p
}

// commanding is everything, applied in part, under names that are commands to CI
// systems, tags, and Markdown.
func commanding() *plan.Plan {
	p := everything()
	for i, name := range []string{
		"::error file=x,line=1::no", " ##[error]no ##vso[task.complete result=Failed;]", "<img src=x onerror=alert(1)><!-- -->", "`a` | **b** | [c](javascript:d) @team #1 $e$", "]]></failure>&amp;%0A::stop-commands::x",
	} {
		p.Changes[i].Item.Name, p.Changes[i].Detail = name, name
		p.Accounts[0].Findings = append(p.Accounts[0].Findings, plan.Finding{Kind: plan.NameChanged, MediaID: "Logo1", Position: name + ":7:3", Message: name})
		p.Accounts[0].Guards = append(p.Accounts[0].Guards, plan.Guard{Name: plan.NotRestorable, Status: plan.Blocked, Message: name})
	}
	p.Accounts[0].Result = &plan.Result{Outcomes: map[plan.Outcome]int{plan.Failed: 2}, Messages: []string{"::warning::no", "<b>no</b>"}}
	p.Changes[0].Outcome, p.Changes[0].Note = plan.Failed, "</testcase> ::error::no"
	p.Changes[4].Outcome, p.Changes[4].Note = plan.Refused, "##[group]"
	return p
}

// long is everything and 250 materials to delete, more than are listed.
func long() *plan.Plan {
	p := everything()
	for i := range 250 {
		p.Changes = append(p.Changes, plan.Change{Account: "brand-main", Item: image(fmt.Sprintf("Id%04d", i), "x.png"), Action: plan.Delete, Reason: plan.Orphan})
	}
	return p
}

// ofChange is everything as a change of a base, and two accounts that were not
// looked at.
func ofChange() *plan.Plan {
	p := everything()
	p.Accounts[0].Base = &plan.Base{Digest: "sha256:ba5e", SettingsDigest: "sha256:5e7", ThisChange: 1, Pending: 1}
	p.Accounts[0].Guards = append(p.Accounts[0].Guards, plan.Guard{Name: plan.GuardsLoosened, Status: plan.Passed, Message: "this change loosens no setting"})
	p.Changes[0].Cause, p.Changes[0].Detail = plan.ThisChange, "listed in the base: base/wxkeep.yaml:4:5"
	p.Changes[1].Cause, p.Changes[4].Cause = plan.ThisChange, plan.Pending
	p.Changes = append(p.Changes, plan.Change{
		Account: "brand-main", Item: image("Old1", "old.png"), Action: plan.Hold, Reason: plan.NotInThisChange, Detail: "pending before this change", Cause: plan.Pending,
	})
	p.Accounts[0].Summary.Hold++
	p.Accounts[0].Summary.Live++
	p.Accounts[1] = plan.Account{Name: "second", AppID: "wxfedcba9876543210", Skipped: "new in this change", Applicable: true}
	p.Accounts = append(p.Accounts, plan.Account{
		Name: "third", AppID: "wx00000000000000ff", Skipped: "unchanged", Applicable: true, Base: &plan.Base{Digest: "sha256:ba5e", SettingsDigest: "sha256:5e7"},
	})
	return p
}

func afterApply() *plan.Plan {
	p := everything()
	p.Accounts = p.Accounts[:1]
	p.Accounts[0].Status = plan.Incomplete
	p.Accounts[0].Result = &plan.Result{
		Outcomes: map[plan.Outcome]int{plan.Deleted: 1, plan.Failed: 1}, Verified: true, Messages: []string{"1 image uploaded meanwhile"},
	}
	p.Changes[0].Outcome = plan.Deleted
	p.Changes[4].Outcome, p.Changes[4].Note = plan.Failed, "accepted, but still listed"
	return p
}

func TestGolden(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		draw func(*bytes.Buffer) error
	}{
		{"plan", func(b *bytes.Buffer) error { return Text(b, everything(), Style{}) }},
		{"plan-all", func(b *bytes.Buffer) error { return Text(b, everything(), Style{All: true}) }},
		{"plan-colour", func(b *bytes.Buffer) error { return Text(b, everything(), Style{Color: true}) }},
		{"plan-hostile", func(b *bytes.Buffer) error { return Text(b, hostile(), Style{All: true}) }},
		{"plan-nothing", func(b *bytes.Buffer) error {
			return Text(b, &plan.Plan{Accounts: []plan.Account{{Name: "brand-main", AppID: "wx0123456789abcdef", Summary: plan.Summary{Live: 9, Keep: 9}}}}, Style{})
		}},
		{"plan-failed", func(b *bytes.Buffer) error {
			return Text(b, &plan.Plan{Accounts: everything().Accounts[1:]}, Style{})
		}},
		{"plan-change", func(b *bytes.Buffer) error { return Text(b, ofChange(), Style{}) }},
		{"plan-change-nothing", func(b *bytes.Buffer) error {
			return Text(b, &plan.Plan{Accounts: ofChange().Accounts[1:]}, Style{})
		}},
		{"markdown-change", func(b *bytes.Buffer) error { return Markdown(b, ofChange(), Style{}) }},
		{"github-outputs-change", func(b *bytes.Buffer) error { return GitHubOutputs(b, ofChange(), "delimiter") }},
		{"json-change", func(b *bytes.Buffer) error { return JSON(b, ofChange()) }},
		{"plan-long", func(b *bytes.Buffer) error { return Text(b, long(), Style{}) }},
		{"plan-narrow", func(b *bytes.Buffer) error { return Text(b, everything(), Style{Width: 50}) }},
		{"result-narrow", func(b *bytes.Buffer) error { return Result(b, afterApply(), Style{Width: 50}) }},
		{"plan-commands", func(b *bytes.Buffer) error { return Text(b, commanding(), Style{All: true}) }},
		{"json-hostile", func(b *bytes.Buffer) error { return JSON(b, hostile()) }},
		{"json-commands", func(b *bytes.Buffer) error { return JSON(b, commanding()) }},
		{"markdown-commands", func(b *bytes.Buffer) error { return Markdown(b, commanding(), Style{All: true}) }},
		{"markdown-long", func(b *bytes.Buffer) error { return Markdown(b, long(), Style{}) }},
		{"junit", func(b *bytes.Buffer) error { return JUnit(b, everything()) }},
		{"junit-applied", func(b *bytes.Buffer) error { return JUnit(b, afterApply()) }},
		{"junit-commands", func(b *bytes.Buffer) error { return JUnit(b, commanding()) }},
		{"sarif", func(b *bytes.Buffer) error { return FindingsSARIF(b, everything()) }},
		{"sarif-commands", func(b *bytes.Buffer) error { return FindingsSARIF(b, commanding()) }},
		{"gitlab", func(b *bytes.Buffer) error { return GitLab(b, everything()) }},
		{"github-outputs", func(b *bytes.Buffer) error { return GitHubOutputs(b, everything(), "delimiter") }},
		{"github-outputs-applied", func(b *bytes.Buffer) error { return GitHubOutputs(b, afterApply(), "delimiter") }},
		{"github-annotations", func(b *bytes.Buffer) error { return GitHubAnnotations(b, everything()) }},
		{"github-annotations-applied", func(b *bytes.Buffer) error { return GitHubAnnotations(b, afterApply()) }},
		{"github-annotations-commands", func(b *bytes.Buffer) error { return GitHubAnnotations(b, commanding()) }},
		{"markdown", func(b *bytes.Buffer) error { return Markdown(b, everything(), Style{All: true}) }},
		{"markdown-applied", func(b *bytes.Buffer) error { return Markdown(b, afterApply(), Style{}) }},
		{"markdown-hostile", func(b *bytes.Buffer) error { return Markdown(b, hostile(), Style{All: true}) }},
		{"result", func(b *bytes.Buffer) error { return Result(b, afterApply(), Style{}) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			if err := tt.draw(&b); err != nil {
				t.Fatal(err)
			}
			// Escapes are made visible, so that a golden file can be read.
			got := strings.ReplaceAll(b.String(), "\x1b", "␛")
			golden := filepath.Join("testdata", tt.name+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("text mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInert(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"letters and emoji stay", "a 图 é 😀 👨‍👩‍👧", "a 图 é 😀 👨‍👩‍👧"},
		{"escapes", "\x1b[2J", `\x1b[2J`},
		{"the other escape", "\u009b2J", `\x9b2J`},
		{"bidi overrides", "\u202egnp", `\u202egnp`},
		{"bytes that are not UTF-8", "a\xffb", `a\xffb`},
		{"the replacement character itself stays", "a\uFFFDb", "a\uFFFDb"},
		{"tags beyond the basic plane", "\U000E0041", `\U000e0041`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := Inert(tt.in); got != tt.want {
				t.Errorf("Inert(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func FuzzInert(f *testing.F) {
	for _, c := range hostile().Changes {
		f.Add(c.Item.Name)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Inert(s)
		if strings.ContainsFunc(got, plan.Acts) {
			t.Errorf("Inert(%q) = %q still acts", s, got)
		}
		if Inert(got) != got {
			t.Errorf("Inert(%q) is not inert itself", s)
		}
	})
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestAFullDiskIsSaid(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"text":     Text(full{}, everything(), Style{}),
		"result":   Result(full{}, afterApply(), Style{}),
		"json":     JSON(full{}, everything()),
		"html":     HTML(full{}, everything(), Style{}),
		"markdown": Markdown(full{}, everything(), Style{}),
		"junit":    JUnit(full{}, everything()),
		"sarif":    FindingsSARIF(full{}, everything()),
		"gitlab":   GitLab(full{}, everything()),
		"summary":  GitHubSummary(full{}, everything(), Style{}, GitHubSummaryLimit),
		"outputs":  GitHubOutputs(full{}, everything(), "delimiter"),
		"notes":    GitHubAnnotations(full{}, everything()),
		"mistakes": GitHubProblems(full{}, []plan.Problem{{Message: "a mistake"}}),
		"problems": Document(full{}, plan.Problems{}),
	} {
		if err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestJSONIsThePlanFile(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := JSON(&b, everything()); err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Decode(b.Bytes()); err != nil {
		t.Errorf("it cannot be read as a plan: %v", err)
	}
	b.Reset()
	if err := Document(&b, plan.Problems{Problems: []plan.Problem{{Position: "m.yaml:1:2", Message: "<bad>"}}}); err != nil {
		t.Fatal(err)
	}
	var got plan.Problems
	if err := json.Unmarshal(b.Bytes(), &got); err != nil || got.Problems[0].Message != "<bad>" || strings.Contains(b.String(), `\u003c`) {
		t.Errorf("%v: %s", err, b.String())
	}
}
