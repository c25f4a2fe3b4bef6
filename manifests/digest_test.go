package manifests

import (
	gocmp "cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"wxkeep/state/material"
)

// A saying is what a manifest means, of which there are many ways to write it.
type saying struct {
	Entries []Entry
	Rules   []string // as flow mappings
	Retire  []string
	Lines   []string // other settings, a line each
}

var (
	anyID   = rapid.StringMatching(`[A-Za-z0-9_-]{1,43}`)
	anyText = rapid.SampledFrom([]string{"", "logo.png", "菜单横幅", "it's", `say "x"`, "a: b # c", "- x", "null", "two words"})
	anyRule = rapid.SampledFrom([]string{`name: "brand-*"`, `types: [image]`, `types: [voice, image]`, `newer_than: 90d`, `before: 2026-12-01`, `older_than: 1w`})
	anyLine = rapid.SampledFrom([]string{"freeze: true", "grace: 1d", "canaries: [abc, abd]", "state: ledger", "guards: {max_deletes: 7}", "endpoints", "notify: [{wecom: {env: W}, on: [failed, blocked, due]}, {slack: {env: S}}]"})
)

func draw(t *rapid.T) saying {
	ids := rapid.SliceOfNDistinct(anyID, 1, 12, rapid.ID).Draw(t, "ids")
	kept := ids[:rapid.IntRange(0, len(ids)).Draw(t, "kept")]
	s := saying{
		Retire: ids[len(kept):],
		Rules:  rapid.SliceOfN(anyRule, 0, 3).Draw(t, "rules"),
		Lines:  rapid.SliceOfNDistinct(anyLine, 0, 3, rapid.ID).Draw(t, "lines"),
	}
	for _, id := range kept {
		e := Entry{ID: material.ID(id)}
		if rapid.Bool().Draw(t, "long") {
			e.Name, e.Reason, e.Owner = anyText.Draw(t, "name"), anyText.Draw(t, "reason"), anyText.Draw(t, "owner")
		}
		s.Entries = append(s.Entries, e)
	}
	return s
}

var plain = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

// quoted writes a text in one of the ways in which YAML can.
func quoted(t *rapid.T, s string) string {
	style := rapid.IntRange(0, 2).Draw(t, "style")
	switch {
	case style == 0 && plain.MatchString(s) && !strings.EqualFold(s, "null"):
		return s
	case style == 1:
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return fmt.Sprintf("%q", s)
}

func entryText(t *rapid.T, e Entry) string {
	id := quoted(t, string(e.ID))
	if e.Name+e.Reason+e.Owner == "" && rapid.Bool().Draw(t, "short") {
		return id
	}
	keys := []string{"media_id: " + id}
	for _, remark := range [][2]string{{"name", e.Name}, {"reason", e.Reason}, {"owner", e.Owner}} {
		if remark[1] != "" {
			keys = append(keys, remark[0]+": "+quoted(t, remark[1]))
		}
	}
	keys = rapid.Permutation(keys).Draw(t, "keys")
	if rapid.Bool().Draw(t, "flow") {
		return "{" + strings.Join(keys, ", ") + "}"
	}
	return strings.Join(keys, "\n    ")
}

// listText writes a list, in any order, as a block or as a flow.
func listText(t *rapid.T, key string, items []string) string {
	if len(items) == 0 {
		return key + ": []"
	}
	items = rapid.Permutation(items).Draw(t, key)
	block := slices.ContainsFunc(items, func(item string) bool { return strings.Contains(item, "\n") })
	if !block && rapid.Bool().Draw(t, "flow") {
		return key + ": [" + strings.Join(items, ", ") + "]"
	}
	return key + ":\n  - " + strings.Join(items, "\n  - ")
}

// documentText writes keys in any order, with comments and blank lines.
func documentText(t *rapid.T, keys []string) string {
	var b strings.Builder
	for _, key := range rapid.Permutation(keys).Draw(t, "document") {
		b.WriteString(rapid.SampledFrom([]string{"", "# keep: [abc]\n", "\n", "#\n\n  # - abc\n"}).Draw(t, "comment"))
		b.WriteString(key + "\n")
	}
	text := b.String()
	if rapid.Bool().Draw(t, "crlf") {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return text
}

// defaults are settings that change nothing.
var defaults = []string{
	"grace: 0s", "archive: required", "freeze: false", "canaries: []", "guards: {max_delete_percent: 25.0, min_age: 1w}",
	"references: [news, published, drafts, auto_reply, menu]", "notify: []",
}

// write puts s into dir in some way and returns the path of the account
// document.
func (s saying) write(t *rapid.T, dir string) string {
	account := "account: {name: a, appid: wx0123456789abcdef}"
	keys := []string{"apiVersion: wxkeep/v1", "types: " + rapid.SampledFrom([]string{"[image, voice]", "[voice, image]"}).Draw(t, "types")}
	for _, line := range s.Lines {
		if line == "endpoints" {
			account = `account: {appid: "wx0123456789abcdef", endpoints: [https://hk.api.weixin.qq.com], name: 'a'}`
			continue
		}
		keys = append(keys, line)
	}
	for _, line := range defaults {
		key, _, _ := strings.Cut(line, ":")
		written := slices.ContainsFunc(keys, func(k string) bool { return strings.HasPrefix(k, key+":") })
		if !written && rapid.Bool().Draw(t, "default") {
			keys = append(keys, line)
		}
	}
	name := rapid.SampledFrom([]string{"wxkeep.yaml", "brand.yml"}).Draw(t, "file")
	here, there := s.Entries, []Entry(nil)
	if rapid.Bool().Draw(t, "split") {
		at := rapid.IntRange(0, len(s.Entries)).Draw(t, "at")
		here, there = s.Entries[:at], s.Entries[at:]
		keys = append(keys, "parts: [p/x.yaml]")
		part := []string{"apiVersion: wxkeep/v1", "account: {name: a}", keepText(t, there)}
		mustWrite(t, filepath.Join(dir, "p", "x.yaml"), "# a part\n---\n"+documentText(t, part)+"---\n")
	}
	var retire []string
	for _, id := range s.Retire {
		retire = append(retire, quoted(t, id))
	}
	keys = append(keys, account, keepText(t, here), listText(t, "retire", retire))
	if len(s.Rules) > 0 {
		var rules []string
		for _, r := range s.Rules {
			rules = append(rules, "{"+r+"}")
		}
		keys = append(keys, listText(t, "keep_rules", rules))
	}
	path := filepath.Join(dir, name)
	mustWrite(t, path, documentText(t, keys))
	return path
}

func keepText(t *rapid.T, entries []Entry) string {
	var items []string
	for _, e := range entries {
		items = append(items, entryText(t, e))
	}
	return listText(t, "keep", items)
}

func mustWrite(t *rapid.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// load writes s in some way, loads it, and checks that nothing was lost.
func (s saying) load(t *rapid.T, root string) *Account {
	t.Helper()
	dir, err := os.MkdirTemp(root, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	l := load([]string{s.write(t, dir)}, Options{})
	if err := l.problems.err(); err != nil {
		t.Fatalf("a good manifest is refused:\n%v", err)
	}
	a := l.policy().Accounts[0]
	if diff := cmp.Diff(byID(s.Entries), byID(a.Keep)); diff != "" {
		t.Fatalf("entries (-written +read):\n%s", diff)
	}
	if len(a.Rules) != len(s.Rules) || len(a.Retire) != len(s.Retire) {
		t.Fatalf("%d rules and %d retired ids, want %d and %d", len(a.Rules), len(a.Retire), len(s.Rules), len(s.Retire))
	}
	return a
}

func byID(entries []Entry) map[material.ID]Entry {
	m := map[material.ID]Entry{}
	for _, e := range entries {
		e.Position = Position{}
		m[e.ID] = e
	}
	return m
}

func TestHoweverAManifestIsWrittenItMeansTheSame(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		s := draw(t)
		one, two := s.load(t, root), s.load(t, root)
		if one.Digest() != two.Digest() {
			t.Errorf("two ways to write one manifest have two digests")
		}
		if one.SettingsDigest() != two.SettingsDigest() {
			t.Errorf("two ways to write the same settings have two digests")
		}
	})
}

func TestWhatChangesADigest(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		s := draw(t)
		before := s.load(t, root)
		lists, settings := true, false
		switch rapid.IntRange(0, 4).Draw(t, "change") {
		case 0:
			s.Entries = append(s.Entries, Entry{ID: material.ID(strings.Repeat("z", 64))})
		case 1:
			s.Rules = append(s.Rules, `name: "new-?"`)
		case 2:
			s.Retire = append(s.Retire, strings.Repeat("z", 64))
		case 3:
			s.Lines = append(s.Lines, "approvals: [{changes: \"sha256:"+strings.Repeat("0", 64)+"\", until: 2027-01-01}]")
			settings = true
		case 4:
			lists = false
		}
		after := s.load(t, root)
		if got := before.Digest() != after.Digest(); got != (lists || settings) {
			t.Errorf("the digest changed: %v, want %v", got, lists || settings)
		}
		if got := before.SettingsDigest() != after.SettingsDigest(); got != settings {
			t.Errorf("the settings' digest changed: %v, want %v", got, settings)
		}
	})
}

// TestEverySettingChangesBothDigests changes one thing after another in the
// full manifest.
func TestEverySettingChangesBothDigests(t *testing.T) {
	t.Parallel()
	changes := map[string][2]string{
		"name":                   {"brand-main", "brand-other"},
		"appid":                  {"wx0123456789abcdef", "wx0123456789abcdee"},
		"auth":                   {"{file: secrets/app}", "{env: X}"},
		"the file of a secret":   {"secrets/app", "secrets/other"},
		"the order of hosts":     {`https://api2.weixin.qq.com, "https://api.weixin.qq.com/"`, `https://api.weixin.qq.com, "https://api2.weixin.qq.com/"`},
		"state":                  {"s3://bucket/wxkeep", "s3://bucket/other"},
		"types":                  {"types: [image, voice]", "types: [image, video]"},
		"references":             {"[menu, news,", "[menu,"},
		"references.files":       {", a.md]", "]"},
		"resolved_uses":          {"menu/联系我们", "menu/联系"},
		"canaries":               {"[abc, abd]", "[abc]"},
		"max_delete_percent":     {"2.5", "2.25"},
		"max_deletes":            {"max_deletes: 0", "max_deletes: 1"},
		"min_keep_live_percent":  {"min_keep_live_percent: 100", "min_keep_live_percent: 99"},
		"min_age":                {"36h", "35h"},
		"quota_reserve_percent":  {"quota_reserve_percent: 0", "quota_reserve_percent: 1"},
		"allow_empty":            {"allow_empty: true", "allow_empty: false"},
		"allow_irreversible":     {"[video, news]", "[video]"},
		"max_deletes_per_day":    {"per_day: 500", "per_day: 501"},
		"no max_deletes_per_day": {"  max_deletes_per_day: 500\n", ""},
		"approvals":              {"until: 2026-12-31", "until: 2026-12-30"},
		"grace":                  {"1d12h", "1d"},
		"archive":                {"archive: required", "archive: off"},
		"freeze":                 {"freeze: true", "freeze: false"},
		"notify":                 {"wecom: {env", "slack: {env"},
		"notify's secret":        {"WECOM_WEBHOOK", "OTHER"},
		"notify's signature":     {", sign: {command: [vault, read]}", ""},
		"notify's events":        {"[done, due]", "[due]"},
	}
	base := strings.ReplaceAll(full, "-- ", "-- in/")
	digests := func(t *testing.T, text string) [2]string {
		t.Helper()
		policy, problems := loadAll(t, filepath.Join(write(t, text), "in", "m.yaml"))
		if problems != nil {
			t.Fatalf("problems: %q", problems)
		}
		a := policy.Accounts[0]
		return [2]string{a.Digest(), a.SettingsDigest()}
	}
	before := digests(t, base)
	if diff := cmp.Diff(before, digests(t, base)); diff != "" {
		t.Errorf("digests in another directory (-one +other):\n%s", diff)
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.ReplaceAll(base, change[0], change[1])
			if text == base {
				t.Fatalf("%q is not in the manifest", change[0])
			}
			after := digests(t, text)
			if before[0] == after[0] || before[1] == after[1] {
				t.Errorf("a digest did not change")
			}
		})
	}
}

func TestDigestsHaveTheirForm(t *testing.T) {
	t.Parallel()
	a := &Account{Name: "a"}
	form := regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	if d, s := a.Digest(), a.SettingsDigest(); !form.MatchString(d) || !form.MatchString(s) || d == s {
		t.Errorf("digests %q and %q", d, s)
	}
}

// One field must not be taken for the end of another.
func TestFieldsDoNotRunIntoEachOther(t *testing.T) {
	t.Parallel()
	one := &Account{Keep: []Entry{{ID: "ab", Name: "c"}}}
	two := &Account{Keep: []Entry{{ID: "a", Name: "bc"}}}
	three := &Account{Retire: []Retired{{ID: "ab"}}}
	four := &Account{Keep: []Entry{{ID: "ab"}}}
	seen := map[string]bool{one.Digest(): true, two.Digest(): true, three.Digest(): true, four.Digest(): true}
	if len(seen) != 4 {
		t.Errorf("four accounts have %d digests", len(seen))
	}
}

// TestTheOrderOfEntriesIsThatOfTheirIDs holds that comparing beginnings first
// changes no digest that was written down.
func TestTheOrderOfEntriesIsThatOfTheirIDs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Entry {
			return Entry{
				ID:   material.ID(rapid.StringMatching(`(aaaaaaaaaa)?[ab]{0,10}`).Draw(t, "id")),
				Name: rapid.StringMatching(`[ab]?`).Draw(t, "name"), Reason: rapid.StringMatching(`[ab]?`).Draw(t, "reason"),
			}
		})).Draw(t, "entries")
		want := slices.Clone(entries)
		slices.SortFunc(want, func(a, b Entry) int {
			return gocmp.Or(strings.Compare(string(a.ID), string(b.ID)), strings.Compare(a.Name, b.Name), strings.Compare(a.Reason, b.Reason))
		})
		got := make([]Entry, 0, len(entries))
		for _, i := range recordsOf(&Account{Keep: entries}).inOrder() {
			got = append(got, entries[i])
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
	})
}
