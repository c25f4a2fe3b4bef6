package manifests

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSyntaxMistakes holds where a text is said not to be YAML. The parser
// itself gives no column, and the line of the block around the mistake.
func TestSyntaxMistakes(t *testing.T) {
	t.Parallel()
	const (
		complete   = "this follows a value that is complete; a comma is missing, or quotes around the whole value"
		deeper     = "this line is indented deeper than the one above it, which is complete"
		misfit     = "this indentation is that of no line above it"
		noDash     = "the lines above with this indentation are list items, and this is none; a dash is missing, or the indentation is wrong"
		neither    = `neither "key: value" nor "- item"; a colon or a dash is missing`
		notClosed  = "this quote is not closed in its line"
		unbalanced = "this bracket is never closed"
		star       = `a value cannot begin with * unless it is in quotes; write patterns as "*.png"`
	)
	tests := map[string]struct{ text, want string }{
		"a tab for indentation":            {head + "keep:\n\t- \"abc\"\n", "11:1: not valid YAML: a tab indents this line; YAML takes only spaces"},
		"a tab behind spaces":              {head + "keep:\n  - media_id: abc\n  \tname: x\n", "12:3: not valid YAML: a tab indents this line; YAML takes only spaces"},
		"a quote that ends in no line":     {head + "keep:\n  - \"abc\"\n  - \"abd\n", "12:5: not valid YAML: this quote is never closed"},
		"a quote that ends in another":     {head + "keep:\n  - \"abc\n  - \"abd\"\n  - \"abe\"\n", "11:5: not valid YAML: " + notClosed},
		"a single quote that does":         {head + "keep:\n  - {media_id: abc, name: 'it''s}\n  - {media_id: abd, name: 'x'}\n", "11:27: not valid YAML: " + notClosed},
		"a quote over two lines is legal":  {head + "keep:\n  - media_id: \"a\"\n    reason: \"one\n      two\"\n  - \"b\n", "14:5: not valid YAML: this quote is never closed"},
		"a list that is not closed":        {strings.Replace(head, "voice]", "voice", 1) + "keep: []\n", "7:8: not valid YAML: " + unbalanced},
		"a mapping that is not closed":     {head + "keep:\n  - {media_id: abc, name: x\n  - abd\n", "11:5: not valid YAML: " + unbalanced},
		"a list not closed at the end":     {head + "keep: [\n  abc,\n", "10:7: not valid YAML: " + unbalanced},
		"brackets that do not match":       {head + "keep: [abc}\n", "10:11: not valid YAML: this bracket does not match the one opened in line 10, column 7"},
		"one bracket too many":             {head + "keep: [abc]]\n", "10:12: not valid YAML: " + complete},
		"no space after a colon":           {head + "keep:[]\n", "10:5: not valid YAML: no space after the colon of \"keep\""},
		"no space after the first colon":   {"apiVersion:wxkeep/v1\naccount: {}\n", "1:11: not valid YAML: no space after the colon of \"apiVersion\""},
		"no space in an entry":             {head + "keep:\n  - media_id:\"abc\"\n    name: x\n", "11:13: not valid YAML: no space after the colon of \"media_id\""},
		"no colon":                         {head + "freeze true\nkeep: []\n", "10:1: not valid YAML: " + neither},
		"no dash":                          {head + "keep:\n  - abc\n  \"abd\"\n", "12:3: not valid YAML: " + noDash},
		"no comma in a line":               {head + "keep: [\"abc\" \"abd\"]\n", "10:14: not valid YAML: " + complete},
		"no comma between lines":           {head + "keep: [\n  \"abc\",\n  \"abd\"\n  \"abe\"\n]\n", "13:3: not valid YAML: " + complete},
		"a comma too many":                 {head + "keep: [abc,,abd]\n", "10:12: not valid YAML: nothing stands before this comma"},
		"an item further left":             {head + "keep:\n  - abc\n - abd\n", "12:2: not valid YAML: " + misfit},
		"an item further right":            {head + "keep:\n  - \"abc\"\n    - \"abd\"\n", "12:5: not valid YAML: " + deeper},
		"a key further left":               {head + "keep:\n  - media_id: abc\n   name: x\n", "12:4: not valid YAML: " + misfit},
		"a key further right":              {head + "keep:\n  - media_id: abc\n     name: x\n", "12:6: not valid YAML: " + deeper},
		"a pattern without quotes":         {head + "keep_rules:\n  - name: *.png\n", "11:11: not valid YAML: " + star},
		"a pattern in a flow":              {head + "keep_rules: [{name: *, reason: x}]\n", "10:21: not valid YAML: " + star},
		"an alias to nowhere":              {head + "keep: [*abc]\n", "10:8: not valid YAML: " + star},
		"an at sign":                       {head + "keep:\n  - media_id: abc\n    owner: @team\n", "12:12: not valid YAML: a value cannot begin with @ unless it is in quotes"},
		"a second colon":                   {head + "keep:\n  - media_id: abc\n    reason: menu: top\n", "12:17: not valid YAML: a second \": \" in this line; put the value in quotes"},
		"a Windows path in double quotes":  {head + "keep_rules:\n  - name: \"img\\d*\"\n", "11:15: not valid YAML: a backslash in double quotes begins an escape, and this is none; write \\\\ or use single quotes"},
		"a directive":                      {"%YAML 1.2\n---\n" + head + "keep: []\n", "1:1: not valid YAML: a line that begins with % is a directive, which a manifest cannot have"},
		"something without a hint":         {head + "keep: []\n...\nkeep: [abc]\n", "12:1: not valid YAML near line 12: did not find expected <document start>"},
		"a hint far behind the mistake":    {head + "keep: []\n...\nkeep: [abc]\n\n\n\n\n\tx\n", "12:1: not valid YAML near line 12: did not find expected <document start>"},
		"a block text is not looked into":  {head + "keep:\n  - media_id: abc\n    reason: |\n      \"a: b: c\n\n      [\n  - \"b\n", "16:5: not valid YAML: this quote is never closed"},
		"lists in the column of their key": {head + "keep:\n- abc\n- - abd\nretire:\n- \"abe\n", "14:3: not valid YAML: this quote is never closed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := []string{"m.yaml:" + test.want}
			if diff := cmp.Diff(want, mistakes(t, write(t, test.text), Options{})); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheDocumentsBeforeASyntaxMistakeAreChecked(t *testing.T) {
	t.Parallel()
	want := []string{
		`m.yaml:10:1: unknown key "kepe" (did you mean "keep"?)`,
		`m.yaml:13:7: not valid YAML: this bracket is never closed`,
	}
	got := mistakes(t, write(t, head+"kepe: []\nkeep: [abc]\n---\nkeep: [\n"), Options{})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
