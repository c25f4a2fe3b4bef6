package manifests

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// version is the only apiVersion there is.
const version = "wxkeep/v1"

var (
	documentKeys = []string{
		"apiVersion", "account", "parts", "state", "types", "keep", "keep_rules", "retire", "references",
		"resolved_uses", "canaries", "guards", "approvals", "grace", "archive", "freeze", "notify",
	}
	partKeys    = []string{"apiVersion", "account", "keep", "keep_rules", "retire"}
	accountKeys = []string{"name", "appid", "auth", "endpoints"}
)

// A document is one YAML document: an account document or a part.
type document struct {
	account *Account // of a part: only name, keep list, rules and retired ids
	part    bool     // has no account.appid
	unclear bool     // a part with settings: it may be an account document without its appid
	from    *file
	named   Position // where account.name is
	noted   written
	listing bool // has keep or keep_rules
	partsAt []Position
	inRules []typeAt // the types that its rules name
}

// written tells where each setting stands, by its path, such as
// guards.max_deletes_per_day. What is not in it has its default.
type written map[string]Position

// note adds the keys of m.
func (s written) note(w *walker, prefix string, m *mapping) {
	for _, key := range m.known {
		if m.has(key) {
			s[prefix+key] = w.position(m.keyNode(key))
		}
	}
}

// document reads one document. It returns nil when nothing can be said of it.
func (w *walker) document(n *yaml.Node, opts Options) *document {
	if n.Kind != yaml.MappingNode {
		w.notAMapping(n)
		return nil
	}
	if !w.supported(n) {
		return nil
	}
	m, ok := w.mapping(n, "document", documentKeys)
	if !ok {
		return nil
	}
	w.require(&m, "apiVersion", "write apiVersion: "+version)
	if v := m.value("apiVersion"); v != nil {
		w.choice(v, "apiVersion", version)
	}
	d := &document{account: &Account{Position: w.position(n)}, noted: written{}}
	d.noted.note(w, "", &m)
	header, ok := w.header(&m)
	d.part = ok && !header.has("appid") || !ok && !m.has("types")
	if ok {
		d.noted.note(w, "account.", &header)
		w.identity(d, &header)
	}
	w.lists(d, &m)
	if d.part {
		w.checkPart(d, &m)
		return d
	}
	if ok {
		w.access(d, &header, opts)
	}
	w.settings(d, &m)
	return d
}

// notAMapping does not quote what is there: whatever it is, it is no manifest.
func (w *walker) notAMapping(n *yaml.Node) {
	if w.sound(n) {
		w.errorf(n, "a document must be a mapping, which begins with apiVersion: %s", version)
	}
}

// supported looks at apiVersion before anything else: the keys of another
// version are not known here.
func (w *walker) supported(n *yaml.Node) bool {
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Value != "apiVersion" || value.Kind != yaml.ScalarNode || null(value) || value.Value == version {
			continue
		}
		w.errorf(value, "apiVersion %s is not supported; this wxkeep reads %s", w.quoted(value.Value), version)
		return false
	}
	return true
}

// header returns the mapping account.
func (w *walker) header(m *mapping) (mapping, bool) {
	w.require(m, "account", "write account: {name: …, appid: …}")
	if v := m.value("account"); v != nil {
		return w.mapping(v, "account", accountKeys)
	}
	return mapping{}, false
}

// lists reads what account documents and parts both may hold.
func (w *walker) lists(d *document, m *mapping) {
	a := d.account
	d.listing = m.has("keep") || m.has("keep_rules")
	if v := m.value("keep"); v != nil {
		w.keep(a, v)
	}
	if v := m.value("keep_rules"); v != nil {
		a.Rules, d.inRules = w.rules(v)
	}
	if v := m.value("retire"); v != nil {
		a.Retire = w.retire(v)
	}
}

// checkPart reports what a part must not hold, and a part that holds nothing.
func (w *walker) checkPart(d *document, m *mapping) {
	var settings []string
	for path := range d.noted {
		if path != "account.name" && index(partKeys, path) < 0 {
			settings = append(settings, path)
		}
	}
	slices.SortFunc(settings, func(a, b string) int { return d.noted[a].compare(d.noted[b]) })
	switch {
	case len(settings) > 0:
		d.unclear = true
		w.problems.add(d.noted[settings[0]], "a document without account.appid is a part, and a part cannot have %s; move that to the account document, or add the appid", strings.Join(settings, ", "))
	case !d.listing && !m.has("retire"):
		w.errorf(m.node, "this part holds neither keep nor keep_rules nor retire; delete it or fill it")
	}
}
