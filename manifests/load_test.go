package manifests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wxkeep/state/material"
)

// full says everything that a manifest can say.
const full = `-- m.yaml --
# the brand
apiVersion: wxkeep/v1
account:
  name: brand-main
  appid: wx0123456789abcdef
  auth:
    app_secret: {file: secrets/app}
  endpoints: [https://api2.weixin.qq.com, "https://api.weixin.qq.com/"]
parts: [teams/a.yaml, ../up.yaml]
state: s3://bucket/wxkeep
types: [image, voice]
keep:
  - "abc"
  - 12345 # all digits
  - -_-
  - media_id: abd
    name: logo.png
    reason: >
      menu banner,
      since spring
    owner: brand-team
    until: 2027-03-31
keep_rules:
  - {name: "brand-*", types: [image], newer_than: 90d, reason: brand assets}
  - {before: 2026-12-01, older_than: 1w2d, owner: ops}
retire: [abe]
references: [menu, news, {files: ["site/**/*.html", a.md]}]
resolved_uses: [{place: "menu/联系我们", media_id: abc, sha256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}]
canaries: [abc, abd]
guards:
  max_delete_percent: 2.5
  max_deletes: 0
  min_keep_live_percent: 100
  min_age: 36h
  quota_reserve_percent: 0
  allow_empty: true
  allow_irreversible: [video, news]
  max_deletes_per_day: 500
approvals:
  - changes: "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    until: 2026-12-31
    reason: spring cleaning
grace: 1d12h
archive: required
freeze: true
notify:
  - wecom: {env: WECOM_WEBHOOK}
  - {dingtalk: {file: hook}, sign: {command: [vault, read]}, on: [done, due]}
-- teams/a.yaml --
apiVersion: wxkeep/v1
account: {name: brand-main}
keep: [abc]
---
apiVersion: wxkeep/v1
account: {name: brand-main}
retire: [abf]
-- ../up.yaml --
apiVersion: wxkeep/v1
account: {name: brand-main}
keep_rules: [{name: "?.png"}]
`

// loadAll loads everything, mistakes or not.
func loadAll(t testing.TB, paths ...string) (*Policy, []string) {
	t.Helper()
	l := load(paths, Options{})
	return l.policy(), lines(t, filepath.Dir(paths[0]), l.problems.err)
}

func TestLoadReadsEverything(t *testing.T) {
	t.Parallel()
	root := write(t, strings.ReplaceAll(full, "-- ", "-- in/"))
	in := func(name string) string { return filepath.Join(root, "in", filepath.FromSlash(name)) }
	at := func(name string, line, column int) Position {
		return Position{File: in(name), Line: line, Column: column}
	}
	date := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d-1, 16, 0, 0, 0, time.UTC) }
	want := &Account{
		Name:      "brand-main",
		AppID:     "wx0123456789abcdef",
		Auth:      Auth{AppSecret: &Secret{File: in("secrets/app"), Written: "secrets/app", Position: at("m.yaml", 7, 17)}},
		Endpoints: []string{"https://api2.weixin.qq.com", "https://api.weixin.qq.com"},
		State:     "s3://bucket/wxkeep",
		Types:     []material.Type{material.Image, material.Voice},
		Keep: []Entry{
			{ID: "abc", Position: at("m.yaml", 13, 5)},
			{ID: "12345", Position: at("m.yaml", 14, 5)},
			{ID: "-_-", Position: at("m.yaml", 15, 5)},
			{ID: "abd", Name: "logo.png", Reason: "menu banner, since spring", Owner: "brand-team", Until: date(2027, 4, 1), Position: at("m.yaml", 16, 5)},
			{ID: "abc", Position: at("teams/a.yaml", 3, 8)},
		},
		Rules: []Rule{
			{Name: "brand-*", Types: []material.Type{material.Image}, NewerThan: 90 * day, Reason: "brand assets", Position: at("m.yaml", 24, 5)},
			{Before: date(2026, 12, 1), OlderThan: 9 * day, Owner: "ops", Position: at("m.yaml", 25, 5)},
			{Name: "?.png", Position: at("../up.yaml", 3, 14)},
		},
		Retire:     []Retired{{ID: "abe", Position: at("m.yaml", 26, 10)}, {ID: "abf", Position: at("teams/a.yaml", 7, 10)}},
		Parts:      []string{"teams/a.yaml", "../up.yaml"},
		References: References{Places: []string{"menu", "news"}, Files: []string{"site/**/*.html", "a.md"}, Given: true},
		ResolvedUses: []ResolvedUse{{
			Place: "menu/联系我们", MediaID: "abc", SHA256: strings.Repeat("0123456789abcdef", 4), Position: at("m.yaml", 28, 17),
		}},
		Canaries: []material.ID{"abc", "abd"},
		Guards: Guards{
			MaxDeletePercent: 2.5, MinKeepLivePercent: 100, MinAge: 36 * time.Hour, AllowEmpty: true,
			AllowIrreversible: []material.Type{material.Video, material.News}, MaxDeletesPerDay: 500, DayLimited: true,
		},
		Approvals: []Approval{{
			Changes: "sha256:" + strings.Repeat("0123456789abcdef", 4), Until: date(2027, 1, 1), Reason: "spring cleaning", Position: at("m.yaml", 40, 5),
		}},
		Grace:   36 * time.Hour,
		Archive: true,
		Freeze:  true,
		Notify: []Channel{
			{
				Service: "wecom", On: []string{"due", "blocked", "failed"}, Position: at("m.yaml", 47, 5),
				URL: &Secret{Env: "WECOM_WEBHOOK", Position: at("m.yaml", 47, 12)},
			},
			{
				Service: "dingtalk", On: []string{"due", "done"}, Position: at("m.yaml", 48, 5),
				URL:  &Secret{File: in("hook"), Written: "hook", Position: at("m.yaml", 48, 16)},
				Sign: &Secret{Command: []string{"vault", "read"}, Position: at("m.yaml", 48, 36)},
			},
		},
		Files:    []string{in("m.yaml"), in("teams/a.yaml"), in("../up.yaml")},
		Position: at("m.yaml", 2, 1),
	}
	got, problems := loadAll(t, in("m.yaml"))
	if problems != nil {
		t.Fatalf("problems: %q", problems)
	}
	if diff := cmp.Diff(&Policy{Accounts: []*Account{want}, Files: want.Files}, got, unwritten); diff != "" {
		t.Errorf("policy (-want +got):\n%s", diff)
	}
}

// unwritten leaves out where settings stand, which TestLoosened holds.
var unwritten = cmpopts.IgnoreFields(Account{}, "Written")

func TestLoadFillsInDefaults(t *testing.T) {
	t.Parallel()
	dir := write(t, "apiVersion: wxkeep/v1\naccount: {name: a, appid: wx0123456789abcdef}\ntypes: [news]\nkeep: []\n")
	file := filepath.Join(dir, "m.yaml")
	want := &Account{
		Name: "a", AppID: "wx0123456789abcdef", Types: []material.Type{material.News}, Keep: []Entry{},
		References: References{Places: []string{"menu", "auto_reply", "drafts", "published", "news"}},
		Guards: Guards{
			MaxDeletePercent: 25, MaxDeletes: 500, MinKeepLivePercent: 50, MinAge: 7 * 24 * time.Hour, QuotaReservePercent: 20,
		},
		Archive: true, Files: []string{file}, Position: Position{File: file, Line: 1, Column: 1},
	}
	got, problems := loadAll(t, file)
	if problems != nil {
		t.Fatalf("problems: %q", problems)
	}
	if diff := cmp.Diff([]*Account{want}, got.Accounts, unwritten); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
}

func TestSeveralAccountsComeInDocumentOrder(t *testing.T) {
	t.Parallel()
	account := func(name, last string) string {
		return strings.NewReplacer("brand-main", name, "abcdef", "abcde"+last).Replace(head) + "keep: []\n"
	}
	dir := write(t, "-- b.yml --\n"+account("one", "1")+"---\n"+account("two", "2")+"-- c/a.yaml --\n"+account("three", "3")+"-- z.yaml --\n"+account("four", "4"))
	policy, err := Load([]string{filepath.Join(dir, "z.yaml"), dir}, Options{NeedAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range policy.Accounts {
		got = append(got, a.Name)
	}
	if diff := cmp.Diff([]string{"four", "one", "two", "three"}, got); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
}

func TestWhichFilesAreRead(t *testing.T) {
	t.Parallel()
	dir := write(t, "-- b.yaml --\n"+head+"keep: []\n-- .hidden.yaml --\n[\n-- .git/x.yaml --\n[\n-- notes.txt --\n[\n-- b.yaml.orig --\n[\n-- sub/.keep --\n")
	in := func(name string) string { return filepath.Join(dir, name) }
	link := func(old, name string) {
		t.Helper()
		if err := os.Symlink(old, in(name)); err != nil {
			t.Fatal(err)
		}
	}
	link(dir, "sub/loop")                   // back to where we are
	link(in("b.yaml"), "sub/a.yaml")        // one file by two names
	link(in("nowhere"), "sub/dangling.txt") // none of ours
	tests := map[string]struct{ paths, want []string }{
		"a directory, once whatever leads to it":  {[]string{dir, in("sub"), in("b.yaml")}, []string{in("b.yaml")}},
		"a file as it was first spelt":            {[]string{in("sub/a.yaml"), in("b.yaml")}, []string{in("sub/a.yaml")}},
		"a path with dots":                        {[]string{in("sub") + "/../b.yaml"}, []string{in("sub") + "/../b.yaml"}},
		"a link to a directory leads to its file": {[]string{in("sub/loop")}, []string{in("sub/loop/b.yaml")}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy, err := Load(test.paths, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, policy.Files); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := write(t, "-- empty/notes.txt --\n-- large/m.yaml --\n"+head+"-- bad/x.yaml/y --\n-- ok.yaml --\n"+head+"keep: []\n")
	in := func(name string) string { return filepath.Join(dir, name) }
	if err := os.Truncate(in("large/m.yaml"), 64<<20+1); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(in("nowhere"), in("bad/dangling.yaml")); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ paths, want []string }{
		"no path":                      {nil, []string{"no manifest was given; name a file or a directory"}},
		"a path that is not there":     {[]string{in("x.yaml"), in("ok.yaml")}, []string{"x.yaml: cannot be read: no such file or directory"}},
		"a directory without manifest": {[]string{in("empty")}, []string{"empty: holds no manifest (*.yaml, *.yml)"}},
		"a file over 64 MiB":           {[]string{in("large")}, []string{"large/m.yaml: has more than the 67108864 bytes that a manifest may have; split the keep list into parts"}},
		"a manifest that leads nowhere": {[]string{in("bad")}, []string{
			"bad/dangling.yaml: cannot be read: no such file or directory",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := lines(t, dir, func() error { _, err := Load(test.paths, Options{}); return err })
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAFileThatGrowsIsNotReadToItsEnd(t *testing.T) {
	t.Parallel()
	_, err := readFile("/dev/zero", 1<<10) // its size is said to be 0
	if want := "has more than the 1024 bytes that a manifest may have; split the keep list into parts"; err == nil || err.Error() != want {
		t.Errorf("err = %v, want %q", err, want)
	}
}

func TestAPartMayBelongToSeveralAccounts(t *testing.T) {
	t.Parallel()
	dir := write(t, "-- a.yaml --\n"+head+"parts: [p.yml]\n-- b.yaml --\n"+
		strings.NewReplacer("brand-main", "other", "abcdef", "abcdee").Replace(head)+"parts: [./p.yml]\n-- p.yml --\n"+
		"apiVersion: wxkeep/v1\naccount: {name: brand-main}\nkeep: [abc]\n---\napiVersion: wxkeep/v1\naccount: {name: other}\nkeep: [abd]\n")
	policy, err := Load([]string{filepath.Join(dir, "a.yaml"), filepath.Join(dir, "b.yaml")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]material.ID{}
	for _, a := range policy.Accounts {
		for _, e := range a.Keep {
			got[a.Name] += e.ID
		}
	}
	if diff := cmp.Diff(map[string]material.ID{"brand-main": "abc", "other": "abd"}, got); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

func TestAnAccountInAFileReadAsAPartIsAMistake(t *testing.T) {
	t.Parallel()
	dir := write(t, "-- a.yaml --\n"+head+"parts: [p.yaml]\n-- p.yaml --\napiVersion: wxkeep/v1\naccount: {name: brand-main}\nkeep: [abc]\n---\n"+
		strings.NewReplacer("brand-main", "other", "abcdef", "abcdee").Replace(head)+"keep: []\n")
	want := []string{"p.yaml:5:1: this account document is in a file that was only read as a part; move it, or give the file as a PATH"}
	got := lines(t, dir, func() error { _, err := Load([]string{filepath.Join(dir, "a.yaml")}, Options{}); return err })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if got := mistakes(t, dir, Options{}); got != nil {
		t.Errorf("given as a PATH too, it is a mistake still: %q", got)
	}
}

func TestEverySettingIsRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(write(t, strings.ReplaceAll(full, "-- ", "-- in/")), "in", "m.yaml")
	policy, err := Load([]string{path}, Options{NeedAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	if a := policy.Accounts[0]; !a.Archive || a.Grace == 0 || a.State == "" || len(a.ResolvedUses) != 1 {
		t.Errorf("account %+v lacks a setting that is written", a)
	}
}
