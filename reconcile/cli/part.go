package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"wxkeep/reconcile"
	"wxkeep/state/ledger"
	"wxkeep/state/material"
	"wxkeep/state/wechat"
)

// A part is what one account has of what is to be restored.
type part struct {
	account *reconcile.Account
	client  *wechat.Client
	ids     []material.ID // none when a run was named
}

// assign finds the account that has each id in its archive, or the run in its
// journal. There must be one, and only one, before anything is done.
func assign(ctx context.Context, c *connections, ids []material.ID, run string) ([]part, error) {
	all := make([]part, len(c.accounts))
	for i, a := range c.accounts {
		all[i] = part{account: a, client: c.clients[i]}
	}
	if run != "" {
		i, err := owner(all, "the run "+run, func(l *ledger.Ledger) (bool, error) { return hasRun(ctx, l, run) })
		if err != nil {
			return nil, fmt.Errorf("%w; wxkeep history lists the runs", err)
		}
		return all[i : i+1], nil
	}
	for _, id := range ids {
		i, err := owner(all, string(id), func(l *ledger.Ledger) (bool, error) { return hasArchived(ctx, l, id) })
		if err != nil {
			return nil, err
		}
		all[i].ids = append(all[i].ids, id)
	}
	return slices.DeleteFunc(all, func(p part) bool { return p.ids == nil }), nil
}

// owner returns the index of the one account whose ledger has what is wanted.
func owner(all []part, what string, has func(*ledger.Ledger) (bool, error)) (int, error) {
	found := -1
	var names []string
	for i, p := range all {
		name := p.account.Manifest.Name
		names = append(names, name)
		yes, err := has(p.account.Ledger)
		switch {
		case err != nil:
			return 0, fmt.Errorf("%s: %w", name, err)
		case yes && found >= 0:
			return 0, fmt.Errorf("%s: both %s and %s have it; choose with --account", what, all[found].account.Manifest.Name, name)
		case yes:
			found = i
		}
	}
	if found < 0 {
		return 0, fmt.Errorf("%s is not in the ledger of %s: nothing was archived, or it lies at another place (--state)", what, strings.Join(names, ", "))
	}
	return found, nil
}

func hasRun(ctx context.Context, l *ledger.Ledger, run string) (bool, error) {
	h, err := l.History(ctx, time.Time{})
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(h.Runs, func(r ledger.Record) bool { return r.ID == run }), nil
}

func hasArchived(ctx context.Context, l *ledger.Ledger, id material.ID) (bool, error) {
	_, err := l.Archived(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
