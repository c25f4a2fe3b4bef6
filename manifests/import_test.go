package manifests

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wxkeep/state/material"
)

// listed is when the items of these tests were listed.
var listed = time.Date(2026, 11, 23, 6, 5, 0, 0, time.UTC)

func newAccount(t testing.TB, types ...material.Type) *Account {
	t.Helper()
	a, err := NewAccount("brand-main", "wx0123456789abcdef", "WX_APP_SECRET", types)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func imported(t testing.TB, m Import) string {
	t.Helper()
	var b strings.Builder
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAnImportReadsWell(t *testing.T) {
	t.Parallel()
	at := func(day int) int64 { return time.Date(2024, 5, day, 17, 0, 0, 0, time.UTC).Unix() }
	items := []material.Item{
		{ID: "voice", Type: material.Voice, Name: "welcome.mp3"},
		{ID: "old", Type: material.Image, Name: `pics\logo.png`, UpdateTime: at(1)},
		{ID: "-newer", Type: material.Image, UpdateTime: at(2)},
		{ID: "video", Type: material.Video, Name: "not governed", UpdateTime: at(3)},
		{ID: "same", Type: material.Image, Name: "evil\r\n  - \"x\" \u202e\u2028#\x00", UpdateTime: at(1)},
		{ID: "old", Type: material.Image, Name: `pics\logo.png`, UpdateTime: at(1)},
	}
	const want = `# Keeps everything that the account held on 2026-11-23 14:05 (UTC+8): materials: 4.
# What is deleted from this list, apply may delete from the account.
apiVersion: wxkeep/v1
account:
  name: brand-main
  appid: wx0123456789abcdef
  auth: {app_secret: {env: WX_APP_SECRET}}
types: [voice, image]
keep:
  - "-newer" # image  2024-05-03
  - "old"    # image  2024-05-02  pics\logo.png
  - "same"   # image  2024-05-02  evil - "x" � #�
  - "voice"  # voice  no date     welcome.mp3
`
	got := imported(t, Import{Account: newAccount(t, material.Voice, material.Image), Items: items, Listed: listed})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
}

func TestAnImportOfNothingKeepsNothing(t *testing.T) {
	t.Parallel()
	got := imported(t, Import{Account: newAccount(t, material.News), Listed: listed})
	if !strings.HasSuffix(got, "types: [news]\nkeep: []\n") {
		t.Errorf("manifest:\n%s", got)
	}
}

func TestAnImportKeepsSettingsRulesAndRemarks(t *testing.T) {
	t.Parallel()
	root := write(t, strings.ReplaceAll(full, "-- ", "-- in/")+"keep:\n"+
		"  - {media_id: abd, until: 2027-04-30, reason: another, name: \"a\\u202e\\n\"}\n"+
		"  - {media_id: past, until: 2026-01-01, owner: ops}\n  - {media_id: gone, reason: x}\n  - {media_id: abc, until: 2027-01-01}\n")
	policy, problems := loadAll(t, filepath.Join(root, "in", "m.yaml"))
	if problems != nil {
		t.Fatalf("problems: %q", problems)
	}
	a := policy.Accounts[0]
	text := imported(t, Import{Account: a, Listed: listed, Items: []material.Item{
		{ID: "abc", Type: material.Image}, {ID: "abd", Type: material.Image}, {ID: "past", Type: material.Image}, {ID: "new", Type: material.Voice},
	}})
	policy, problems = loadAll(t, filepath.Join(write(t, text), "m.yaml"))
	if problems != nil {
		t.Fatalf("problems: %q\n%s", problems, text)
	}
	got := policy.Accounts[0]
	if got.SettingsDigest() != a.SettingsDigest() {
		t.Errorf("the settings changed:\n%s", text)
	}
	want := map[material.ID]Entry{
		"abc": {ID: "abc"}, "new": {ID: "new"}, "past": {ID: "past", Owner: "ops"},
		"abd": {ID: "abd", Name: "logo.png", Reason: "menu banner, since spring", Owner: "brand-team", Until: time.Date(2027, 4, 30, 16, 0, 0, 0, time.UTC)},
	}
	if diff := cmp.Diff(want, byID(got.Keep)); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	a.Keep, got.Keep, a.Retire = nil, nil, nil
	if a.Digest() != got.Digest() {
		t.Errorf("the rules changed:\n%s", text)
	}
	for _, remark := range []string{"it names no parts", "they are meant from \"" + filepath.Join(root, "in") + "\""} {
		if !strings.Contains(text, remark) {
			t.Errorf("%q is not said:\n%s", remark, text)
		}
	}
}

func TestEveryWayToCallTheAPIIsImported(t *testing.T) {
	t.Parallel()
	for _, auth := range []string{
		`{app_secret: {file: "../a b"}}`, `{access_token: {command: [vault, read, "", "a\"\\ b"]}}`, `{cloud_run: {}}`,
		`{cloud_run: {cloudbase_access_token: {env: yes}, from_appid: wx0123456789abcdef}}`,
		`{third_party: {component_appid: wx0123456789abcdef, component_access_token: {env: T}}}`,
		`{third_party: {component_appid: wx0123456789abcdef, component_appsecret: {env: S}, component_verify_ticket: {env: V}, refresh_token: {file: /r}, token_query: access_token}}`,
	} {
		policy, problems := loadAll(t, filepath.Join(write(t, withAuth(auth)), "m.yaml"))
		if problems != nil {
			t.Fatalf("problems: %q", problems)
		}
		text := imported(t, Import{Account: policy.Accounts[0], Listed: listed})
		again, problems := loadAll(t, filepath.Join(write(t, text), "m.yaml"))
		if problems != nil || policy.Accounts[0].Digest() != again.Accounts[0].Digest() {
			t.Errorf("%s became another auth: %q\n%s", auth, problems, text)
		}
	}
}

// TestAnImportKeepsExactlyWhatIsThere imports random items with hostile names,
// on top of a random manifest.
func TestAnImportKeepsExactlyWhatIsThere(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	anyItem := rapid.Custom(func(t *rapid.T) material.Item {
		return material.Item{
			ID:         material.ID(anyID.Draw(t, "id")),
			Type:       rapid.SampledFrom(material.Types()).Draw(t, "type"),
			Name:       anyName.Draw(t, "name"),
			UpdateTime: rapid.OneOf(rapid.Just[int64](0), rapid.Int64Range(1.5e9, 1.8e9), rapid.Int64()).Draw(t, "time"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		before := draw(t).load(t, root)
		items := rapid.SliceOfNDistinct(anyItem, 0, 20, func(it material.Item) material.ID { return it.ID }).Draw(t, "items")
		for _, e := range before.Keep { // some are listed already
			if rapid.Bool().Draw(t, "live") && !slices.ContainsFunc(items, func(it material.Item) bool { return it.ID == e.ID }) {
				items = append(items, material.Item{ID: e.ID, Type: material.Image})
			}
		}
		var b strings.Builder
		if err := (Import{Account: before, Items: items, Listed: listed}).Write(&b); err != nil {
			t.Fatal(err)
		}
		want := map[material.ID]bool{}
		for _, it := range items {
			if slices.Contains(before.Types, it.Type) {
				want[it.ID] = true
			}
		}
		after := checkImport(t, b.String(), want)
		if before.SettingsDigest() != after.SettingsDigest() || len(before.Rules) != len(after.Rules) {
			t.Fatalf("the settings or rules changed:\n%s", b.String())
		}
	})
}

// anyName is what strangers call their uploads.
var anyName = rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
	"\n  - \"abc\"", "\r- x", "\u2028- x", "\u0085", "\x00\x1b[31m", "\xff\xfe", "\u202e", "<<<<<<< HEAD", "\n=======\n", "---\n...\n", "# \\", "\ufeff", "\ufffe\U000e0001", strings.Repeat("素", 300),
}))

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkImport holds that text is one manifest without a mistake that keeps
// what is wanted, and that its lines are what they seem.
func checkImport(t failer, text string, want map[material.ID]bool) *Account {
	t.Helper()
	l := newLoader(Options{})
	f := &file{path: "m.yaml", real: "/m.yaml", given: true}
	l.files = append(l.files, f)
	l.decode(f, []byte(text))
	l.link()
	if err := l.problems.err(); err != nil || len(l.accounts()) != 1 {
		t.Fatalf("%d accounts, %v\n%s", len(l.accounts()), err, text)
	}
	got := map[material.ID]bool{}
	for _, e := range l.accounts()[0].account.Keep {
		got[e.ID] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("kept (-want +got):\n%s\n%s", diff, text)
	}
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "  - \"") && utf8.RuneCountInString(line) > 260 {
			t.Fatalf("a line of %d characters: %s", utf8.RuneCountInString(line), line)
		}
	}
	return l.accounts()[0].account
}

func FuzzImport(f *testing.F) {
	for _, seed := range []string{"", "logo.png", "a\n  - \"b\"", "\u202e\u0085\u2028", "\xff\x00\r", "素材 # x", "\ufffe"} {
		f.Add(seed, int64(1.7e9))
	}
	account := newAccount(f, material.Image)
	f.Fuzz(func(t *testing.T, name string, changed int64) {
		text := imported(t, Import{Account: account, Listed: listed, Items: []material.Item{
			{ID: "abc", Type: material.Image, Name: name, UpdateTime: changed}, {ID: "abd", Type: material.Image, Name: name},
		}})
		if lines := strings.Count(text, "\n"); lines != 11 {
			t.Errorf("%d lines, want 11:\n%s", lines, text)
		}
		checkImport(t, text, map[material.ID]bool{"abc": true, "abd": true})
	})
}

func TestAnImportIsStreamed(t *testing.T) {
	t.Parallel()
	items := make([]material.Item, 100_000)
	for i := range items {
		items[i] = material.Item{ID: material.ID(fmt.Sprintf("qzM%040d", i)), Type: material.Image, Name: "cover.png", UpdateTime: int64(i)}
	}
	longest := 0
	w := writerFunc(func(p []byte) (int, error) { longest = max(longest, len(p)); return len(p), nil })
	if err := (Import{Account: newAccount(t, material.Image), Items: items, Listed: listed}).Write(w); err != nil {
		t.Fatal(err)
	}
	if longest > 64<<10 {
		t.Errorf("%d bytes were written at once", longest)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestWhatCannotBeImported(t *testing.T) {
	t.Parallel()
	full := writerFunc(func([]byte) (int, error) { return 0, io.ErrShortWrite })
	tests := map[string]struct {
		m    Import
		to   io.Writer
		want string
	}{
		"an id that is none": {Import{Account: newAccount(t, material.Image), Items: []material.Item{{ID: "a b", Type: material.Image}}}, io.Discard,
			`import account "brand-main": media_id "a b" has ' ' at character 2; only A-Z a-z 0-9 - _ can occur`},
		"a disk that is full": {Import{Account: newAccount(t, material.Image)}, full, "short write"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := test.m.Write(test.to); err == nil || err.Error() != test.want {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
}

func TestNewAccountRefusesWhatNoManifestMayHave(t *testing.T) {
	t.Parallel()
	image := []material.Type{material.Image}
	tests := map[string]struct {
		name, appid, env string
		types            []material.Type
		want             string
	}{
		"a name":                  {"Brand", "wx0123456789abcdef", "X", image, `account name "Brand": want 1 to 63 characters of a-z 0-9 -, not beginning with -`},
		"an appid":                {"brand", leak, "X", image, "appid: want wx and 16 characters of 0-9 a-f"},
		"a secret for its place":  {"brand", "wx0123456789abcdef", leak, image, "the name of the variable with the secret: this looks like a secret itself; give the variable's name"},
		"no name of a variable":   {"brand", "wx0123456789abcdef", "$X", image, "the name of the variable with the secret: want characters of A-Z a-z 0-9 _"},
		"no type to be governed ": {"brand", "wx0123456789abcdef", "X", nil, `account "brand": no type is given; name those to govern, such as image and voice`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := NewAccount(test.name, test.appid, test.env, test.types)
			if err == nil || err.Error() != test.want {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
}
