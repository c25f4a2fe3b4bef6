package cli

import (
	"errors"
	"fmt"
	"slices"

	"wxkeep/manifests"
	"wxkeep/reconcile"
)

// A base is what the base branch's manifests say, by appid: another appid is
// another account, whatever it is called. It is nil without --base.
type base map[string]*manifests.Account

// newIn is said of an account that the base does not have.
const newIn = "new in this change: there is no base to take auth, endpoints and state from, and a change must not choose where secrets go; it is planned once it is merged"

// trusted returns the manifest that says where an account's secrets, endpoints and
// ledger are: with --base never that of the change, which a stranger may have
// written.
func (r *run) trusted(m *manifests.Account) (*manifests.Account, error) {
	if r.base == nil {
		return m, nil
	}
	if b := r.base[m.AppID]; b != nil {
		return b, nil
	}
	return nil, errors.New(newIn)
}

// compare reads the base at paths, and returns the decisions about those of the
// accounts at which the run does not look, and about those that the change removes.
// Without paths there is no base.
func (r *run) compare(change *manifests.Policy, chosen []*manifests.Account, paths []string, needAuth, onlyChange bool) ([]*reconcile.Decision, error) {
	if paths == nil {
		return nil, nil
	}
	policy, err := r.load(paths, needAuth)
	if err != nil {
		return nil, mistakes(err, "--base: this is no base to compare with; name its manifests, or correct them on the base branch first")
	}
	r.base = base{}
	for _, b := range policy.Accounts {
		r.base[b.AppID] = b
	}
	var skipped []*reconcile.Decision
	for _, m := range chosen {
		b := r.base[m.AppID]
		switch {
		case b == nil:
			skipped = append(skipped, reconcile.Skip(&reconcile.Account{Manifest: m}, newIn))
		case onlyChange && unchanged(b, m):
			skipped = append(skipped, reconcile.Skip(&reconcile.Account{Manifest: m, Base: b}, "unchanged: its manifest means the same in the base (--only-change)"))
		}
	}
	return append(skipped, r.removed(change, policy)...), nil
}

// unchanged reports whether a change leaves an account as it is. Local files that
// use materials may have changed, too.
func unchanged(base, m *manifests.Account) bool {
	return m.Digest() == base.Digest() && len(m.References.Files) == 0
}

// removed are the accounts that the base has and the change has not, unless
// --account names others.
func (r *run) removed(change, base *manifests.Policy) []*reconcile.Decision {
	var removed []*reconcile.Decision
	for _, b := range base.Accounts {
		has := slices.ContainsFunc(change.Accounts, func(m *manifests.Account) bool { return m.AppID == b.AppID })
		if !has && len(r.accounts) == 0 {
			removed = append(removed, reconcile.Skip(&reconcile.Account{Manifest: b},
				fmt.Sprintf("removed by this change (it is at %s in the base): nothing of it is deleted any more", b.Position)))
		}
	}
	return removed
}

// looked leaves the accounts at which the run looks.
func looked(chosen []*manifests.Account, skipped []*reconcile.Decision) []*manifests.Account {
	return slices.DeleteFunc(slices.Clone(chosen), func(m *manifests.Account) bool {
		return slices.ContainsFunc(skipped, func(d *reconcile.Decision) bool { return d.Summary.AppID == m.AppID })
	})
}

// arranged puts the decisions into the order of the accounts, and behind them those
// about accounts that the change removes.
func arranged(chosen []*manifests.Account, decisions, skipped []*reconcile.Decision) []*reconcile.Decision {
	place := func(d *reconcile.Decision) int {
		i := slices.IndexFunc(chosen, func(m *manifests.Account) bool { return m.AppID == d.Summary.AppID })
		if i < 0 {
			return len(chosen)
		}
		return i
	}
	all := slices.Concat(decisions, skipped)
	slices.SortStableFunc(all, func(a, b *reconcile.Decision) int { return place(a) - place(b) })
	return all
}
