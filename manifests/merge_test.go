package manifests

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wxkeep/state/material"
)

// merged writes the merge into the file, and returns its text and what was done.
func merged(t testing.TB, m Merge, path string) (string, *Merging) {
	t.Helper()
	result, err := m.Rewrite([]string{path}, "brand-main")
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, f := range result.Files {
		text += string(f.After)
	}
	if err := result.Write(); err != nil {
		t.Fatal(err)
	}
	return text, result
}

// TestMergesStandWhereTheyAreMeant shows whole texts before and after. The ids
// a and b are live, and c in the account is new.
func TestMergesStandWhereTheyAreMeant(t *testing.T) {
	t.Parallel()
	live := []material.Item{
		{ID: "a", Type: material.Image, Name: "a.png", UpdateTime: 1.7e9}, {ID: "b", Type: material.Voice, Name: "b"},
		{ID: "c", Type: material.Image, Name: "logo\u202e\n  - \"x\".png", UpdateTime: 1.7e9}, {ID: "v", Type: material.Video},
	}
	const added = "\"c\" # image  2023-11-15  logo� - \"x\".png"
	tests := map[string]struct{ before, want string }{
		"an item is added, an entry is marked": {
			"keep:\n  - \"a\"   # image\n  - \"gone\"\n  - \"b\"    # voice\n",
			"keep:\n  - \"a\"   # image\n  - \"gone\" # missing since 2026-11-23\n  - \"b\"    # voice\n  - \"c\"    # image  2023-11-15  logo� - \"x\".png\n"},
		"the mark comes first in the comment": {
			"keep:\n  - \"gone\"   # image  2025-01-01  missing since 2020-01-01\n  - gone2 #\n  - a\n  - b\n",
			"keep:\n  - \"gone\"   # missing since 2026-11-23; image  2025-01-01  missing since 2020-01-01\n  - gone2 # missing since 2026-11-23\n  - a\n  - b\n  - " + added + "\n"},
		"what is marked stays so": {
			"keep:\n  - \"gone\"   # missing since 2026-01-01\n  - gone2 #missing since 2025-12-31; x \n  - c\n  - {media_id: a, name: x}\n  - b\n",
			"keep:\n  - \"gone\"   # missing since 2026-01-01\n  - gone2 #missing since 2025-12-31; x \n  - c\n  - {media_id: a, name: x}\n  - b\n"},
		"what is live again loses it": {
			"keep:\n  - \"a\"   # missing since 2026-01-01  \n  - b #missing since 2025-12-31; voice  x \n  - c # missing # missing since 2026-01-01; x\n",
			"keep:\n  - \"a\"  \n  - b # voice  x \n  - c # missing # missing since 2026-01-01; x\n"},
		"entries of all forms": {
			"keep:\n  - media_id: gone\n    name: x # y\n  - name: x\n    media_id:   'gone2' # y\n  - {media_id: gone3,\n     name: z}\n  - >- # y\n    gone4\n  - a\n  - {media_id: b} # voice\n  - c\n",
			"keep:\n  - media_id: gone # missing since 2026-11-23\n    name: x # y\n  - name: x\n    media_id:   'gone2' # missing since 2026-11-23; y\n  - {media_id: gone3,\n     name: z} # missing since 2026-11-23\n  - >- # missing since 2026-11-23; y\n    gone4\n  - a\n  - {media_id: b} # voice\n  - c\n",
		},
		"in brackets, with a line for each": {
			"keep: [\n  a,\n  gone, # x\n  gone2 ,\n  b, c,\n  {media_id: gone3}\n]\n",
			"keep: [\n  a,\n  gone, # missing since 2026-11-23; x\n  gone2 , # missing since 2026-11-23\n  b, c,\n  {media_id: gone3} # missing since 2026-11-23\n]\n"},
		"in brackets without one": {"keep: [a, gone, b, c] # x\n", "keep: [a, gone, b, c] # x\n"},
		"a list is begun":         {"keep: []\nretire: [a, b]\n", "keep:\n  - " + added + "\nretire: [a, b]\n"},
		"with lines in CRLF": {
			"keep:\r\n- \"a\"\r\n- b\r\n- gone\r\n- c",
			"keep:\r\n- \"a\"\r\n- b\r\n- gone   # missing since 2026-11-23\r\n- c"},
	}
	const head = "apiVersion: wxkeep/v1\naccount: {name: brand-main, appid: wx0123456789abcdef}\ntypes: [image, voice]\n"
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			top := head
			if strings.Contains(test.before, "\r\n") {
				top = strings.ReplaceAll(head, "\n", "\r\n")
			}
			path := filepath.Join(write(t, top+test.before), "m.yaml")
			m := Merge{Items: live, Listed: listed, Whole: true}
			got, _ := merged(t, m, path)
			want := top + test.want
			if test.before == test.want {
				want = ""
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			m.Listed = listed.AddDate(0, 0, 5)
			if again, _ := merged(t, m, path); again != "" {
				t.Errorf("merged again:\n%s", again)
			}
		})
	}
}

func TestAMergeTellsWhatItDid(t *testing.T) {
	t.Parallel()
	dir := write(t, "-- m.yaml --\n"+head+"parts: [m.yaml, p.yaml]\nkeep: [\"gone\", \"a\"]\nretire: [r]\n---\napiVersion: wxkeep/v1\naccount: {name: brand-main}\nkeep:\n- b # missing since 2026-01-01\n"+
		"-- p.yaml --\napiVersion: wxkeep/v1\naccount: {name: brand-main}\nkeep:\n- gone\n- {media_id: past, until: 2026-01-01}\n")
	in := func(name string) string { return filepath.Join(dir, name) }
	item := func(id material.ID) material.Item { return material.Item{ID: id, Type: material.Image} }
	m := Merge{Items: []material.Item{item("r"), item("a"), item("b"), item("new"), item("past")}, Listed: listed, Whole: true}
	_, got := merged(t, m, in("m.yaml"))
	got.Files = nil
	added := item("new")
	want := &Merging{
		Rewriting: Rewriting{Placed: []Placed{{Edit{ID: "new", Item: &added}, Appended, []Position{{in("m.yaml"), 11, 21}}}}},
		Missing:   []Marked{{"gone", Position{in("p.yaml"), 4, 3}}},
		Live:      []Marked{{"b", Position{in("m.yaml"), 17, 3}}},
		Unmarked:  []Marked{{"gone", Position{in("m.yaml"), 11, 8}}},
		Retired:   []material.ID{"r"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("merging (-want +got):\n%s", diff)
	}
}

func TestNothingIsMarkedAfterAListingThatMayLackSomething(t *testing.T) {
	t.Parallel()
	path := filepath.Join(write(t, head+"keep:\n- gone\n- a # missing since 2026-01-01\n"), "m.yaml")
	got, result := merged(t, Merge{Items: []material.Item{{ID: "a", Type: material.Image}, {ID: "c", Type: material.Image}}, Listed: listed}, path)
	if diff := cmp.Diff(head+"keep:\n- gone\n- a\n- \"c\" # image  no date\n", got); diff != "" || result.Missing != nil {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

// TestAMergeAddsWhatIsNewAndNothingElse merges random items into manifests that
// are written in random ways.
func TestAMergeAddsWhatIsNewAndNothingElse(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		s := draw(t)
		path, _ := s.inDirectory(t, root)
		m := Merge{Listed: listed, Whole: true}
		for _, id := range rapid.SliceOfNDistinct(anyID, 0, 6, rapid.ID[string]).Draw(t, "new") {
			m.Items = append(m.Items, material.Item{ID: material.ID(id), Type: material.Image, Name: anyName.Draw(t, "name"), UpdateTime: 1.7e9})
		}
		for _, e := range s.Entries {
			if rapid.Bool().Draw(t, "live") && !slices.ContainsFunc(m.Items, func(it material.Item) bool { return it.ID == e.ID }) {
				m.Items = append(m.Items, material.Item{ID: e.ID, Type: material.Voice})
			}
		}
		want := byID(s.Entries)
		for _, it := range m.Items {
			if _, ok := want[it.ID]; !ok && !slices.Contains(s.Retire, string(it.ID)) {
				want[it.ID] = Entry{ID: it.ID}
			}
		}
		first, err := m.Rewrite([]string{path}, "a")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range first.Files {
			checkInserted(t, f)
		}
		if err := first.Write(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, byID(load([]string{path}, Options{}).policy().Accounts[0].Keep)); diff != "" {
			t.Fatalf("entries (-want +got):\n%s", diff)
		}
		m.Listed = listed.AddDate(0, 1, 0)
		again, err := m.Rewrite([]string{path}, "a")
		if err != nil || len(again.Files) > 0 || len(again.Missing) > 0 {
			t.Fatalf("merged twice: %v, %+v", err, again)
		}
		if len(first.Missing) == 0 || len(first.Placed) > 0 {
			return
		}
		checkUnmarked(t, m, path, s, first)
	})
}

// checkUnmarked holds that marks that are taken away leave what was there.
func checkUnmarked(t *rapid.T, m Merge, path string, s saying, first *Merging) {
	t.Helper()
	for _, e := range s.Entries {
		m.Items = append(m.Items, material.Item{ID: e.ID, Type: material.Voice})
	}
	all, err := m.Rewrite([]string{path}, "a")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all.Files {
		i := slices.IndexFunc(first.Files, func(b Rewritten) bool { return b.Path == f.Path })
		if diff := cmp.Diff(string(first.Files[i].Before), string(f.After)); diff != "" {
			t.Fatalf("marked and unmarked (-before +after):\n%s", diff)
		}
	}
	if diff := cmp.Diff(first.Missing, all.Live); diff != "" {
		t.Fatalf("marks (-put +taken):\n%s", diff)
	}
}

// FuzzMerge holds that whatever can be read can be merged: that a second merge
// finds nothing to do, and that marks can be taken away.
func FuzzMerge(f *testing.F) {
	for _, seed := range []string{
		"keep: [abc, {media_id: abd}]\n", "keep:\n- abc # x\n-  abd\n", "keep:\n  - |-\n    abc", "? keep\n: - b\n  - a\n", "keep: []  ",
		"keep: [\n\"b\" , # x\na # missing since 2026-01-01\n ]\n---\n", "keep:\n- media_id: b #missing since 2026-01-01; x\n  reason: |+\n    x\n\n       \n- a\n", "keep:\n -\n  'abc'\n#x",
		"keep: [\n media_id: \"\\x61\"\n]", "keep:\n- {media_id: a, name: \"x\n  y\"} #\n- name: a\n  media_id: >-\n   c",
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
		a := l.accounts()[0].account
		path := filepath.Join(write(t, string(text)), "m.yaml")
		merge := func(m Merge) *Merging {
			m.Listed = listed
			done, err := m.Rewrite([]string{path}, a.Name)
			if err != nil {
				t.Fatal(err)
			}
			if err := done.Write(); err != nil {
				t.Fatal(err)
			}
			return done
		}
		first, second := merge(Merge{Whole: true}), merge(Merge{Whole: true})
		if len(second.Files) > 0 || len(second.Missing) > 0 || len(first.Unmarked) != len(second.Unmarked) {
			t.Errorf("merged twice: %+v", second)
		}
		live := Merge{Whole: true}
		for _, e := range a.Keep {
			live.Items = append(live.Items, material.Item{ID: e.ID, Type: a.Types[0]})
		}
		if third := merge(live); len(third.Live) < len(first.Missing) || len(third.Placed) > 0 {
			t.Errorf("%d entries were marked, and %d are live again", len(first.Missing), len(third.Live))
		}
		if last := merge(live); len(last.Files) > 0 {
			t.Errorf("live again twice:\n%s", last.Files[0].After)
		}
	})
}
