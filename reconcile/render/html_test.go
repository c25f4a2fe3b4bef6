package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

const picture = "http://mmbiz.qpic.cn/mmbiz_png/0QmpxWU4jCNGPp-Y3IMqJM6tBXf8BV_kv3L8LSo1H7G19s7Db0crCa8gsvhayQXo6PnM9c/0?wx_fmt=png"

// pictured is everything, with a picture, an article, calls, and what a
// manifest and a listing say.
func pictured() *plan.Plan {
	p := everything()
	left, none := 900, 0
	a := &p.Accounts[0]
	a.Calls = plan.Calls{"/cgi-bin/material/batchget_material": {Used: 7, Needed: 9, Left: &left}, "/cgi-bin/draft/batchget": {Used: 1, Needed: 1}, "/cgi-bin/menu/get": {Used: 1, Needed: 1, Left: &none}}
	a.Listing = plan.Listing{ObservedAt: made, Total: map[material.Type]int{material.Image: 12345}, Listed: map[material.Type]int{material.Image: 12344}}
	a.Manifest = plan.Manifest{Digest: "sha256:aaaa", Paths: []string{"manifests/brand-main.yaml"}, GitCommit: "0123abcd"}
	p.Changes[0].Item.URL = picture
	article := image("News1", "关于我们")
	article.Type, article.Cover = material.News, picture
	p.Changes = append(p.Changes, plan.Change{Account: "brand-main", Item: article, Action: plan.Keep, Reason: plan.Rule, Detail: "name *"})
	return p
}

// drawn is the page of a plan, without its style and script, which are files of
// their own, and what names them.
func drawn(t testing.TB, p *plan.Plan, style Style) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, p, style); err != nil {
		t.Fatal(err)
	}
	return files.Replace(b.String())
}

// files names the style and script instead of showing them.
var files = strings.NewReplacer(
	string(pageStyle), "plan.css", string(pageScript), "plan.js",
	html.EscapeString(hashSource(string(pageStyle))), "HASH-OF-STYLE", html.EscapeString(hashSource(string(pageScript))), "HASH-OF-SCRIPT",
)

func TestHTMLGolden(t *testing.T) {
	t.Parallel()
	result := afterApply()
	result.Accounts[0].Result.StartedAt, result.Accounts[0].Result.FinishedAt = made, made
	tests := []struct {
		name  string
		plan  *plan.Plan
		style Style
	}{
		{"html", pictured(), Style{}},
		{"html-hostile", hostile(), Style{}},
		{"html-change", ofChange(), Style{}},
		{"html-embedded", pictured(), Style{Pictures: Pictures{material.URLKey(picture): "data:image/jpeg;base64,AAAA"}}},
		{"html-applied", result, Style{}},
		{"html-nothing", &plan.Plan{CreatedAt: made, ExpiresAt: made, Accounts: []plan.Account{{Name: "brand-main", AppID: "wx0123456789abcdef", Summary: plan.Summary{Live: 9, Keep: 9}}}}, Style{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := drawn(t, tt.plan, tt.style)
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
				t.Errorf("page mismatch (-want +got):\n%s", diff)
			}
			if again := drawn(t, tt.plan, tt.style); again != got {
				t.Error("the same plan gives another page the second time")
			}
		})
	}
}

// dataOf returns what the script of a page reads.
func dataOf(t testing.TB, page string) pageData {
	t.Helper()
	_, rest, _ := strings.Cut(page, `<script type="application/json" id="data">`)
	text, _, _ := strings.Cut(rest, "</script>")
	var data pageData
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		t.Fatalf("the data is not JSON: %v", err)
	}
	return data
}

func TestAPageSaysWhatItDoesNotList(t *testing.T) {
	t.Parallel()
	p := everything()
	p.Accounts[0].Summary.Keep = 1201
	for i := range mostFindings + 1500 {
		p.Accounts[0].Findings = append(p.Accounts[0].Findings, plan.Finding{Kind: plan.Missing, MediaID: material.ID(fmt.Sprint("Gone", i))})
	}
	for i := range 2000 {
		p.Changes = append(p.Changes, plan.Change{Account: "brand-main", Item: image(fmt.Sprintf("Id%04d", i), "x.png"), Action: plan.Delete, Reason: plan.Orphan})
	}
	page := drawn(t, p, Style{})
	for _, want := range []string{
		"2,005 listed: what is to be deleted, held or in use. 1,200 kept ones are not: plan with --all for them.",
		"… and 1,501 more findings; the plan as JSON has them all.",
		"These are the first 100 materials; 1,905 more are not shown.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if n := len(dataOf(t, page).Items); n != 2005 {
		t.Errorf("its data has %d materials", n)
	}
}

func TestManyAccountsAreFoldedButForThoseWithTrouble(t *testing.T) {
	t.Parallel()
	p := everything()
	for i := range 9 {
		p.Accounts = append(p.Accounts, plan.Account{Name: fmt.Sprint("calm-", i), Applicable: true})
	}
	var open []string
	for _, a := range pageAccounts(p) {
		if a.Open {
			open = append(open, a.Name)
		}
	}
	if diff := cmp.Diff([]string{"brand-main", "second"}, open); diff != "" {
		t.Errorf("open accounts mismatch (-want +got):\n%s", diff)
	}
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	ready := everything()
	ready.Accounts = ready.Accounts[:1]
	ready.Accounts[0].Applicable = true
	idle := &plan.Plan{Accounts: []plan.Account{{Name: "a", Applicable: true}}}
	done := afterApply()
	done.Accounts[0].Status = plan.Done
	tests := []struct {
		name string
		plan *plan.Plan
		want verdict
	}{
		{"deletions that could be applied", ready, verdict{"Plan: 0 to add, 0 to change, 2 to destroy.", plan.Limited}},
		{"deletions that apply stops at", everything(), verdict{"Plan: 0 to add, 0 to change, 2 to destroy. Apply stops at 2 of 2 accounts: see below why.", plan.Blocked}},
		{"nothing to do", idle, verdict{"No changes. Your material matches the manifest.", plan.Passed}},
		{"nothing could be planned", &plan.Plan{Accounts: everything().Accounts[1:]}, verdict{"Nothing is planned. See below why.", plan.Blocked}},
		{"applied in part", afterApply(), verdict{"Apply incomplete. Resources: 0 added, 0 changed, 1 destroyed.", plan.Blocked}},
		{"applied", done, verdict{"Apply complete! Resources: 0 added, 0 changed, 1 destroyed.", plan.Passed}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, verdictOf(tt.plan)); diff != "" {
				t.Errorf("verdict mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheDigestOfAPageIsThatOfThePlanFile(t *testing.T) {
	t.Parallel()
	p := everything()
	page := drawn(t, p, Style{})
	if p.Digest != "" {
		t.Errorf("writing a page changed the plan: its digest is %s", p.Digest)
	}
	if _, err := p.Encode(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page, "<code>"+p.Digest+"</code>") {
		t.Errorf("the page does not show the digest %s", p.Digest)
	}
}

// TestAKeepEntryMeansTheName decodes what the page's copy button gives, as YAML.
func TestAKeepEntryMeansTheName(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		it := newPageItem(plan.Change{Item: image("Id", name), Action: plan.Delete, Reason: plan.Orphan}, nil)
		quoted := it.Quoted
		if quoted == "" {
			quoted = plainQuoted(it.Name)
		}
		if strings.ContainsFunc(quoted, acts) {
			t.Fatalf("the entry %q shows what acts", quoted)
		}
		var got struct {
			Name string
		}
		if err := yaml.Unmarshal([]byte("name: "+quoted+"\n"), &got); err != nil {
			t.Fatalf("%q: %v", quoted, err)
		}
		if diff := cmp.Diff(name, got.Name); diff != "" {
			t.Fatalf("name mismatch (-want +got):\n%s", diff)
		}
	})
}

// structure lists the elements of a page with their attributes, and the parent
// of each: all that is not text.
func structure(t testing.TB, page string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for n := range root.Descendants() {
		if n.Type == html.TextNode {
			continue
		}
		line := fmt.Sprintf("%d %s in %s", n.Type, n.Data, n.Parent.Data)
		for _, a := range n.Attr {
			line += " " + a.Key
			if n.Data == "meta" || a.Key == "href" || a.Key == "src" {
				line += "=" + a.Val
			}
		}
		all = append(all, line)
	}
	return all
}

// named is a plan with name wherever strangers' text can be, and more.
func named(name string) *plan.Plan {
	p := afterApply()
	a := &p.Accounts[0]
	a.Error = "x" + name
	a.Result.Messages = []string{name}
	a.Guards[0].Message, a.Findings[0].Message, a.Findings[0].Position = name, name, "x"+name
	a.References = append(a.References, plan.Reference{Source: name, Status: plan.Off})
	a.Manifest.Paths, a.Manifest.GitCommit = []string{name}, "x"+name
	a.Calls = plan.Calls{name: {}}
	for i := range p.Changes {
		c := &p.Changes[i]
		c.Item.Name, c.Detail, c.Note = name, "x"+name, "x"+name
		c.Item.URL = "https://mmbiz.qpic.cn/" + name
	}
	return p
}

func FuzzHTML(f *testing.F) {
	for _, name := range []string{
		"logo.png", "</script><script>alert(1)</script>", "<!--<script>", "</noscript><img src=x onerror=alert(1)>", `" onload="alert(1)`,
		"</title></style><svg onload=alert(1)>", "\x1b[31m\u202e\x00\xff", "{{.}}`${x}`", "]]><!DOCTYPE>", "&lt;script&gt;", "\u2028'-alert(1)-'",
	} {
		f.Add(name)
	}
	harmless := structure(f, drawn(f, named("harmless"), Style{}))
	f.Fuzz(func(t *testing.T, name string) {
		page := drawn(t, named(name), Style{})
		if got := structure(t, page); !slices.Equal(harmless, got) {
			t.Errorf("the name %q changes the page's structure (-harmless +name):\n%s", name, cmp.Diff(harmless, got))
		}
		if strings.ContainsFunc(page, func(r rune) bool { return r != '\n' && acts(r) }) {
			t.Errorf("of the name %q something acts in the page", name)
		}
		for _, it := range dataOf(t, page).Items {
			if it.Name != Inert(name) {
				t.Errorf("the page's script reads %q for the name %q, want %q", it.Name, name, Inert(name))
			}
			if host, _, _ := strings.Cut(it.Image, "/"); it.Image != "" && host != "mmbiz.qpic.cn" {
				t.Errorf("the page asks %q for a picture", it.Image)
			}
		}
	})
}
