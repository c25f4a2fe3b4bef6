package manifests

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"wxkeep/state/material"
)

// A rewriter makes the edits of one account.
type rewriter struct {
	account   *Account // as it was
	edits     []Edit
	placings  []Placing
	byOld     map[material.ID]int // index in edits
	documents []*edited
	editors   []*editor // one a file with a document of the account
	paths     []*file   // their files
	entries   map[Position]material.ID
	canaries  map[material.ID]material.ID
}

// An edited document is one of the account, as the parser sees it.
type edited struct {
	*editor
	file string
	root *yaml.Node
	keys mapping
	part bool
}

func newRewriter(account *Account, edits []Edit) *rewriter {
	r := &rewriter{
		account: account, edits: edits, placings: make([]Placing, len(edits)), byOld: map[material.ID]int{},
		entries: map[Position]material.ID{}, canaries: map[material.ID]material.ID{},
	}
	for i, e := range edits {
		if e.Old != "" {
			r.byOld[e.Old] = i
		}
	}
	return r
}

func (r *rewriter) readAll(l *loader) {
	for _, f := range l.files {
		r.read(f)
	}
}

// read finds the documents of the account in a file that was loaded.
func (r *rewriter) read(f *file) {
	if !slices.ContainsFunc(f.documents, func(d *document) bool { return d.account.Name == r.account.Name }) {
		return
	}
	text, _ := checkText(f.path, f.text, &Problems{})
	w := &walker{file: f.path, source: &source{text: text}, problems: &Problems{}}
	e := &editor{source: w.source}
	parse(w, func(root *yaml.Node) {
		m, _ := w.mapping(root, "document", documentKeys)
		header, _ := w.header(&m)
		if header.value("name").Value == r.account.Name {
			r.documents = append(r.documents, &edited{e, f.path, root, m, !header.has("appid")})
		}
	})
	r.editors, r.paths = append(r.editors, e), append(r.paths, f)
}

// place decides where each id goes.
func (r *rewriter) place() {
	for _, d := range r.documents {
		if keep := d.keys.value("keep"); keep != nil {
			r.renew(d, keep, r.renewEntry)
		}
		if canaries := d.keys.value("canaries"); canaries != nil {
			r.renew(d, canaries, r.renewCanary)
		}
	}
	kept := material.Set{}
	for _, e := range r.account.Keep {
		kept.Add(e.ID)
	}
	var added []Edit
	for i, e := range r.edits {
		switch {
		case r.placings[i] != "":
		case kept.Has(e.ID):
			r.placings[i] = Listed
		default:
			r.placings[i] = Appended
			added = append(added, e)
		}
	}
	for _, d := range r.documents {
		if !d.part {
			d.add(d.root, &d.keys, added)
		}
	}
}

// renew puts new ids in the place of old ones in one list, but for those that
// it has already.
func (r *rewriter) renew(d *edited, list *yaml.Node, note func(d *edited, item *yaml.Node, edit int)) {
	has := material.Set{}
	for _, item := range list.Content {
		has.Add(material.ID(idNode(item).Value))
	}
	for _, item := range list.Content {
		id := idNode(item)
		i, ok := r.byOld[material.ID(id.Value)]
		if !ok || has.Has(r.edits[i].ID) {
			continue
		}
		from, to := d.idSpan(id)
		d.replace(from, to, asWritten(id, r.edits[i].ID))
		note(d, item, i)
	}
}

func (r *rewriter) renewEntry(d *edited, item *yaml.Node, edit int) {
	r.entries[Position{d.file, item.Line, item.Column}] = r.edits[edit].ID
	r.placings[edit] = Replaced
}

func (r *rewriter) renewCanary(_ *edited, _ *yaml.Node, edit int) {
	r.canaries[r.edits[edit].Old] = r.edits[edit].ID
}

// idNode returns where an item of a list has its media_id.
func idNode(item *yaml.Node) *yaml.Node {
	for i := 0; i+1 < len(item.Content); i += 2 {
		if item.Content[i].Value == "media_id" {
			return item.Content[i+1]
		}
	}
	return item
}

// asWritten returns id as it stands in the quotes of n, or without quotes if
// n has none, unless it needs them.
func asWritten(n *yaml.Node, id material.ID) string {
	if n.Style == 0 && (strings.HasPrefix(string(id), "-") || strings.EqualFold(string(id), "null")) {
		return `"` + string(id) + `"`
	}
	return string(id)
}

// files returns what changes.
func (r *rewriter) files() []Rewritten {
	var files []Rewritten
	for i, e := range r.editors {
		if len(e.splices) == 0 {
			continue
		}
		mark := r.paths[i].text[:len(r.paths[i].text)-len(e.text)] // of the byte order
		files = append(files, Rewritten{Path: r.paths[i].path, Before: r.paths[i].text, After: slices.Concat(mark, e.result())})
	}
	return files
}

// finish makes the splices and checks what comes of them. It also returns the
// account as it is then.
func (r *rewriter) finish(before *loader, paths []string) (*Rewriting, *Account, error) {
	result := &Rewriting{Files: r.files()}
	after, err := r.check(before, paths, result.Files)
	if err != nil {
		hint := ""
		if len(r.edits) > 0 {
			hint = "; add the new ids to keep by hand: " + r.ids()
		}
		return nil, nil, fmt.Errorf("account %q: its manifests cannot be edited in place: %w%s", r.account.Name, err, hint)
	}
	result.Placed = r.placed(after)
	return result, after, nil
}

// check loads the manifests with the new texts. Every account must mean what
// it meant, and this one that with the edits.
func (r *rewriter) check(before *loader, paths []string, files []Rewritten) (*Account, error) {
	l := newLoader(Options{})
	l.instead = map[string][]byte{}
	for _, f := range before.files {
		l.instead[f.real] = f.text
		for _, changed := range files {
			if changed.Path == f.path {
				l.instead[f.real] = changed.After
			}
		}
	}
	l.load(paths)
	if err := l.problems.err(); err != nil {
		return nil, err
	}
	then, now := before.accounts(), l.accounts()
	if len(then) != len(now) {
		return nil, fmt.Errorf("the result would have %d accounts in place of %d", len(now), len(then))
	}
	var result *Account
	for i, d := range then {
		want := d.account
		if want == r.account {
			want = r.want()
			result = now[i].account
		}
		if got := now[i].account; got.Digest() != want.Digest() || !slices.Equal(got.Files, want.Files) {
			return nil, fmt.Errorf("the result would mean something else for account %q", want.Name)
		}
	}
	return result, nil
}

// want returns the account as it must be afterwards.
func (r *rewriter) want() *Account {
	a := *r.account
	a.Keep = slices.Clone(a.Keep)
	for i, e := range a.Keep {
		if id, ok := r.entries[e.Position]; ok {
			a.Keep[i].ID = id
		}
	}
	for i, e := range r.edits {
		if r.placings[i] == Appended {
			a.Keep = append(a.Keep, Entry{ID: e.ID})
		}
	}
	a.Canaries = slices.Clone(a.Canaries)
	for i, id := range a.Canaries {
		if renewed, ok := r.canaries[id]; ok {
			a.Canaries[i] = renewed
		}
	}
	return &a
}

func (r *rewriter) placed(after *Account) []Placed {
	at := map[material.ID][]Position{}
	for _, e := range after.Keep {
		at[e.ID] = append(at[e.ID], e.Position)
	}
	var placed []Placed
	for i, e := range r.edits {
		placed = append(placed, Placed{Edit: e, Placing: r.placings[i], At: at[e.ID]})
	}
	return placed
}

// ids returns the ids of all edits.
func (r *rewriter) ids() string {
	var ids []string
	for _, e := range r.edits {
		ids = append(ids, string(e.ID))
	}
	return strings.Join(ids, ", ")
}
