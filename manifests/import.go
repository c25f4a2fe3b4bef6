package manifests

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"wxkeep/state/material"
)

// NewAccount returns an account with the default settings, as one that no
// manifest speaks of yet begins. secretEnv is the name of the variable that has
// the AppSecret, never the secret.
func NewAccount(name, appid, secretEnv string, types []material.Type) (*Account, error) {
	switch {
	case !accountName.MatchString(name):
		return nil, fmt.Errorf("account name %q: want 1 to 63 characters of a-z 0-9 -, not beginning with -", name)
	case !appID.MatchString(appid):
		return nil, errors.New("appid: want wx and 16 characters of 0-9 a-f")
	case appSecret.MatchString(secretEnv):
		return nil, errors.New("the name of the variable with the secret: this looks like a secret itself; give the variable's name")
	case !variable.MatchString(secretEnv):
		return nil, errors.New("the name of the variable with the secret: want characters of A-Z a-z 0-9 _")
	case len(types) == 0:
		return nil, fmt.Errorf("account %q: no type is given; name those to govern, such as image and voice", name)
	}
	return &Account{
		Name: name, AppID: appid, Auth: Auth{AppSecret: &Secret{Env: secretEnv}}, Types: slices.Clone(types),
		References: References{Places: places()}, Guards: DefaultGuards(), Archive: true,
	}, nil
}

// An Import is a manifest that keeps everything that an account holds.
type Import struct {
	// Account has the settings and rules, which are written as they are, and
	// the entries whose name, reason, owner and until are kept for what is
	// live. Its parts and retired ids are left out: the one document has all.
	Account *Account
	// Items is what the account holds, in any order. Those of a type that the
	// account does not govern are left out.
	Items  []material.Item
	Listed time.Time // when Items were listed
}

// Write writes the manifest: one account document, its keep list last, sorted
// by type, then newest first. A comment says each item's type, name and day
// (UTC+8). An id that [material.ParseID] refuses is an error.
func (m Import) Write(to io.Writer) error {
	items, err := m.sorted()
	if err != nil {
		return err
	}
	w := bufio.NewWriter(to)
	_, _ = w.WriteString(m.head(len(items)) + m.Account.text()) // bufio keeps the error
	m.keep(w, items)
	return w.Flush()
}

// sorted returns the governed items, each once, in the order of the manifest.
func (m Import) sorted() ([]material.Item, error) {
	rank := map[material.Type]int{}
	for i, t := range material.Types() {
		rank[t] = i
	}
	items, ids := make([]material.Item, 0, len(m.Items)), make(material.Set, len(m.Items))
	for _, it := range m.Items {
		if _, err := material.ParseID(string(it.ID)); err != nil {
			return nil, fmt.Errorf("import account %q: %w", m.Account.Name, err)
		}
		if slices.Contains(m.Account.Types, it.Type) && !ids.Has(it.ID) {
			ids.Add(it.ID)
			items = append(items, it)
		}
	}
	slices.SortFunc(items, func(a, b material.Item) int {
		return cmp.Or(cmp.Compare(rank[a.Type], rank[b.Type]), cmp.Compare(b.UpdateTime, a.UpdateTime), cmp.Compare(a.ID, b.ID))
	})
	return items, nil
}

// head is what the manifest says of itself.
func (m Import) head(count int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Keeps everything that the account held on %s (UTC+8): materials: %d.\n", m.Listed.In(material.China).Format("2006-01-02 15:04"), count)
	b.WriteString("# What is deleted from this list, apply may delete from the account.\n")
	if len(m.Account.Parts) > 0 {
		b.WriteString("# What the account's parts list is in this file, so it names no parts.\n")
	}
	if m.Account.relative() {
		fmt.Fprintf(&b, "# Relative paths are as they were: they are meant from %q.\n", m.Account.Dir())
	}
	return b.String()
}

// relative reports whether a setting has a path that is meant from the
// manifest's directory.
func (a *Account) relative() bool {
	paths := slices.Clone(a.References.Files)
	if a.Ledger() != a.State {
		paths = append(paths, a.State)
	}
	for _, s := range a.secrets() {
		paths = append(paths, s.Written)
	}
	return slices.ContainsFunc(paths, func(p string) bool { return p != "" && !filepath.IsAbs(filepath.FromSlash(p)) })
}

// keep writes the list.
func (m Import) keep(w *bufio.Writer, items []material.Item) {
	if len(items) == 0 {
		_, _ = w.WriteString("keep: []\n")
		return
	}
	_, _ = w.WriteString("keep:\n")
	known, width := m.known(), 0
	for _, it := range items {
		width = max(width, len(it.ID)+len(`"" `))
	}
	for _, it := range items {
		id, remarks := `"`+string(it.ID)+`"`, known[it.ID].remarks()
		if remarks != "" {
			id = "media_id: " + id
		}
		_, _ = w.WriteString("  - " + withComment(id, width, describe(it)) + "\n" + remarks)
	}
}

// describe returns an item's type, day and name for a comment.
func describe(it material.Item) string {
	date := "no date   "
	if it.UpdateTime > 0 {
		date = time.Unix(it.UpdateTime, 0).In(material.China).Format(time.DateOnly)
	}
	return strings.TrimRight(fmt.Sprintf("%-5s  %s  %s", it.Type, date, inert(it.Name)), " ")
}

// known returns the account's entries by id, several of one id joined. What is
// past no longer has an until: the item is kept from now on.
func (m Import) known() map[material.ID]Entry {
	known := make(map[material.ID]Entry, len(m.Account.Keep))
	forever := material.Set{}
	for _, e := range m.Account.Keep {
		k := known[e.ID]
		k.Name, k.Reason, k.Owner = cmp.Or(k.Name, e.Name), cmp.Or(k.Reason, e.Reason), cmp.Or(k.Owner, e.Owner)
		switch {
		case e.Until.IsZero():
			forever.Add(e.ID)
		case !e.Expired(m.Listed) && e.Until.After(k.Until):
			k.Until = e.Until
		}
		if forever.Has(e.ID) {
			k.Until = time.Time{}
		}
		known[e.ID] = k
	}
	return known
}

// remarks returns the lines of an entry below its media_id.
func (e Entry) remarks() string {
	var b strings.Builder
	for _, remark := range [][2]string{{"name", e.Name}, {"reason", e.Reason}, {"owner", e.Owner}} {
		if remark[1] != "" {
			b.WriteString("    " + remark[0] + ": " + quote(remark[1]) + "\n")
		}
	}
	if !e.Until.IsZero() {
		b.WriteString("    until: " + lastDayBefore(e.Until) + "\n")
	}
	return b.String()
}
