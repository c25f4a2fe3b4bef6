package manifests

import (
	"os"
	"path/filepath"
	"slices"

	"wxkeep/state/material"
)

// A naming is an account document's word that a file holds parts of it.
type naming struct {
	by   *document
	part string // as written
	at   Position
	file *file
}

// link joins the account documents with their parts and checks what only
// shows when all documents are known.
func (l *loader) link() {
	accounts := l.accounts()
	l.distinct(accounts)
	var namings []naming
	for _, d := range accounts {
		namings = append(namings, l.readParts(d)...)
	}
	l.checkParts(namings)
	for _, n := range namings {
		l.join(n)
	}
	for _, d := range accounts {
		d.account.Files = slices.Insert(without(d.account.Files, d.from.path), 0, d.from.path)
		l.checkAccount(d)
	}
}

// distinct reports two account documents with one name or one appid.
func (l *loader) distinct(accounts []*document) {
	names, appids := map[string]*document{}, map[string]*document{}
	for _, d := range accounts {
		a := d.account
		if first := names[a.Name]; a.Name != "" && first != nil {
			l.problems.add(d.named, "account %q has a second account document; the first is at %s", a.Name, first.account.Position)
			continue
		}
		if first := appids[a.AppID]; a.AppID != "" && first != nil {
			l.problems.add(d.noted["account.appid"], "appid %q is that of account %q too, at %s; one appid is one account", a.AppID, first.account.Name, first.account.Position)
		}
		names[a.Name], appids[a.AppID] = d, d
	}
}

// readParts reads the files that an account document names.
func (l *loader) readParts(d *document) []naming {
	var namings []naming
	for i, part := range d.account.Parts {
		n := naming{by: d, part: part, at: d.partsAt[i]}
		path := filepath.Join(filepath.Dir(d.from.path), filepath.FromSlash(part))
		info, err := os.Stat(path)
		switch {
		case err != nil:
			l.problems.add(n.at, "part %q cannot be read: %v", part, cause(err))
			continue
		case !info.Mode().IsRegular():
			l.problems.add(n.at, "part %q is not a regular file; name each file", part)
			continue
		}
		n.file = l.read(path)
		if slices.ContainsFunc(namings, func(o naming) bool { return o.file == n.file }) {
			l.problems.add(n.at, "part %q is named twice", part)
			continue
		}
		namings = append(namings, n)
	}
	return namings
}

// checkParts reports every part, and every name of one, without its
// counterpart.
func (l *loader) checkParts(namings []naming) {
	by := map[*file][]naming{}
	for _, n := range namings {
		by[n.file] = append(by[n.file], n)
	}
	stray := map[*file]bool{}
	for _, p := range l.parts() {
		if !l.claimed(p, by[p.from]) {
			stray[p.from] = true
		}
	}
	for _, n := range namings {
		if n.file.whole && !stray[n.file] && !slices.ContainsFunc(n.file.documents, n.claims) {
			l.problems.add(n.at, "part %q holds no part of account %q: no document with that account.name and without account.appid", n.part, n.by.account.Name)
		}
	}
	for _, d := range l.accounts() {
		if !d.from.given {
			l.problems.add(d.account.Position, "this account document is in a file that was only read as a part; move it, or give the file as a PATH")
		}
	}
}

// claims reports whether d is one of the documents that n speaks of.
func (n naming) claims(d *document) bool {
	return d.part && d.account.Name == n.by.account.Name
}

// claimed reports whether the part p is one that its account names, and if it
// is not, why nothing in it would count.
func (l *loader) claimed(p *document, namings []naming) bool {
	name := p.account.Name
	switch {
	case name == "" || p.unclear:
		return false
	case slices.ContainsFunc(namings, func(n naming) bool { return n.claims(p) }):
		return true
	case len(namings) > 0 && namings[0].by.account.Name != "":
		l.problems.add(p.named, "account.name: this part says %q, but the account document that names it, at %s, is of %q", name, namings[0].at, namings[0].by.account.Name)
	case len(namings) == 0 && l.allWhole():
		l.problems.add(p.account.Position, "no account document names this part; %s", l.advice(p))
	}
	return false
}

// advice says how the part p comes to be named.
func (l *loader) advice(p *document) string {
	for _, d := range l.accounts() {
		if d.account.Name != p.account.Name {
			continue
		}
		path, err := filepath.Rel(filepath.Dir(d.from.real), p.from.real)
		if err != nil {
			path = p.from.path
		}
		return `add "` + filepath.ToSlash(path) + `" to the parts of ` + d.from.path
	}
	return `give the account document of "` + p.account.Name + `" too`
}

// allWhole reports whether every document was read: otherwise the account
// document that is missed may be in what was not.
func (l *loader) allWhole() bool {
	return !slices.ContainsFunc(l.files, func(f *file) bool { return !f.whole })
}

// join adds what a part says to its account.
func (l *loader) join(n naming) {
	a := n.by.account
	for _, p := range n.file.documents {
		if !n.claims(p) {
			continue
		}
		a.Keep, a.Packed = append(a.Keep, p.account.Keep...), a.Packed+p.account.Packed
		a.Rules = append(a.Rules, p.account.Rules...)
		a.Retire = append(a.Retire, p.account.Retire...)
		a.Files = append(without(a.Files, n.file.path), n.file.path)
		n.by.inRules = append(n.by.inRules, p.inRules...)
		n.by.listing = n.by.listing || p.listing
	}
}

func without(files []string, file string) []string {
	return slices.DeleteFunc(files, func(f string) bool { return f == file })
}

// checkAccount checks an account with all its parts.
func (l *loader) checkAccount(d *document) {
	a := d.account
	if !d.listing && l.allWhole() {
		l.problems.add(a.Position, `neither "keep" nor "keep_rules" is there; list what may remain, or write "keep: []" to say that nothing is listed`)
	}
	for _, t := range d.inRules {
		if len(a.Types) > 0 && !slices.Contains(a.Types, t.Type) {
			l.problems.add(t.at, "types: %q is not a type that this manifest governs; add it to the account's types or leave it out", t.Type)
		}
	}
	if len(a.Retire) == 0 {
		return
	}
	kept := map[material.ID]Position{}
	for _, e := range a.entries() {
		kept[e.ID] = e.Position
	}
	for _, r := range a.Retire {
		if at, ok := kept[r.ID]; ok {
			l.problems.add(r.Position, "retire: media_id %q is kept at %s; delete it from one of the two lists", r.ID, at)
		}
	}
}
