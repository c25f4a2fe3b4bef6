package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	markdowntext "github.com/yuin/goldmark/text"

	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// harmless is a name that nothing could take for anything else.
const harmless = "harmless"

// underName is a plan that an apply has begun, in which whatever may come from outside
// is called name.
func underName(name string) *plan.Plan {
	p := commanding()
	a := &p.Accounts[0]
	for i := range p.Changes {
		c := &p.Changes[i]
		c.Item.Name, c.Item.URL, c.Detail = name, name, name
		if c.Outcome != "" {
			c.Note = name
		}
		if i > 1 {
			c.Item.ID, c.Item.Type, c.Account = material.ID(name), material.Type(name), name
		}
	}
	for i := range a.Guards {
		a.Guards[i].Message = name
	}
	for i := range a.Findings {
		a.Findings[i].Message, a.Findings[i].Position = name, name
	}
	a.References = []plan.Reference{{Source: name, Status: plan.Off}}
	a.Result.Messages = []string{name, "an article called " + name}
	p.Accounts = append(p.Accounts, plan.Account{Name: name, AppID: name, Status: plan.Denied, Error: name, Result: &plan.Result{}}, plan.Account{Name: name, AppID: name, Skipped: name})
	return p
}

// FuzzFormats checks that no format lets a name act: what a document consists of
// is the same under every name.
func FuzzFormats(f *testing.F) {
	for _, p := range []*plan.Plan{hostile(), commanding()} {
		for _, c := range p.Changes {
			f.Add(c.Item.Name)
		}
	}
	for _, name := range []string{
		"`", "``a``", `a\`, `\|`, `a\|b`, "|", "a|b|c", "<code>", "</code></summary></details><h1>", "<!--", "-->", "![a](b)", "[a]: b", "www.example.com", "a@example.com",
		"https://example.com", "@team", "~~~", "# a", "> a", "- a", "1. a", "    a", "\ta", "&amp;", "&#42;", "$`a`$", "{+ a +}", "***", "---", "===", "::add-mask::a", "##vso[a]", "###[a]", "#", "a#", "[[ATTACHMENT|a]]",
		"]]>", "<?a?>", "%0A::error::", "delimiter", "a\ndelimiter\nb<<c\nd", "{{a}}", "${{ a }}", "é", "图", "👨‍👩‍👧", "a\u0301", "\u00a0::error::a", "\u2003", "a:1:2", ":1:2", "a:0:0", "../a:1:2", "{0}",
		"a b c d e f g h i j k ::error::l m n ::o::p ::q::r ::s::t ::u::v ::w::x ::y::z ::a::b ::c::d",
	} {
		f.Add(name)
	}
	want := map[string]any{}
	for format, shape := range shapes {
		want[format], _ = shapeOf(f, format, shape, harmless)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if strings.TrimFunc(name, unicode.IsSpace) == "" || len(name) > 200 {
			t.Skip("a name that is empty, or longer than what is cut, has a shape of its own")
		}
		for format, shape := range shapes {
			got, document := shapeOf(t, format, shape, name)
			if diff := cmp.Diff(want[format], got); diff != "" {
				t.Errorf("%s has another shape under the name %q (-want +got):\n%s\n%s", format, name, diff, document)
			}
			if format != "github annotations" {
				silent(t, format, name, document)
			}
		}
	})
}

// The documents that are no plans are text and JSON.
func TestNoNameActsInOtherDocuments(t *testing.T) {
	t.Parallel()
	for _, c := range append(hostile().Changes, commanding().Changes...) {
		name := c.Item.Name
		id := material.ID(name)
		item := c.Item
		documents := map[string]any{
			"history":      plan.History{Runs: []plan.PastRun{{Run: name, Account: name, Items: []plan.PastItem{{MediaID: id, New: id, Name: name, Note: name}}}}},
			"restoration":  plan.Restoration{Restored: []plan.RestoredItem{{Old: id, New: id, Name: name, Note: name}}},
			"explanation":  plan.Explanation{MediaID: id, Account: name, Item: &item, Detail: name, Considered: []plan.Considered{{What: "use", Detail: name}}},
			"verification": plan.Verification{Accounts: []plan.VerifiedAccount{{Account: name, Remarks: []string{name}, Broken: name}}},
		}
		for kind, document := range documents {
			for _, write := range []func(io.Writer) error{
				func(w io.Writer) error { return Document(w, document) },
				func(w io.Writer) error { return writeOther(w, document) },
			} {
				var b bytes.Buffer
				if err := write(&b); err != nil {
					t.Fatal(err)
				}
				silent(t, kind, name, b.Bytes())
			}
		}
	}
}

func writeOther(w io.Writer, document any) error {
	switch d := document.(type) {
	case plan.History:
		return History(w, d, Style{})
	case plan.Restoration:
		return Restoration(w, d, Style{})
	case plan.Explanation:
		return Explanation(w, d, Style{})
	case plan.Verification:
		return Verification(w, d, Style{})
	}
	return fmt.Errorf("no such document: %T", document)
}

// silent checks that no line acts on a terminal or in the log of a job.
func silent(t *testing.T, format, name string, document []byte) {
	t.Helper()
	if !utf8.Valid(document) || strings.ContainsFunc(strings.ReplaceAll(string(document), "\n", ""), plan.Acts) {
		t.Errorf("%s has characters that act under the name %q:\n%q", format, name, document)
	}
	for line := range strings.Lines(string(document)) {
		if strings.HasPrefix(strings.TrimFunc(line, unicode.IsSpace), "::") || commandAnywhere.MatchString(line) {
			t.Errorf("%s has a command under the name %q: %q", format, name, line)
		}
	}
}

// commandAnywhere is what runners take for commands wherever it stands.
var commandAnywhere = regexp.MustCompile(`##\S*\[`)

type format struct {
	write func(io.Writer, *plan.Plan) error
	shape func(document []byte, name string) (any, error)
}

var shapes = map[string]format{
	"text":               {func(w io.Writer, p *plan.Plan) error { return writeText(w, p, Style{All: true}) }, lines},
	"narrow text":        {func(w io.Writer, p *plan.Plan) error { return writeText(w, p, Style{All: true, Width: 40}) }, anything},
	"json":               {JSON, jsonShape},
	"markdown":           {func(w io.Writer, p *plan.Plan) error { return Markdown(w, p, Style{All: true}) }, markdownShape},
	"junit":              {JUnit, xmlShape},
	"sarif":              {FindingsSARIF, jsonShape},
	"gitlab":             {GitLab, func(b []byte, _ string) (any, error) { return string(b), nil }},
	"github outputs":     {func(w io.Writer, p *plan.Plan) error { return GitHubOutputs(w, p, "K3YWORD") }, outputShape},
	"github annotations": {GitHubAnnotations, annotationShape},
}

func writeText(w io.Writer, p *plan.Plan, style Style) error {
	return errors.Join(Text(w, p, style), Result(w, p, style))
}

// anything is the shape of what has as many lines as a name needs.
func anything([]byte, string) (any, error) { return nil, nil }

func shapeOf(t testing.TB, name string, f format, called string) (shape any, document []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := f.write(&b, underName(called)); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	shape, err := f.shape(b.Bytes(), called)
	if err != nil {
		t.Fatalf("%s under the name %q: %v\n%s", name, called, err, b.Bytes())
	}
	return shape, b.Bytes()
}

// lines is how many lines a document has.
func lines(document []byte, _ string) (any, error) { return bytes.Count(document, []byte("\n")), nil }

// jsonShape is a document with the length of each list and the kind of each value.
func jsonShape(document []byte, _ string) (any, error) {
	var v any
	if err := json.Unmarshal(document, &v); err != nil {
		return nil, err
	}
	return kinds(v), nil
}

func kinds(v any) any {
	switch v := v.(type) {
	case map[string]any:
		shape := map[string]any{}
		for k, e := range v {
			shape[k] = kinds(e)
		}
		return shape
	case []any:
		shape := make([]any, len(v))
		for i, e := range v {
			shape[i] = kinds(e)
		}
		return shape
	}
	return fmt.Sprintf("%T", v)
}

// xmlShape is the tags of a document and the names of their attributes.
func xmlShape(document []byte, _ string) (any, error) {
	var shape []string
	d := xml.NewDecoder(bytes.NewReader(document))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return shape, nil
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			tag := "<" + token.Name.Local
			for _, a := range token.Attr {
				tag += " " + a.Name.Local
			}
			shape = append(shape, tag)
		case xml.EndElement:
			shape = append(shape, "</"+token.Name.Local)
		case xml.CharData:
		default:
			shape = append(shape, fmt.Sprintf("%T", token))
		}
	}
}

// markdownShape is all that GitHub makes of a comment but what stands in code
// spans, where nothing acts.
func markdownShape(document []byte, name string) (any, error) {
	var shape []string
	root := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote)).Parser().Parse(markdowntext.NewReader(document))
	err := ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			shape = append(shape, "/"+n.Kind().String())
			return ast.WalkContinue, nil
		}
		shape = append(shape, n.Kind().String())
		switch n := n.(type) {
		case *ast.CodeSpan:
			return ast.WalkSkipChildren, nil
		case *ast.Text:
			shape = append(shape, string(n.Value(document)))
		case *ast.HTMLBlock:
			shape = append(shape, strings.ReplaceAll(string(n.Lines().Value(document)), tagged(name), tagged(harmless)))
		case *ast.RawHTML:
			shape = append(shape, string(n.Segments.Value(document)))
		}
		return ast.WalkContinue, nil
	})
	return shape, err
}

// outputShape is the names of a step's outputs, read as the runner reads them.
func outputShape(document []byte, _ string) (any, error) {
	var names []string
	s := bufio.NewScanner(bytes.NewReader(document))
	for s.Scan() {
		name, delimiter, ok := strings.Cut(s.Text(), "<<")
		if !ok {
			return nil, fmt.Errorf("no output: %q", s.Text())
		}
		n := 0
		for s.Scan() && s.Text() != delimiter {
			n++
		}
		names = append(names, fmt.Sprintf("%s: %d lines", name, n))
	}
	return names, nil
}

// annotationShape is the commands and the names of their properties, read as the
// runner reads them. No line may be one of its older commands besides.
func annotationShape(document []byte, _ string) (any, error) {
	var shape []string
	for line := range strings.Lines(string(document)) {
		info, _, ok := strings.Cut(strings.TrimPrefix(line, "::"), "::")
		command, properties, spaced := strings.Cut(info, " ")
		if !ok || !spaced || commandAnywhere.MatchString(line) || strings.ContainsFunc(strings.TrimSuffix(line, "\n"), plan.Acts) {
			return nil, fmt.Errorf("not one command: %q", line)
		}
		var names []string
		for _, property := range strings.Split(strings.TrimSpace(properties), ",") {
			name, _, _ := strings.Cut(property, "=")
			names = append(names, name)
		}
		slices.Sort(names)
		shape = append(shape, command+" "+strings.Join(names, " "))
	}
	return shape, nil
}
