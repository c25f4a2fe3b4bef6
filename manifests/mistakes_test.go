package manifests

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// head is a valid beginning of nine lines: what a test adds stands in line 10.
const head = `apiVersion: wxkeep/v1
account:
  name: brand-main
  appid: wx0123456789abcdef
  auth:
    app_secret: {env: WX_APP_SECRET}
types: [image, voice]
references: []
archive: off
`

// fileName is the line before each file of a text with several.
var fileName = regexp.MustCompile(`(?m)^-- (\S+) --\n`)

// write puts the files of a text, or all of it as m.yaml, into a new directory.
func write(t testing.TB, text string) string {
	t.Helper()
	dir := t.TempDir()
	names := fileName.FindAllStringSubmatch(text, -1)
	files := fileName.Split(text, -1)
	if names == nil {
		names, files = [][]string{{"", "m.yaml"}}, []string{"", text}
	}
	for i, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name[1]))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// mistakes loads everything in dir and returns the problems, one a line, with
// paths as they are within dir.
func mistakes(t testing.TB, dir string, opts Options) []string {
	t.Helper()
	return lines(t, dir, func() error { _, err := Load([]string{dir}, opts); return err })
}

func lines(t testing.TB, dir string, load func() error) []string {
	t.Helper()
	err := load()
	if err == nil {
		return nil
	}
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("the error is a %T, not Problems: %v", err, err)
	}
	return strings.Split(strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), ""), "\n")
}

// TestMistakes holds the exact message of every mistake.
func TestMistakes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		opts Options
		want []string
	}{
		// What is required.
		"an empty mapping lacks everything": {
			text: "{}\n",
			want: []string{
				`m.yaml:1:1: "account" is missing; write account: {name: …, appid: …}`,
				`m.yaml:1:1: "apiVersion" is missing; write apiVersion: wxkeep/v1`,
				`m.yaml:1:1: this part holds neither keep nor keep_rules nor retire; delete it or fill it`,
			},
		},
		"an account document lacks name, types and a keep list": {
			text: "apiVersion: wxkeep/v1\naccount: {appid: wx0123456789abcdef}\nreferences: []\narchive: off\n",
			want: []string{
				`m.yaml:1:1: "types" is missing; name the types that this manifest governs, such as [image, voice]`,
				`m.yaml:1:1: neither "keep" nor "keep_rules" is there; list what may remain, or write "keep: []" to say that nothing is listed`,
				`m.yaml:2:10: "name" is missing; give the account a name of a-z 0-9 -, as it is to be called in plans`,
			},
		},
		"auth is missing where the API will be called": {
			text: "apiVersion: wxkeep/v1\naccount: {name: a, appid: wx0123456789abcdef}\ntypes: [image]\nreferences: []\narchive: off\nkeep: []\n",
			opts: Options{NeedAuth: true},
			want: []string{`m.yaml:2:10: "auth" is missing; say where the secret is found: auth: {app_secret: {env: WX_APP_SECRET}}`},
		},
		"auth may be missing where it is not needed": {
			text: "apiVersion: wxkeep/v1\naccount: {name: a, appid: wx0123456789abcdef}\ntypes: [image]\nreferences: []\narchive: off\nkeep: []\n",
		},
		"keep with nothing behind it": {
			text: head + "keep:\n",
			want: []string{`m.yaml:10:1: "keep" has nothing behind it; list what may remain, or write "keep: []" to say that nothing is listed`},
		},
		"an empty keep list is legal here": {text: head + "keep: []\n"},
		"types without a type": {
			text: strings.Replace(head, "[image, voice]", "[]", 1) + "keep: []\n",
			want: []string{`m.yaml:7:8: types: the list is empty`},
		},
		"a type that is none": {
			text: strings.Replace(head, "[image, voice]", "[imgae, thumb, image, image, 3]", 1) + "keep: []\n",
			want: []string{
				`m.yaml:7:9: types: want image, voice, video or news, not "imgae" (did you mean "image"?)`,
				`m.yaml:7:16: types: want image, voice, video or news, not "thumb"`,
				`m.yaml:7:30: types: "image" is there twice`,
				`m.yaml:7:37: types: want image, voice, video or news, not "3"`,
			},
		},
		"a rule without a condition": {
			text: head + "keep_rules:\n  - {reason: all of it}\n",
			want: []string{`m.yaml:11:5: this rule has no condition and would keep everything; give it name, types, newer_than, older_than or before`},
		},
		"null is nothing, however it is written": {
			text: head + "keep: null\nfreeze: ~\nguards:\n",
			want: []string{
				`m.yaml:10:1: "keep" has nothing behind it; list what may remain, or write "keep: []" to say that nothing is listed`,
				`m.yaml:11:1: "freeze" has nothing behind it; give it a value or delete it`,
				`m.yaml:12:1: "guards" has nothing behind it; give it a value or delete it`,
			},
		},
		"null list items": {
			text: head + "keep:\n  -\n  - ~\n  - \"abc\"\nretire: [null]\n",
			want: []string{
				`m.yaml:11:4: keep: this list item is empty`,
				`m.yaml:12:5: keep: this list item is empty`,
				`m.yaml:14:10: retire: this list item is empty`,
			},
		},

		// Keys.
		"a misspelt key": {
			text: head + "kepe: []\nkeep: []\n",
			want: []string{`m.yaml:10:1: unknown key "kepe" (did you mean "keep"?)`},
		},
		"keys from another format": {
			text: head + "keep:\n  - mediaID: abc\n    media_id: abc\n    colour: red\n",
			want: []string{
				`m.yaml:11:5: unknown key "mediaID" (did you mean "media_id"?)`,
				`m.yaml:13:5: unknown key "colour"; want media_id, name, reason, owner or until`,
			},
		},
		"a key that is there twice": {
			text: head + "keep: []\nkeep: [\"abc\"]\n",
			want: []string{`m.yaml:11:1: key "keep" is there twice; first in line 10`},
		},
		"a key that is a list": {
			text: head + "keep: []\n? [a]\n: b\n",
			want: []string{`m.yaml:11:3: a key must be one word, not a list`},
		},
		"a flow mapping with no space after the colon": {
			text: head + "keep: [{media_id:\"abc\"}]\n",
			want: []string{
				`m.yaml:10:8: "media_id" is missing; name the material that may remain`,
				`m.yaml:10:9: no space after the colon of "media_id"`,
			},
		},

		// What YAML allows and a manifest does not.
		"aliases and anchors": {
			text: head + "keep:\n  - &one \"abc\"\n  - *one\n",
			want: []string{
				`m.yaml:11:5: anchors (&) are refused; write the value out where it is needed`,
				`m.yaml:12:5: aliases (*) are refused; write the value out, and put a pattern in quotes`,
			},
		},
		"merge keys": {
			text: head + "keep: []\nguards:\n  <<: {max_deletes: 7}\n  freeze: true\n",
			want: []string{
				`m.yaml:12:3: merge keys (<<) are refused; write the keys out`,
				`m.yaml:13:3: unknown key "freeze"; want max_delete_percent, max_deletes, min_keep_live_percent, min_age, quota_reserve_percent, allow_empty, allow_irreversible or max_deletes_per_day`,
			},
		},
		"tags": {
			text: head + "keep: !!set [\"abc\"]\nfreeze: !!str true\nretire: [!x \"abd\"]\n",
			want: []string{
				`m.yaml:10:7: tags (!) are refused; delete it, and put a text in quotes`,
				`m.yaml:11:9: tags (!) are refused; delete it, and put a text in quotes`,
				`m.yaml:12:10: tags (!) are refused; delete it, and put a text in quotes`,
			},
		},
		"a tag that says nothing": {
			text: head + "keep: ! [! abc]\nfreeze: ! \"true\"\n",
			want: []string{
				`m.yaml:10:7: tags (!) are refused; delete it, and put a text in quotes`,
				`m.yaml:11:9: tags (!) are refused; delete it, and put a text in quotes`,
			},
		},
		"an item indented so deep that it ends the value above": {
			text: head + "keep:\n  - media_id: abc\n    reason: menu\n      - abd\n",
			want: []string{`m.yaml:12:13: reason: this value goes on in the next line; put it in quotes, or mend the indentation of what follows`},
		},
		"a document that is no mapping": {
			text: head + "keep: []\n---\n- a\n---\nwhatever it is\n",
			want: []string{
				`m.yaml:12:1: a document must be a mapping, which begins with apiVersion: wxkeep/v1`,
				`m.yaml:14:1: a document must be a mapping, which begins with apiVersion: wxkeep/v1`,
			},
		},
		"another version is not read further": {
			text: strings.Replace(head, "wxkeep/v1", "wxkeep/v2", 1) + "whatever: {}\n",
			want: []string{`m.yaml:1:13: apiVersion "wxkeep/v2" is not supported; this wxkeep reads wxkeep/v1`},
		},
		"a version that is no word": {
			text: strings.Replace(head, "wxkeep/v1", "[wxkeep/v1]", 1) + "keep: []\n",
			want: []string{`m.yaml:1:13: apiVersion: want one value, not a list`},
		},
		"a version with an anchor": {
			text: strings.Replace(head, "wxkeep/v1", "&v wxkeep/v1", 1) + "keep: []\n",
			want: []string{`m.yaml:1:13: anchors (&) are refused; write the value out where it is needed`},
		},
		"a file without a document": {
			text: "",
			want: []string{`m.yaml: holds no document; a manifest begins with apiVersion: wxkeep/v1`},
		},
		"a file of comments only": {
			text: "# nothing yet\n---\n# nor here\n",
			want: []string{`m.yaml: holds no document; a manifest begins with apiVersion: wxkeep/v1`},
		},
		"a document of comments only beside another is ignored": {
			text: "# licence\n---\n" + head + "keep: []\n---\n# the end\n",
		},

		// Ids.
		"bad ids": {
			text: head + "keep:\n  - \"a b\"\n  - \"\"\n  - " + strings.Repeat("x", 129) + "\n  - [abc]\n  - media_id: {}\n  - {name: x}\n  - -_-\n",
			want: []string{
				`m.yaml:11:5: keep: media_id "a b" has ' ' at character 2; only A-Z a-z 0-9 - _ can occur`,
				`m.yaml:12:5: keep: media_id is empty`,
				`m.yaml:13:5: keep: media_id has 129 characters, more than 128`,
				`m.yaml:14:5: keep: want one value, not a list`,
				`m.yaml:15:15: media_id: want one value, not a mapping`,
				`m.yaml:16:5: "media_id" is missing; name the material that may remain`,
			},
		},
		"one id twice in one document": {
			text: head + "keep:\n  - abc\n  - media_id: abc\nretire: [abd, abd]\ncanaries: [abc, abc]\n",
			want: []string{
				`m.yaml:12:5: media_id "abc" is listed twice; first at m.yaml:11:5`,
				`m.yaml:13:15: media_id "abd" is listed twice; first at m.yaml:13:10`,
				`m.yaml:14:17: media_id "abc" is listed twice; first at m.yaml:14:12`,
			},
		},
		"a retired id that is kept": {
			text: head + "keep: [abc]\nretire: [abc]\n",
			want: []string{`m.yaml:11:10: retire: media_id "abc" is kept at m.yaml:10:8; delete it from one of the two lists`},
		},
		"a canary that is no id": {
			text: head + "keep: []\ncanaries: [a.b]\n",
			want: []string{`m.yaml:11:12: canaries: media_id "a.b" has '.' at character 2; only A-Z a-z 0-9 - _ can occur`},
		},
		"a keep list that is no list": {
			text: head + "keep: abc\nretire: {abc: 1}\ncanaries:\n  -abc\n",
			want: []string{
				`m.yaml:10:7: keep: want a list, not "abc"`,
				`m.yaml:11:9: retire: want a list, not a mapping`,
				`m.yaml:13:3: canaries: want a list; a space is missing after the dash`,
			},
		},
		"a long value is cut": {
			text: head + "keep: " + strings.Repeat("素", 100) + "\n",
			want: []string{`m.yaml:10:7: keep: want a list, not "` + strings.Repeat("素", 60) + `…"`},
		},
		"mistakes of several files come sorted": {
			text: "-- b.yaml --\nkeep: []\n-- a/c.yaml --\n[]\n-- a.yaml --\n" + head + "parts: [b.yaml]\nfreeze: 1\nkeep: [., abc]\n",
			want: []string{
				`a.yaml:11:9: freeze: want true or false, not "1"`,
				`a.yaml:12:8: keep: media_id "." has '.' at character 1; only A-Z a-z 0-9 - _ can occur`,
				`a/c.yaml:1:1: a document must be a mapping, which begins with apiVersion: wxkeep/v1`,
				`b.yaml:1:1: "account" is missing; write account: {name: …, appid: …}`,
				`b.yaml:1:1: "apiVersion" is missing; write apiVersion: wxkeep/v1`,
			},
		},
		"an entry that ends on no day": {
			text: head + "keep:\n  - {media_id: a, until: 2027-02-29}\n  - {media_id: b, until: tomorrow}\n  - {media_id: c, until: 2027-1-1}\n",
			want: []string{
				`m.yaml:11:26: until: want a date such as 2027-03-31, not "2027-02-29"`,
				`m.yaml:12:26: until: want a date such as 2027-03-31, not "tomorrow"`,
				`m.yaml:13:26: until: want a date such as 2027-03-31, not "2027-1-1"`,
			},
		},

		// The account.
		"a bad name and a bad appid": {
			text: "apiVersion: wxkeep/v1\naccount: {name: Brand, appid: wx0123456789ABCDEF}\ntypes: [image]\nreferences: []\narchive: off\nkeep: []\n",
			want: []string{
				`m.yaml:2:17: account.name: want 1 to 63 characters of a-z 0-9 -, not beginning with -, not "Brand"`,
				`m.yaml:2:31: account.appid: want wx and 16 characters of 0-9 a-f`,
			},
		},
		"two account documents of one name": {
			text: head + "keep: []\n---\n" + head + "keep: []\n",
			want: []string{`m.yaml:14:9: account "brand-main" has a second account document; the first is at m.yaml:1:1`},
		},
		"two names with one appid": {
			text: head + "keep: []\n---\n" + strings.Replace(head, "brand-main", "other", 1) + "keep: []\n",
			want: []string{`m.yaml:15:3: appid "wx0123456789abcdef" is that of account "brand-main" too, at m.yaml:1:1; one appid is one account`},
		},

		// Rules.
		"conditions that cannot be meant": {
			text: head + `keep_rules:
  - name: "a[0-9]"
  - name: "{a,b}"
  - name: 'a\*'
  - name: "a/**"
  - {newer_than: 0d, older_than: -3d, before: soon}
  - {newer_than: 3 days, older_than: 99999w}
  - {types: []}
  - {name: ""}
  - {types: [video]}
`,
			want: []string{
				`m.yaml:11:11: name: "[" has no meaning in a pattern; only * (any characters, / too) and ? (one character) have, so write ? for a literal "["`,
				`m.yaml:12:11: name: "{" has no meaning in a pattern; only * (any characters, / too) and ? (one character) have, so write ? for a literal "{"`,
				`m.yaml:13:11: name: "\\" has no meaning in a pattern; only * (any characters, / too) and ? (one character) have, so write ? for a literal "\\"`,
				`m.yaml:14:11: name: "**" is no more than "*", which already matches any characters, / too; write "*"`,
				`m.yaml:15:18: newer_than: want more than 0`,
				`m.yaml:15:34: older_than: a duration cannot be negative`,
				`m.yaml:15:47: before: want a date such as 2027-03-31, not "soon"`,
				`m.yaml:16:18: newer_than: want a duration such as 7d, 36h or 1w2d, not "3 days"`,
				`m.yaml:16:38: older_than: a duration cannot be longer than 15250w`,
				`m.yaml:17:13: types: the list is empty`,
				`m.yaml:18:12: name: is empty`,
				`m.yaml:19:14: types: "video" is not a type that this manifest governs; add it to the account's types or leave it out`,
			},
		},

		// Guards, approvals and the other settings.
		"guards out of range": {
			text: head + `keep: []
guards:
  max_delete_percent: 100.5
  min_keep_live_percent: 50%
  max_deletes: -1
  min_age: 7
  allow_empty: yes
  allow_irreversible: [image]
`,
			want: []string{
				`m.yaml:12:23: max_delete_percent: want a number from 0 to 100, without a sign, not "100.5"`,
				`m.yaml:13:26: min_keep_live_percent: want a number from 0 to 100, without a sign, not "50%"`,
				`m.yaml:14:16: max_deletes: want a whole number from 0 to 999999999, not "-1"`,
				`m.yaml:15:12: min_age: want a duration such as 7d, 36h or 1w2d, not "7"`,
				`m.yaml:16:16: allow_empty: want true or false, not "yes"`,
				`m.yaml:17:24: allow_irreversible: want video or news, not "image"`,
			},
		},
		"numbers that YAML reads in another way": {
			text: head + "keep: []\nguards: {max_deletes: 0x1F, max_delete_percent: 1e1}\n---\n" +
				"apiVersion: wxkeep/v1\naccount: {name: b, appid: wx0123456789abcdee}\ntypes: [image]\nkeep: []\nreferences: []\narchive: off\nguards: {max_deletes: 010, max_delete_percent: \"10\"}\n",
			want: []string{
				`m.yaml:11:23: max_deletes: want a whole number from 0 to 999999999, not "0x1F"`,
				`m.yaml:11:49: max_delete_percent: want a number from 0 to 100, without a sign, not "1e1"`,
				`m.yaml:19:23: max_deletes: want a whole number from 0 to 999999999, not "010"`,
				`m.yaml:19:48: max_delete_percent: want a number from 0 to 100, without a sign, not "10"`,
			},
		},
		"an approval of nothing": {
			text: head + "keep: []\napprovals:\n  - {changes: \"sha256:ABC\", until: 2026-12-31}\n  - {reason: x}\n",
			want: []string{
				`m.yaml:12:15: changes: want sha256: and 64 characters of 0-9 a-f, a plan's changes_digest, not "sha256:ABC"`,
				`m.yaml:13:5: "changes" is missing; give the changes_digest of the plan that is approved`,
				`m.yaml:13:5: "until" is missing; give the last day on which the approval holds`,
			},
		},
		"archive is a word, not a truth": {
			text: strings.Replace(head, "archive: off", "archive: false", 1) + "keep: []\n",
			want: []string{`m.yaml:9:10: archive: want required or off, not "false"`},
		},
		"references that are no places": {
			text: strings.Replace(head, "references: []", "references: [menus, {file: x}, {files: []}]", 1) + "keep: []\n",
			want: []string{
				`m.yaml:8:14: references: want menu, auto_reply, drafts, published or news, not "menus" (did you mean "menu"?)`,
				`m.yaml:8:21: "files" is missing; write {files: ["site/**/*.html"]}`,
				`m.yaml:8:22: unknown key "file" (did you mean "files"?)`,
				`m.yaml:8:40: files: the list is empty`,
			},
		},
		"patterns of files that have no end": {
			text: strings.Replace(head, "references: []", `references: [{files: ["a/[b", 'c\', "[a-z]/**"]}]`, 1) + "keep: []\n",
			want: []string{
				`m.yaml:8:23: files: "a/[b" is no pattern; a bracket or a backslash in it has no end`,
				`m.yaml:8:31: files: "c\\" is no pattern; a bracket or a backslash in it has no end`,
			},
		},
		"an endpoint of somebody else": {
			text: strings.Replace(head, "  auth:", "  endpoints: [\"https://api.weixin.qq.com.evil.example\", \"http://api.weixin.qq.com\"]\n  auth:", 1) + "keep: []\n",
			want: []string{
				`m.yaml:5:15: endpoints: want https:// and one of WeChat's hosts, api.weixin.qq.com, api2.weixin.qq.com, sh.api.weixin.qq.com, sz.api.weixin.qq.com or hk.api.weixin.qq.com, not "https://api.weixin.qq.com.evil.example"`,
				`m.yaml:5:57: endpoints: want https:// and one of WeChat's hosts, api.weixin.qq.com, api2.weixin.qq.com, sh.api.weixin.qq.com, sz.api.weixin.qq.com or hk.api.weixin.qq.com, not "http://api.weixin.qq.com"`,
			},
		},
		"a state that holds a secret or is nowhere": {
			text: head + "keep: []\nstate: s3://key:hush@bucket/x\n---\n" +
				"apiVersion: wxkeep/v1\naccount: {name: b, appid: wx0123456789abcdee}\ntypes: [image]\nkeep: []\nreferences: []\narchive: off\nstate: gs://bucket\n",
			want: []string{
				`m.yaml:11:8: state: a secret must never be in a manifest; leave out what stands before the @`,
				`m.yaml:19:8: state: want a directory or s3://BUCKET/PREFIX`,
			},
		},

		// Parts.
		"a named part is missing": {
			text: "-- m.yaml --\n" + head + "parts: [teams/a.yaml, teams]\nkeep: []\n-- teams/b.txt --\n",
			want: []string{
				`m.yaml:10:9: part "teams/a.yaml" cannot be read: no such file or directory`,
				`m.yaml:10:23: part "teams" is not a regular file; name each file`,
			},
		},
		"nobody names a part": {
			text: "-- m.yaml --\n" + head + "keep: []\n-- teams/a.yaml --\napiVersion: wxkeep/v1\naccount: {name: brand-main}\nkeep: [abc]\n",
			want: []string{`teams/a.yaml:1:1: no account document names this part; add "teams/a.yaml" to the parts of m.yaml`},
		},
		"a part without an account document": {
			text: "apiVersion: wxkeep/v1\naccount: {name: brand-main}\nkeep: [abc]\n",
			want: []string{`m.yaml:1:1: no account document names this part; give the account document of "brand-main" too`},
		},
		"a part of another account": {
			text: "-- m.yaml --\n" + head + "parts: [a.yaml]\nkeep: []\n-- a.yaml --\napiVersion: wxkeep/v1\naccount: {name: other}\nkeep: [abc]\n",
			want: []string{`a.yaml:2:17: account.name: this part says "other", but the account document that names it, at m.yaml:10:9, is of "brand-main"`},
		},
		"a part with settings": {
			text: "-- m.yaml --\n" + head + "parts: [a.yaml]\nkeep: []\n-- a.yaml --\napiVersion: wxkeep/v1\naccount: {name: brand-main}\nkeep: [abc]\ntypes: [image]\nguards: {}\n",
			want: []string{`a.yaml:4:1: a document without account.appid is a part, and a part cannot have types, guards; move that to the account document, or add the appid`},
		},
		"an empty part": {
			text: "-- m.yaml --\n" + head + "parts: [a.yaml]\nkeep: []\n-- a.yaml --\napiVersion: wxkeep/v1\naccount: {name: brand-main}\n",
			want: []string{`a.yaml:1:1: this part holds neither keep nor keep_rules nor retire; delete it or fill it`},
		},
		"a named file that holds no part": {
			text: "-- m.yaml --\n" + head + "parts: [a.yaml]\nkeep: []\n-- a.yaml --\n" +
				strings.NewReplacer("brand-main", "other", "abcdef", "abcdee").Replace(head) + "keep: []\n",
			want: []string{`m.yaml:10:9: part "a.yaml" holds no part of account "brand-main": no document with that account.name and without account.appid`},
		},
		"a part named twice and one that is not relative": {
			text: "-- m.yaml --\n" + head + "parts: [a.yaml, ./a.yaml, /a.yaml]\n-- a.yaml --\napiVersion: wxkeep/v1\naccount: {name: brand-main}\nkeep: [abc]\n",
			want: []string{
				`m.yaml:10:17: part "./a.yaml" is named twice`,
				`m.yaml:10:27: parts: want a path relative to this file, not "/a.yaml"`,
			},
		},
		"types in a part's rule, and a retired id kept elsewhere": {
			text: "-- m.yaml --\n" + head + "parts: [a.yaml]\nkeep: [abc]\n-- a.yaml --\napiVersion: wxkeep/v1\naccount: {name: brand-main}\nretire: [abc]\nkeep_rules: [{types: [news]}]\n",
			want: []string{
				`a.yaml:3:10: retire: media_id "abc" is kept at m.yaml:11:8; delete it from one of the two lists`,
				`a.yaml:4:23: types: "news" is not a type that this manifest governs; add it to the account's types or leave it out`,
			},
		},
		"parts are not called strays when the account document cannot be read": {
			text: "-- m.yaml --\n" + head + "keep: [\n-- a.yaml --\napiVersion: wxkeep/v1\naccount: {name: brand-main}\nkeep: [abc]\n",
			want: []string{`m.yaml:10:7: not valid YAML: this bracket is never closed`},
		},
		"nor when it is of another version": {
			text: "-- m.yaml --\n" + strings.Replace(head, "wxkeep/v1", "wxkeep/v2", 1) + "parts: [a.yaml]\nkeep: []\n-- a.yaml --\napiVersion: wxkeep/v1\naccount: {name: brand-main}\nkeep: [abc]\n",
			want: []string{`m.yaml:1:13: apiVersion "wxkeep/v2" is not supported; this wxkeep reads wxkeep/v1`},
		},

		// The text itself.
		"git conflict markers": {
			text: head + "<<<<<<< HEAD\nkeep: [a]\n||||||| base\nkeep: [b]\n=======\nkeep: [c]\n>>>>>>> theirs\n# x\n=======\n",
			want: []string{
				`m.yaml:10:1: git conflict marker: settle the conflict, then remove the markers`,
				`m.yaml:18:1: git conflict marker: settle the conflict, then remove the markers`,
			},
		},
		"a file that is not UTF-8": {
			text: head + "keep: [] # \xb2\xe2\n",
			want: []string{`m.yaml:10:12: not UTF-8: save the file in the encoding UTF-8`},
		},
		"UTF-16": {
			text: "\xff\xfea\x00:\x00",
			want: []string{`m.yaml:1:1: not UTF-8: save the file in the encoding UTF-8`},
		},
		"a byte order mark at the beginning is nothing":  {text: "\ufeff" + head + "keep: []\n"},
		"carriage returns before line feeds are nothing": {text: strings.ReplaceAll(head+"keep: [abc]\n", "\n", "\r\n")},
		"a character that ends a line for YAML alone": {
			text: head + "keep: [] # 素材\u2028keep_rules: []\n",
			want: []string{`m.yaml:10:14: character U+2028 does not show and misleads the reader: delete it`},
		},
		"a lone carriage return": {
			text: head + "keep: [] # x\rfreeze: true\n",
			want: []string{`m.yaml:10:13: character U+000D does not show and misleads the reader: delete it`},
		},
		"columns count characters": {
			text: head + "keep:\n  - {reason: 菜单横幅, media_id: \"素\"}\n",
			want: []string{`m.yaml:11:30: media_id: media_id "素" has '素' at character 1; only A-Z a-z 0-9 - _ can occur`},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, mistakes(t, write(t, test.text), test.opts)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
