package manifests

import (
	"fmt"
	"slices"

	"wxkeep/state/material"
)

// An Edit brings one media_id into the keep lists of an account.
type Edit struct {
	ID material.ID
	// Old is the id whose place ID takes, wherever a keep list or canaries has
	// it. The entry's name, reason, owner and until stay. It may be empty.
	Old material.ID
	// Comment stands behind ID when no keep list has Old, so that ID is
	// appended. It may be empty, and may be a stranger's text.
	Comment string
	// Item, when it is not nil, is what stands there in place of Comment: its
	// type, day and name, as [Import] writes them.
	Item *material.Item
}

// Remark is what stands in the comment behind an id that is appended: harmless,
// whoever named the item.
func (e Edit) Remark() string {
	if e.Item != nil {
		return describe(*e.Item)
	}
	return inert(e.Comment)
}

// A Placing says how an [Edit] was made.
type Placing string

// The placings.
const (
	Replaced Placing = "replaced" // ID stands in the place of Old
	Appended Placing = "appended" // ID is the last of the account document's keep list, or one of the last
	Listed   Placing = "listed"   // a keep list has had ID before: nothing is changed
)

// A Rewriting is a set of edits as they change the text of files. Nothing is
// written yet.
type Rewriting struct {
	Files  []Rewritten // those that change, in the order read
	Placed []Placed    // one an edit, in their order
}

// Placed says where an edit's id stands.
type Placed struct {
	Edit
	Placing Placing
	At      []Position // of the entries, in the new text
}

// A Rewritten file has a new text, of which everything but what the edits
// change is that of the old one, byte by byte.
type Rewritten struct {
	Path   string // as it was read
	Before []byte
	After  []byte
}

// Rewrite edits the keep lists of the account with that name in the manifests
// at paths, which are read as by [Load]. Ids in resolved_uses and retire, and
// in comments, stay: what they say is about the old id.
//
// A document that has both Old and ID keeps both as they are. The new texts are
// loaded before they are returned: they mean what the old ones did, with the
// edits and nothing else, or the result is an error.
func Rewrite(paths []string, account string, edits []Edit) (*Rewriting, error) {
	if err := checkEdits(edits); err != nil {
		return nil, err
	}
	before, a, err := loadFor(paths, account)
	if err != nil {
		return nil, err
	}
	r := newRewriter(a, edits)
	r.readAll(before)
	r.place()
	result, _, err := r.finish(before, paths)
	return result, err
}

// loadFor loads the manifests at paths, and returns the account of that name.
func loadFor(paths []string, account string) (*loader, *Account, error) {
	l := load(paths, Options{})
	if err := l.problems.err(); err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(l.accounts(), func(d *document) bool { return d.account.Name == account })
	if i < 0 {
		return nil, nil, fmt.Errorf("account %q: the manifests given have no such account", account)
	}
	return l, l.accounts()[i].account, nil
}

func checkEdits(edits []Edit) error {
	ids, olds := material.Set{}, material.Set{}
	for _, e := range edits {
		if _, err := material.ParseID(string(e.ID)); err != nil {
			return err
		}
		if ids.Has(e.ID) || olds.Has(e.Old) || e.ID == e.Old {
			return fmt.Errorf("media_id %q: two edits are about it or about the id that it replaces", e.ID)
		}
		ids.Add(e.ID)
		if e.Old != "" {
			olds.Add(e.Old)
		}
	}
	return nil
}
