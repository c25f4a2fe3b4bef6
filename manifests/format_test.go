package manifests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wxkeep/state/material"
)

// TestFormatShowsWholeTexts has texts before and after: what is not mended must
// not move.
func TestFormatShowsWholeTexts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		sort         bool
		before, want string
	}{
		"ids are put in quotes": {false,
			"keep:\n- abc\n- 'abd'\n- media_id: abe\n  name: x\n- {name: y, media_id: abf}\nretire: [b, 12345]\ncanaries: [\"abc\", abd]\n",
			"keep:\n- \"abc\"\n- \"abd\"\n- media_id: \"abe\"\n  name: x\n- {name: y, media_id: \"abf\"}\nretire: [\"b\", \"12345\"]\ncanaries: [\"abc\", \"abd\"]\n"},
		"so are those with escapes and those in lines": {false,
			"keep:\n  - \"\\x6f\\\n    ld\" # one\n  - >- # two\n      abc\n  - |-\n    abd\n",
			"keep:\n  - \"old\" # one\n  - \"abc\" # two\n  - \"abd\"\n"},
		"and those of resolved uses": {false,
			"keep: []\nresolved_uses: [{place: menu/x, media_id: abc, sha256: \"" + hex64 + "\"}]\n",
			"keep: []\nresolved_uses: [{place: menu/x, media_id: \"abc\", sha256: \"" + hex64 + "\"}]\n"},
		"comments stand in one column": {false,
			"keep:\n  - abc # one\n  # above\n\n  - \"abcdef\"     # two\n  - abd\t# three\n  - media_id: a   # four\n    reason: b   # five\n  - {media_id: b}   # six # seven\n  - longerthanthat\n",
			"keep:\n  - \"abc\"            # one\n  # above\n\n  - \"abcdef\"         # two\n  - \"abd\"            # three\n  - media_id: \"a\"    # four\n    reason: b   # five\n  - {media_id: \"b\"}  # six # seven\n  - \"longerthanthat\"\n"},
		"a dash has one blank behind it": {false,
			"keep:\n-   abc # one\n-  media_id: abd\n   name: x\n-\n  abe # two\n",
			"keep:\n- \"abc\" # one\n-  media_id: \"abd\"\n   name: x\n-\n  \"abe\" # two\n"},
		"blanks at the end of lines go, but for those of texts": {false,
			"keep:  \n  - media_id: \"a\" \t\n    name: |+ \n      b  \n\n         \n    reason: \"c  \n\n      d\" \n# e  \nfreeze: true ",
			"keep:\n  - media_id: \"a\"\n    name: |+ \n      b  \n\n         \n    reason: \"c  \n\n      d\"\n# e\nfreeze: true\n"},
		"the last line of a text gets no end": {false, "keep:\n  - media_id: a\n    name: |\n      b", "keep:\n  - media_id: \"a\"\n    name: |\n      b"},
		"lines that end in CRLF still do":     {false, "keep: \r\n  - abc # x \r\n  - abcd # y", "keep:\r\n  - \"abc\"  # x\r\n  - \"abcd\" # y\r\n"},
		"a list in brackets stays one":        {false, "keep: [ c,a ,  {media_id: b} ] # x\n", "keep: [ \"c\",\"a\" ,  {media_id: \"b\"} ] # x\n"},
		"entries are sorted by name, then id": {true,
			"keep:\n  - c\n  - a # one\n  - media_id: z\n    name: logo\n    # why\n    reason: |\n      x\n\n      y\n  - {media_id: d, name: 素材}\n  - {media_id: b, name: logo}\nfreeze: true\n",
			"keep:\n  - {media_id: \"b\", name: logo}\n  - media_id: \"z\"\n    name: logo\n    # why\n    reason: |\n      x\n\n      y\n  - {media_id: \"d\", name: 素材}\n  - \"a\" # one\n  - \"c\"\nfreeze: true\n"},
		"each group for itself, with the comments above": {true,
			"keep:\n  # of b\n  - b\n  # of a\n  # and more\n  - a\n\n  # a heading\n\n  - d\n  - c\n  # the end\n",
			"keep:\n  # of a\n  # and more\n  - \"a\"\n  # of b\n  - \"b\"\n\n  # a heading\n\n  - \"c\"\n  - \"d\"\n  # the end\n"},
		"the last entry gets an end, and can move":        {true, "keep:\n  - b\n  - a", "keep:\n  - \"a\"\n  - \"b\"\n"},
		"one that cannot get an end does not":             {true, "keep:\n  - b\n  - media_id: a\n    name: |-\n      x", "keep:\n  - \"b\"\n  - media_id: \"a\"\n    name: |-\n      x"},
		"blank lines that are of a text move with it":     {true, "keep:\n- media_id: b\n  name: |+\n    x\n\n- a\n", "keep:\n- media_id: \"b\"\n  name: |+\n    x\n\n- \"a\"\n"},
		"a list in brackets is sorted, too":               {true, "keep: [c, {media_id: b, name: x}, a]\n", "keep: [{media_id: \"b\", name: x}, \"a\", \"c\"]\n"},
		"unless it has comments":                          {true, "keep: [c, # x\n  a]\n", "keep: [\"c\", # x\n  \"a\"]\n"},
		"or a dash stands by itself":                      {true, "keep:\n  -\n    b\n  - a\n", "keep:\n  -\n    \"b\"\n  - \"a\"\n"},
		"other lists are in the order that somebody gave": {true, "keep: []\nretire: [b, a]\ncanaries:\n- d\n- c\n", "keep: []\nretire: [\"b\", \"a\"]\ncanaries:\n- \"d\"\n- \"c\"\n"},
	}
	const head = "apiVersion: wxkeep/v1\naccount: {name: brand-main, appid: wx0123456789abcdef}\ntypes: [image, voice]\n"
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			top := head
			if strings.Contains(test.before, "\r\n") {
				top = strings.ReplaceAll(head, "\n", "\r\n")
			}
			got, err := FormatText("m.yaml", []byte("\ufeff"+top+test.before), test.sort)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff("\ufeff"+top+test.want, string(got)); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			again, err := FormatText("m.yaml", got, test.sort)
			if diff := cmp.Diff(string(got), string(again)); err != nil || diff != "" {
				t.Errorf("formatted again: %v (-once +twice):\n%s", err, diff)
			}
		})
	}
}

func TestEachFileIsFormattedForItself(t *testing.T) {
	t.Parallel()
	dir := write(t, "-- a.yaml --\n"+head+"keep: [abc]\n-- b/c.yml --\napiVersion: wxkeep/v1\naccount: {name: nobody}\nkeep: [abd]\n"+
		"---\napiVersion: wxkeep/v1\naccount: {name: nobody}\nkeep: [\"abd\"]\n-- b/good.yaml --\n"+head+"keep: [\"abc\"]\n-- b/wrong.yaml --\nkeep: [abc]\n-- .hidden.yaml --\nkeep: [\n-- other.txt --\nx\n")
	var got []string
	l := lines(t, dir, func() error {
		changed, err := Format([]string{dir}, false)
		for _, f := range changed {
			path, _ := filepath.Rel(dir, f.Path)
			got = append(got, path)
		}
		return err
	})
	if diff := cmp.Diff([]string{"a.yaml", filepath.Join("b", "c.yml")}, got); diff != "" {
		t.Errorf("files that change (-want +got):\n%s", diff)
	}
	want := []string{
		`b/wrong.yaml:1:1: "account" is missing; write account: {name: …, appid: …}`,
		`b/wrong.yaml:1:1: "apiVersion" is missing; write apiVersion: wxkeep/v1`,
	}
	if diff := cmp.Diff(want, l); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
}

func TestWhatImportWritesIsInItsForm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(anyID, 0, 8, rapid.ID[string]).Draw(t, "ids")
		m := Import{Account: &Account{Name: "a", AppID: "wx0123456789abcdef", Types: material.Types()}, Listed: listed}
		for _, id := range ids {
			m.Items = append(m.Items, material.Item{ID: material.ID(id), Type: material.Image, Name: anyName.Draw(t, "name"), UpdateTime: 1.7e9})
			if rapid.Bool().Draw(t, "known") {
				m.Account.Keep = append(m.Account.Keep, Entry{ID: material.ID(id), Reason: anyText.Draw(t, "reason")})
			}
		}
		var text strings.Builder
		if err := m.Write(&text); err != nil {
			t.Fatal(err)
		}
		got, err := FormatText("m.yaml", []byte(text.String()), false)
		if diff := cmp.Diff(text.String(), string(got)); err != nil || diff != "" {
			t.Fatalf("%v (-import +fmt):\n%s", err, diff)
		}
	})
}

// TestAFormattedManifestMeansTheSame writes manifests in random ways.
func TestAFormattedManifestMeansTheSame(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		path, texts := draw(t).inDirectory(t, root)
		sort := rapid.Bool().Draw(t, "sort")
		before := load([]string{path}, Options{})
		changed, err := Format([]string{filepath.Dir(path)}, sort)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range changed {
			if err := f.Write(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(comments(texts[f.Path]), comments(string(f.After))); diff != "" && !sort {
				t.Fatalf("comments (-before +after):\n%s", diff)
			}
			if strings.Count(texts[f.Path], "\r\n") != strings.Count(string(f.After), "\r\n") {
				t.Fatalf("lines end in another way:\n%q", f.After)
			}
		}
		after := load([]string{path}, Options{})
		if err := after.problems.err(); err != nil || before.policy().Accounts[0].Digest() != after.policy().Accounts[0].Digest() {
			t.Fatalf("it means something else: %v", err)
		}
		if again, err := Format([]string{filepath.Dir(path)}, sort); err != nil || len(again) > 0 {
			t.Fatalf("formatted twice: %v, %q", err, again)
		}
	})
}

// comments are the lines of a text that are comments or blank.
func comments(text string) []string {
	var all []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	return all
}

// FuzzFormat holds that whatever can be read can be formatted, means the same,
// and is then in its form.
func FuzzFormat(f *testing.F) {
	for _, seed := range []string{
		"keep: [abc, {media_id: abd}]\n", "keep:\n- abc # x\n-  abd\n", "keep:\n  - |-\n    abc", "? keep\n: - b\n  - a\n", "keep: []  ",
		"keep: [\n\"b\" , # x\na ]\n---\n", "keep:\n- media_id: b\n  reason: |+\n    x\n\n       \n- a\n", "keep:\n -\n  'abc'\n#x", "keep: [media_id: \"\\x61\"]",
		"keep:\n# 1\n- b\n\n# 2\n- {media_id: a, name: \"x\n  y\"}\n- {name: a, media_id: c}",
	} {
		f.Add([]byte(head+seed), true)
		f.Add([]byte(strings.ReplaceAll(head+seed, "\n", "\r\n")), false)
	}
	f.Fuzz(func(t *testing.T, text []byte, sort bool) {
		l := decodeText(text)
		if len(l.problems) > 0 {
			return
		}
		got, err := FormatText("m.yaml", text, sort)
		if err != nil {
			t.Fatal(err)
		}
		again, err := FormatText("m.yaml", got, sort)
		if diff := cmp.Diff(string(got), string(again)); err != nil || diff != "" {
			t.Errorf("formatted again: %v (-once +twice):\n%s", err, diff)
		}
	})
}

func TestAFileThatIsFormattedKeepsItsMode(t *testing.T) {
	t.Parallel()
	path := filepath.Join(write(t, head+"keep: [abc]\n"), "m.yaml")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	changed, err := Format([]string{path}, false)
	if err != nil || len(changed) != 1 {
		t.Fatalf("%d files, %v", len(changed), err)
	}
	if err := changed[0].Write(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// TestAFormThatMeansSomethingElseIsNoForm holds what protects from a splice at
// the wrong place.
func TestAFormThatMeansSomethingElseIsNoForm(t *testing.T) {
	t.Parallel()
	const part = "---\napiVersion: wxkeep/v1\naccount: {name: a}\nkeep: [c]\n"
	f := &file{path: "m.yaml"}
	l := newLoader(Options{})
	l.decode(f, []byte(head+"parts: [p.yaml]\nkeep: [a, b]\n"+part))
	if len(l.problems) > 0 {
		t.Fatal(l.problems)
	}
	tests := map[string]struct {
		text string
		want bool
	}{
		"the same":             {head + "parts: ['p.yaml']\nkeep: [\"b\", a]\n" + part, true},
		"an entry less":        {head + "parts: [p.yaml]\nkeep: [a] # , b]\n" + part, false},
		"another part":         {head + "parts: [q.yaml]\nkeep: [a, b]\n" + part, false},
		"a document less":      {head + "parts: [p.yaml]\nkeep: [a, b]\n", false},
		"another in its place": {head + "parts: [p.yaml]\nkeep: [a, b]\n" + strings.Replace(part, "c", "d", 1), false},
		"no manifest":          {head + "parts: [p.yaml]\nkeep: [a, b\n" + part, false},
	}
	for name, test := range tests {
		if got := f.means([]byte(test.text)); got != test.want {
			t.Errorf("%s means the same: %v, want %v", name, got, test.want)
		}
	}
}
