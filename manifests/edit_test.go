package manifests

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"wxkeep/state/material"
)

// TestEditsStandWhereTheyAreMeant shows whole texts before and after: what is
// around the edits must not move.
func TestEditsStandWhereTheyAreMeant(t *testing.T) {
	t.Parallel()
	restored := []Edit{{ID: "NEW", Old: "gone", Comment: "restored from gone"}}
	two := append(slices.Clone(restored), Edit{ID: "NEW2", Comment: "image  logo\u202e\n.png"}, Edit{ID: "NEW3"})
	instead := []Edit{{ID: "NEW", Old: "old", Comment: "restored from old"}}
	tests := map[string]struct {
		edits        []Edit
		before, want string
	}{
		"in double quotes":              {instead, "keep: [\"old\", b]\n", "keep: [\"NEW\", b]\n"},
		"in single quotes":              {instead, "keep: ['old', b]\n", "keep: ['NEW', b]\n"},
		"without quotes":                {instead, "keep:\n- old # old\n-  b\n", "keep:\n- NEW # old\n-  b\n"},
		"with escapes":                  {instead, "keep: [\"\\x6f\\\n  ld\", b]\n", "keep: [\"NEW\", b]\n"},
		"as a text in lines":            {instead, "keep:\n  - >- # old\n      old\n  - b\n", "keep:\n  - >- # old\n      NEW\n  - b\n"},
		"behind characters of 3 bytes":  {instead, "keep: [{name: 素材, \"media_id\": old, reason: old}]\n", "keep: [{name: 素材, \"media_id\": NEW, reason: old}]\n"},
		"an entry with everything":      {instead, "keep:\n  - reason: old\n    media_id:   \"old\"   # old\n    until: 2027-03-31\n", "keep:\n  - reason: old\n    media_id:   \"NEW\"   # old\n    until: 2027-03-31\n"},
		"with lines that end in CRLF":   {instead, "keep:\r\n  - old\r\n  - b\r\n", "keep:\r\n  - NEW\r\n  - b\r\n"},
		"in canaries too":               {instead, "keep: [old]\ncanaries: [b, 'old']\n", "keep: [NEW]\ncanaries: [b, 'NEW']\n"},
		"in canaries alone":             {instead, "keep: [a]\ncanaries: [old]\n", "keep: [a, \"NEW\"] # restored from old\ncanaries: [NEW]\n"},
		"not in what is about the old":  {instead, "keep: [old]\nresolved_uses: [{place: menu/x, media_id: old, sha256: \"" + strings.Repeat("0", 64) + "\"}]\n", "keep: [NEW]\nresolved_uses: [{place: menu/x, media_id: old, sha256: \"" + strings.Repeat("0", 64) + "\"}]\n"},
		"not where it was retired":      {instead, "keep: [a]\nretire: [old]\n", "keep: [a, \"NEW\"] # restored from old\nretire: [old]\n"},
		"not where the new one is":      {instead, "keep: [old, NEW]\n", "keep: [old, NEW]\n"},
		"quotes where it needs them":    {[]Edit{{ID: "-", Old: "a"}, {ID: "Null", Old: "b"}}, "keep: [a, b]\n", "keep: [\"-\", \"Null\"]\n"},
		"two that change places":        {[]Edit{{ID: "b", Old: "a"}, {ID: "c", Old: "b"}}, "keep: [a, x, {media_id: z}]\nkeep_rules: []\ncanaries: [b]\n", "keep: [b, x, {media_id: z}, \"c\"]\nkeep_rules: []\ncanaries: [c]\n"},
		"several in one line":           {[]Edit{{ID: "longer", Old: "a"}, {ID: "d", Old: "cccc"}}, "keep: [a, b, cccc]\n", "keep: [longer, b, d]\n"},
		"appended to lines":             {two, "keep:\n  - \"a\" # first\n\n  # the end\nfreeze: true\n", "keep:\n  - \"a\" # first\n  - \"NEW\" # restored from gone\n  - \"NEW2\" # image logo� .png\n  - \"NEW3\"\n\n  # the end\nfreeze: true\n"},
		"appended at the same width":    {restored, "keep:\n-   \"abcdefgh\"    # first\n", "keep:\n-   \"abcdefgh\"    # first\n-   \"NEW\"         # restored from gone\n"},
		"appended without an end":       {two, "keep:\n  - a", "keep:\n  - a\n  - \"NEW\" # restored from gone\n  - \"NEW2\" # image logo� .png\n  - \"NEW3\""},
		"appended with CRLF":            {restored, "keep:\r\n  - a\r\n", "keep:\r\n  - a\r\n  - \"NEW\" # restored from gone\r\n"},
		"appended to CRLF without end":  {restored, "keep:\r\n  - a", "keep:\r\n  - a\r\n  - \"NEW\" # restored from gone"},
		"appended behind a long entry":  {restored, "keep:\n  - media_id: a\n    reason: \"x\n      - y: ''\\\"\" # z\nfreeze: true\n", "keep:\n  - media_id: a\n    reason: \"x\n      - y: ''\\\"\" # z\n  - \"NEW\" # restored from gone\nfreeze: true\n"},
		"appended behind single quotes": {restored, "keep:\n  - {reason: 'it''s\n     \\', media_id: a,\n    # }\n    }\n", "keep:\n  - {reason: 'it''s\n     \\', media_id: a,\n    # }\n    }\n  - \"NEW\" # restored from gone\n"},
		"appended behind a text":        {restored, "keep:\n  - media_id: a\n    reason: >\n      b\n\n      c\n\n# d\nfreeze: true\n", "keep:\n  - media_id: a\n    reason: >\n      b\n\n      c\n  - \"NEW\" # restored from gone\n\n# d\nfreeze: true\n"},
		"appended before a comment":     {restored, "keep:\n  - media_id: a\n    reason: >\n      b\n    # d\nfreeze: true\n", "keep:\n  - media_id: a\n    reason: >\n      b\n  - \"NEW\" # restored from gone\n    # d\nfreeze: true\n"},
		"appended behind its blanks":    {restored, "keep:\n  - media_id: a\n    name: |+\n      b\n\nfreeze: true\n", "keep:\n  - media_id: a\n    name: |+\n      b\n\n  - \"NEW\" # restored from gone\nfreeze: true\n"},
		"appended behind an id in |":    {restored, "keep:\n- |-\n  a\n", "keep:\n- |-\n  a\n- \"NEW\" # restored from gone\n"},
		"appended before a document":    {restored, "keep:\n  - a\n---\n# end\n", "keep:\n  - a\n  - \"NEW\" # restored from gone\n---\n# end\n"},
		"appended to a dash by itself":  {restored, "keep:\n  -\n    a\n", "keep:\n  -\n    a\n  - \"NEW\" # restored from gone\n"},
		"appended to an explicit key":   {restored, "? keep\n: - a\n", "? keep\n: - a\n  - \"NEW\" # restored from gone\n"},
		"appended in brackets":          {two, "keep: [a, {media_id: b}]\n", "keep: [a, {media_id: b}, \"NEW\", \"NEW2\", \"NEW3\"] # restored from gone, image logo� .png\n"},
		"appended with their comma":     {restored, "keep: [a, ] # first\n", "keep: [a, \"NEW\", ] # first; restored from gone\n"},
		"appended to a bare pair":       {restored, "keep: [media_id: a]\n", "keep: [media_id: a, \"NEW\"] # restored from gone\n"},
		"appended in lines in brackets": {two, "keep: [\n  \"a\", # x\n  \"b\"  # ]\n]\n", "keep: [\n  \"a\", # x\n  \"b\",  # ]\n  \"NEW\", # restored from gone\n  \"NEW2\", # image logo� .png\n  \"NEW3\"\n]\n"},
		"appended to lines with commas": {restored, "keep: [\n  a,\n  b ,\n  # none\n  ]\n", "keep: [\n  a,\n  b ,\n  \"NEW\", # restored from gone\n  # none\n  ]\n"},
		"appended to uneven lines":      {restored, "keep: [a,\n  b, c]\n", "keep: [a,\n  b, c, \"NEW\"] # restored from gone\n"},
		"appended to nothing":           {two, "keep: []\nfreeze: true\n", "keep:\n  - \"NEW\" # restored from gone\n  - \"NEW2\" # image logo� .png\n  - \"NEW3\"\nfreeze: true\n"},
		"appended to nothing at the end": {restored, "keep_rules:\n- name: x\nkeep:   [ ]   # none yet",
			"keep_rules:\n- name: x\nkeep:   # none yet\n- \"NEW\" # restored from gone"},
		"appended to nothing in a line":       {restored, "keep:\n   []\nfreeze: true\n", "keep:\n   - \"NEW\" # restored from gone\nfreeze: true\n"},
		"appended to nothing with a comment":  {restored, "keep: [ # none\n]\n", "keep: [ # none\n\"NEW\"] # restored from gone\n"},
		"appended to nothing with CRLF":       {restored, "keep: []\r\n", "keep:\r\n  - \"NEW\" # restored from gone\r\n"},
		"a list is made":                      {restored, "\n# rules\nkeep_rules: [{name: x}]\n", "keep:\n  - \"NEW\" # restored from gone\n\n# rules\nkeep_rules: [{name: x}]\n"},
		"a list is made as the others are":    {restored, "keep_rules:\n    - name: x\n", "keep:\n    - \"NEW\" # restored from gone\nkeep_rules:\n    - name: x\n"},
		"nothing, for it is listed":           {[]Edit{{ID: "a", Old: "gone"}}, "keep: [a]\n", "keep: [a]\n"},
		"a comment that is longer than short": {[]Edit{{ID: "NEW", Comment: strings.Repeat("素", 70)}}, "keep:\n- a\n", "keep:\n- a\n- \"NEW\" # " + strings.Repeat("素", 60) + "…\n"},
	}
	const head = "apiVersion: wxkeep/v1\naccount: {name: brand-main, appid: wx0123456789abcdef}\ntypes: [image, voice]\n"
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			top := head
			if strings.Contains(test.before, "\r\n") {
				top = strings.ReplaceAll(head, "\n", "\r\n")
			}
			path := filepath.Join(write(t, "\ufeff"+top+test.before), "m.yaml")
			r, err := Rewrite([]string{path}, "brand-main", test.edits)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Write(); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff("\ufeff"+top+test.want, string(got)); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnAccountInBracketsIsEditedInBrackets(t *testing.T) {
	t.Parallel()
	tests := map[string][2]string{
		"a list":         {`keep: [a], types: [image]}`, `keep: [a, "NEW"], types: [image]}`},
		"an empty list":  {`keep: [], types: [image]}`, `keep: ["NEW"], types: [image]}`},
		"no list at all": {`types: [image], keep_rules: [{name: x}]}`, `types: [image], keep: ["NEW"], keep_rules: [{name: x}]}`},
	}
	const head = "{apiVersion: wxkeep/v1, account: {name: a, appid: wx0123456789abcdef}, "
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(write(t, head+test[0]), "m.yaml")
			r, err := Rewrite([]string{path}, "a", []Edit{{ID: "NEW", Comment: "restored"}})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(head+test[1], string(r.Files[0].After)); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}

// twoAccounts have parts in one file, and list one id in several documents.
const twoAccounts = "-- m.yaml --\n" + head + "parts: [p.yaml, q.yaml]\nkeep: [a, x]\n---\n" +
	"apiVersion: wxkeep/v1\naccount: {name: other, appid: wx0123456789abcdee}\ntypes: [image]\nparts: [p.yaml]\n" +
	"-- p.yaml --\napiVersion: wxkeep/v1\naccount: {name: other}\nkeep: [a, b]\n---\napiVersion: wxkeep/v1\naccount: {name: brand-main}\nkeep: ['a', b]\n" +
	"-- q.yaml --\napiVersion: wxkeep/v1\naccount: {name: brand-main}\nkeep: [c]\n"

func TestPartsAreEditedAndOtherAccountsAreNot(t *testing.T) {
	t.Parallel()
	dir := write(t, twoAccounts)
	in := func(name string) string { return filepath.Join(dir, name) }
	edits := []Edit{{ID: "NEW", Old: "a"}, {ID: "c", Old: "gone"}, {ID: "d", Comment: "restored from e"}}
	r, err := Rewrite([]string{in("m.yaml")}, "brand-main", edits)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range r.Files {
		got[f.Path] = string(f.After)
	}
	text := fileName.Split(twoAccounts, -1)
	want := map[string]string{
		in("m.yaml"): strings.Replace(text[1], "[a, x]", "[NEW, x, \"d\"] # restored from e", 1),
		in("p.yaml"): strings.Replace(text[2], "'a'", "'NEW'", 1),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	placed := []Placed{
		{edits[0], Replaced, []Position{{in("m.yaml"), 11, 8}, {in("p.yaml"), 7, 8}}},
		{edits[1], Listed, []Position{{in("q.yaml"), 3, 8}}},
		{edits[2], Appended, []Position{{in("m.yaml"), 11, 16}}},
	}
	if diff := cmp.Diff(placed, r.Placed); diff != "" {
		t.Errorf("placed (-want +got):\n%s", diff)
	}
}

func TestEditsThatCannotBeMadeAreRefused(t *testing.T) {
	t.Parallel()
	dir := write(t, "-- m.yaml --\n"+head+"keep: [a]\nretire: [r]\n-- bad/m.yaml --\n"+head+"keep: [a, a]\n")
	tests := map[string]struct {
		path, account string
		edits         []Edit
		want          string
	}{
		"an id that is none":        {"m.yaml", "brand-main", []Edit{{ID: "a b"}}, `media_id "a b" has ' ' at character 2; only A-Z a-z 0-9 - _ can occur`},
		"two of one id":             {"m.yaml", "brand-main", []Edit{{ID: "b"}, {ID: "b"}}, `media_id "b": two edits are about it or about the id that it replaces`},
		"two for one place":         {"m.yaml", "brand-main", []Edit{{ID: "b", Old: "a"}, {ID: "c", Old: "a"}}, `media_id "c": two edits are about it or about the id that it replaces`},
		"another account":           {"m.yaml", "brand", []Edit{{ID: "b"}}, `account "brand": the manifests given have no such account`},
		"a manifest with a mistake": {"bad", "brand-main", []Edit{{ID: "b"}}, `bad/m.yaml:10:11: media_id "a" is listed twice; first at bad/m.yaml:10:8`},
		"an id that somebody retired": {"m.yaml", "brand-main", []Edit{{ID: "r"}}, `account "brand-main": its manifests cannot be edited in place: ` +
			`m.yaml:11:10: retire: media_id "r" is kept at m.yaml:10:11; delete it from one of the two lists; add the new ids to keep by hand: r`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Rewrite([]string{filepath.Join(dir, test.path)}, test.account, test.edits)
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(test.want, strings.ReplaceAll(err.Error(), dir+"/", "")); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// TestATextThatMeansSomethingElseIsRefused holds what protects from a splice
// at the wrong place.
func TestATextThatMeansSomethingElseIsRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ after, want string }{
		"as it was":          {head + "keep: [a, b]\n", ""},
		"an entry less":      {head + "keep: [a] # , b]\n", `the result would mean something else for account "brand-main"`},
		"a setting changed":  {head + "keep: [a, b]\nfreeze: true\n", `the result would mean something else for account "brand-main"`},
		"a document more":    {head + "keep: [a, b]\n---\n" + strings.NewReplacer("brand-main", "x", "abcdef", "abcdee").Replace(head) + "keep: []\n", "the result would have 2 accounts in place of 1"},
		"no longer readable": {head + "keep: [a, b\n", "m.yaml:10:7: not valid YAML: this bracket is never closed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := write(t, head+"keep: [a, b]\n")
			path := filepath.Join(dir, "m.yaml")
			before := load([]string{path}, Options{})
			r := newRewriter(before.accounts()[0].account, nil)
			_, err := r.check(before, []string{path}, []Rewritten{{Path: path, After: []byte(test.after)}})
			got := ""
			if err != nil {
				got = strings.ReplaceAll(err.Error(), dir+"/", "")
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAnEditChangesThatIDAlone writes a random manifest with a mark in place
// of an id: with one id and with another, everything around is the same.
func TestAnEditChangesThatIDAlone(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		s := draw(t)
		const mark = "OldOldOldOldOldOldOldOldOldOldOldOldOldOldOldOldOld"
		id := rapid.StringMatching(`[A-Za-mo-z0-9_][A-Za-z0-9_-]{50,60}`).Draw(t, "new")
		s.Entries = slices.Insert(s.Entries, rapid.IntRange(0, len(s.Entries)).Draw(t, "place"), Entry{ID: mark, Name: anyText.Draw(t, "name")})
		path, texts := s.inDirectory(t, root)
		added := Edit{ID: "Added" + material.ID(id), Comment: "restored from " + mark}
		r, err := Rewrite([]string{path}, "a", []Edit{{ID: material.ID(id), Old: mark}})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Files {
			if diff := cmp.Diff(strings.ReplaceAll(texts[f.Path], mark, id), string(f.After)); diff != "" {
				t.Fatalf("text (-want +got):\n%s", diff)
			}
		}
		if len(r.Files) != 1 {
			t.Fatalf("%d files changed, want one", len(r.Files))
		}
		if r, err = Rewrite([]string{path}, "a", []Edit{added}); err != nil {
			t.Fatal(err)
		}
		if err := r.Write(); err != nil {
			t.Fatal(err)
		}
		after := load([]string{path}, Options{})
		if err := after.problems.err(); err != nil {
			t.Fatalf("%v\n%s", err, r.Files[0].After)
		}
		want := byID(append(slices.Clone(s.Entries), Entry{ID: added.ID}))
		if diff := cmp.Diff(want, byID(after.policy().Accounts[0].Keep)); diff != "" {
			t.Fatalf("entries (-want +got):\n%s", diff)
		}
		checkInserted(t, r.Files[0])
	})
}

// checkInserted holds that every byte there was is still there, in its order,
// but for the brackets of an empty list.
func checkInserted(t *rapid.T, f Rewritten) {
	t.Helper()
	before := strings.Replace(string(f.Before), "keep: []", "keep:", 1)
	i := 0
	for _, c := range f.After {
		if i < len(before) && before[i] == c {
			i++
		}
	}
	if i < len(before) {
		t.Fatalf("something there was is gone:\n%s\nbecame:\n%s", f.Before, f.After)
	}
}

// inDirectory writes s into a new directory and returns the path of the
// account document and the texts of all files.
func (s saying) inDirectory(t *rapid.T, root string) (string, map[string]string) {
	t.Helper()
	dir, err := os.MkdirTemp(root, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path, texts := s.write(t, dir), map[string]string{}
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		texts[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return path, texts
}

// FuzzRewrite holds that whatever can be loaded can be edited, but for one
// oddity.
func FuzzRewrite(f *testing.F) {
	for _, seed := range []string{
		"keep: [abc, {media_id: abd}]\n", "keep:\n- abc\n- - abd\n", "keep:\n  - |-\n    abc", "? keep\n: - abc\n", "keep: []", "keep_rules: [name: x]\n",
		"keep: [\n\"abc\" , # x\n]\n---\n", "keep:\n- media_id: abc\n  reason: |+\n    x\n\n", "keep:\n -\n  'abc'\n#x", "keep: [media_id: \"\\x61\"]",
	} {
		f.Add([]byte(head + seed))
		f.Add([]byte(strings.ReplaceAll(head+seed, "\n", "\r\n")))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		l := decodeText(text)
		l.link()
		if len(l.problems) > 0 || len(l.accounts()) == 0 || len(l.accounts()[0].account.Parts) > 0 {
			return
		}
		path := filepath.Join(write(t, string(text)), "m.yaml")
		a := l.accounts()[0].account
		if !bytes.HasSuffix(text, []byte("\n")) && bytes.ContainsAny(text, "|>") {
			return // the end of the file is the end of a text: whatever follows gives it a line feed
		}
		const id = "WYSIWYGWYSIWYGWYSIWYGWYSIWYGWYSIWYGWYSIWYGW"
		if _, err := Rewrite([]string{path}, a.Name, []Edit{{ID: id, Comment: string(text)}}); err != nil {
			t.Errorf("append: %v", err)
		}
		if len(a.Keep) == 0 {
			return
		}
		r, err := Rewrite([]string{path}, a.Name, []Edit{{ID: id, Old: a.Keep[0].ID}})
		if err != nil {
			t.Fatalf("replace: %v", err)
		}
		if diff := cmp.Diff([]Position{a.Keep[0].Position}, r.Placed[0].At, cmpopts.IgnoreFields(Position{}, "File")); diff != "" {
			t.Errorf("position (-want +got):\n%s", diff)
		}
	})
}
