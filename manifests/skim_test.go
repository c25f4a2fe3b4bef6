package manifests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A reading is all that comes of a text.
type reading struct {
	Problems Problems
	Whole    bool
	Accounts []*Account
	Parts    []bool
	Unclear  []bool
	Listing  []bool
	Noted    []written
}

// read decodes a text of which runs of at least so many entries are skimmed.
func read(text []byte, least int) reading {
	l := newLoader(Options{NeedAuth: true})
	l.longRun = least
	f := &file{path: "m.yaml", real: "/m.yaml", given: true}
	l.decode(f, text)
	_ = l.problems.err() // sorts
	r := reading{Problems: l.problems, Whole: f.whole}
	for _, d := range f.documents {
		r.Accounts = append(r.Accounts, d.account)
		r.Parts, r.Unclear, r.Listing = append(r.Parts, d.part), append(r.Unclear, d.unclear), append(r.Listing, d.listing)
		r.Noted = append(r.Noted, d.noted)
	}
	return r
}

const never = 1 << 30 // entries in a row

// skims reports whether a text is read without giving all of it to the parser.
func skims(text string) bool {
	w := &walker{file: "m.yaml", source: &source{text: []byte(text)}, problems: &Problems{}}
	_, yes := w.skim(shortestRun)
	return yes
}

// surroundings are texts in which some lines of a list stand (%s) that may not be
// entries at all.
var surroundings = []string{
	"keep:\n%s",
	"keep:\n%sretire: [\"Z\"]\n",
	"keep: # all\n\n  # first\n%s# end",
	"keep:\n  - \"before\"\n%s  - [nested]\n",
	"keep:\n%s  - media_id: \"behind\"\n    reason: \"a \\\" quote\"\n%[1]s",
	"keep:\n%s---\napiVersion: wxkeep/v1\naccount: {name: brand-main}\nkeep:\n%[1]s",
	"keep:\n%s...\n",
	"retire:\n%s",
	"canaries:\n%skeep: []\n",
	"keep:\n%skeep:\n%[1]s",
	"keep: |\n%s",
	"keep: |+\n  text\n%s",
	"keep: >-\n%skeep: []\n",
	"keep: \"\n%s\"\n",
	"keep: '\n%s'\n",
	"keep: [\n%s]\n",
	"keep: {a: b,\n%s}\n",
	"keep: &a\n%s",
	"keep: !!seq\n%s",
	"keep:\n  - plain\n    goes on\n%s",
	"keep:\n  - plain\n%s    goes on\n",
	"keep:\n  - |\n    text\n%s",
	"keep:\n  - |+\n    text\n\n%s",
	"keep:\n  - \"open\n%s",
	"keep:\n  - 'open\n%s  - 'shut'\n",
	"keep:\n  - - \"deep\"\n%s",
	"keep:\n  - media_id: \"X\"\n%s",
	"keep:\n  ? a\n%s",
	"keep:\n  media_id:\n%s",
	"guards:\n  keep:\n%s",
	"state: \"\nkeep:\n%s\"\n",
	"state: |\n keep:\n%skeep: []\n",
	"\"keep\":\n%s",
	"keep:\t\n%s",
	"keep: null\n%s",
	"keep: a\n%s",
	"keep :\n%s",
	"keep:\n%s\t\n  - \"tab\"\n%[1]s",
	"keep:\n%s  \"no dash\"\n",
	"keep:\n%s   - \"odd\"\n%[1]s",
	"keep:\n%sunknown: 1\n  - \"X\"\n",
	"keep:\n%s<<: *x\n",
	"keep:\n%s%%YAML 1.1\n",
	"keep:\n%s# \ufffe\n%[1]s",
	"? keep\n:\n%s",
	"keep:\n%s  # indented\n      # deeper\n# none\n%[1]s",
}

// drawLines draws lines of a list, most of them of the forms that are skimmed.
func drawLines(t *rapid.T) string {
	var b strings.Builder
	eol := rapid.SampledFrom([]string{"\n", "\n", "\n", "\r\n"}).Draw(t, "eol")
	dash := rapid.SampledFrom([]string{"  - ", "  - ", "- ", "    -   ", "   - "}).Draw(t, "dash")
	below := strings.Repeat(" ", len(dash))
	value := rapid.SampledFrom([]string{
		`"a b"`, `logo.png`, `"封面 # 1"`, `菜单 banner`, `2027-03-31`, `"2027-02-30"`, `null`, `~`, `""`, `12`, `true`, `0x1F`, `1e5`, `"it's"`, `a-b`,
		`'single'`, `"esc\n"`, `a: b`, `a #b`, `a#b`, `[x]`, `&a b`, `*a`, `!x y`, `! z`, `- a`, `"`, `"open`, `"a" b`, `|`, `>-`, `"tab	x"`, ` two  blanks `, `a "b" c`, `%a`, `@a`,
	})
	good := rapid.SampledFrom([]string{`"a b"`, `" padded "`, `logo.png`, `"封面 # 1"`, `菜单 banner`, `12`})
	n := 0
	id := func() string {
		n++
		s := fmt.Sprintf("qzM%02d", n)
		if rapid.IntRange(0, 40).Draw(t, "odd id") == 0 {
			return rapid.SampledFrom([]string{"qzM01", "a b", "", "é", strings.Repeat("x", 129), strings.Repeat("x", 1100)}).Draw(t, "id")
		}
		return s
	}
	for range rapid.IntRange(3, 24).Draw(t, "lines") {
		switch rapid.IntRange(0, 24).Draw(t, "form") {
		case 0:
			b.WriteString(rapid.SampledFrom([]string{"", "# c", "  # c", "          # c", "   ", "#", "\t", "\t# c"}).Draw(t, "empty") + eol)
		case 1:
			b.WriteString(dash + id() + "  # plain" + eol)
		case 2:
			b.WriteString(dash + value.Draw(t, "item") + eol)
		case 3, 4, 5, 6, 7, 8:
			b.WriteString(dash + `media_id: "` + id() + `"` + eol)
			for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom(entryKeys[1:4]), 0, 3, rapid.ID[string]).Draw(t, "keys") {
				b.WriteString(below + key + ": " + good.Draw(t, "value") + eol)
			}
		case 9:
			b.WriteString(dash + "name: " + good.Draw(t, "name") + eol + below + `media_id: "` + id() + `" # id` + eol + below + `until: 2027-03-31` + eol)
		case 10:
			b.WriteString(rapid.SampledFrom([]string{below, below, below + " ", below[1:], ""}).Draw(t, "indent of key") + rapid.SampledFrom(slices.Concat(entryKeys, []string{"nam", "Name"})).Draw(t, "key") + ": " + value.Draw(t, "value") + eol)
		case 11:
			b.WriteString(dash + "{media_id: " + id() + ", name: " + good.Draw(t, "flow") + "}" + eol)
		case 12:
			b.WriteString(strings.Repeat(" ", rapid.IntRange(0, 9).Draw(t, "indent")) + value.Draw(t, "stray") + eol)
		case 13:
			b.WriteString(dash + "name: " + good.Draw(t, "name alone") + eol)
		case 14:
			b.WriteString(dash + `media_id: "` + id() + `"` + eol + below + "until: " + value.Draw(t, "until") + eol)
		default:
			b.WriteString(dash + `"` + id() + `"` + rapid.SampledFrom([]string{"", "", "", " ", " # c", "#", " x"}).Draw(t, "behind") + eol)
		}
	}
	return b.String()
}

func TestWhatIsSkimmed(t *testing.T) {
	t.Parallel()
	const lines = "  - \"a\"\n  - \"b\" # c\n\n# d\n  - media_id: \"e\"\n    name: 封面.png\n    until: 2027-03-31\n  - \"f\"\n"
	for _, tt := range []struct {
		name, text string
		want       bool
	}{
		{"a list with an item a line", "keep:\n" + lines, true},
		{"a list whose items stand below the key", "keep:\n" + strings.ReplaceAll(lines, "\n  ", "\n")[2:], true},
		{"lines that end in carriage returns", strings.ReplaceAll("keep:\n"+lines, "\n", "\r\n"), true},
		{"a list among settings", "keep: # all\n" + lines + "retire: []\n", true},
		{"what stands around a text with an escape", "keep:\n" + lines + "  - media_id: \"g\"\n    reason: \"a \\\" quote\"\n" + lines, true},
		{"what stands around an entry in brackets", "keep:\n" + lines + "  - {media_id: g, name: h}\n" + lines, true},
		{"what stands around a text in lines", "keep:\n" + lines + "  - media_id: \"g\"\n    reason: |\n      - \"h\"\n" + lines, true},
		{"two documents", "keep:\n" + lines + "---\n" + head + "keep:\n" + lines, true},
		{"too few entries", "keep:\n  - \"a\"\n  - \"b\"\n", false},
		{"another list", "retire:\n" + lines, false},
		{"a text that looks like a list", "keep: |\n" + lines, false},
		{"a text in quotes that looks like a key and a list", "state: \"\nkeep:\n" + strings.ReplaceAll(lines, `"`, "") + "\"\n", false},
		{"a text that is no YAML", "keep:\n" + lines + "  \"\n", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := skims(head + tt.text); got != tt.want {
				t.Errorf("skimmed: %v, want %v", got, tt.want)
			}
		})
	}
}

// TestSkimmingChangesNothing holds the promise of skim: whatever is written, what
// is read and what is reported are the same as when the parser reads it all.
func TestSkimmingChangesNothing(t *testing.T) {
	t.Parallel()
	skimmed := 0
	rapid.Check(t, func(t *rapid.T) {
		lines := drawLines(t)
		for _, around := range surroundings {
			text := head + fmt.Sprintf(around, lines)
			if skims(text) {
				skimmed++
			}
			if diff := cmp.Diff(read([]byte(text), never), read([]byte(text), shortestRun)); diff != "" {
				t.Errorf("%s\nskimmed (-all by the parser +skimmed):\n%s", text, diff)
			}
		}
	})
	if skimmed == 0 {
		t.Error("no text was skimmed")
	}
}

// FuzzSkim is the same for texts of any kind.
func FuzzSkim(f *testing.F) {
	lines := "  - \"a\"\n  - \"b\" # c\n  - media_id: \"d\"\n    name: e f\n\n# g\n  - \"h\"\n  - \"i\"\n"
	for _, around := range surroundings {
		f.Add([]byte(head + fmt.Sprintf(around, lines)))
	}
	f.Add([]byte(head + strings.ReplaceAll("keep:\n"+lines, "\n", "\r\n")))
	f.Fuzz(func(t *testing.T, text []byte) {
		if diff := cmp.Diff(read(text, never), read(text, shortestRun)); diff != "" {
			t.Errorf("skimmed (-all by the parser +skimmed):\n%s", diff)
		}
	})
}
