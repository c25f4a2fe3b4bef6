package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"wxkeep/manifests"
	"wxkeep/state/ledger"
)

// A book is the ledger of one account, opened without a client.
type book struct {
	name, appid string
	*ledger.Ledger
}

// is reports whether a word of the command line means this account.
func (b book) is(word string) bool { return word == b.name || word == b.appid }

// narrow leaves the books that --account names, or all.
func (r *run) narrow(books []book) ([]book, error) {
	if len(r.accounts) == 0 {
		return books, nil
	}
	var chosen []book
	for _, word := range r.accounts {
		i := slices.IndexFunc(books, func(b book) bool { return b.is(word) })
		if i < 0 {
			return nil, fmt.Errorf("--account %s: no ledger has it; there are: %s", word, names(books))
		}
		if !slices.Contains(chosen, books[i]) {
			chosen = append(chosen, books[i])
		}
	}
	return chosen, nil
}

func names(books []book) string {
	var all []string
	for _, b := range books {
		all = append(all, b.name)
	}
	return strings.Join(all, ", ")
}

// books opens the ledgers of the accounts that the manifests at paths have.
// Without a manifest they are those at the place that --state, WXKEEP_STATE or
// the default names.
func (l *ledgers) books(ctx context.Context, paths []string) ([]book, error) {
	if l.manifested(paths) {
		return l.booksOf(ctx, paths)
	}
	place, err := l.place(&manifests.Account{})
	if err != nil {
		return nil, err
	}
	found, err := l.booksAt(ctx, place)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s has no ledger of any account: say where they are with --state, or name the manifests", place)
	}
	return found, err
}

// booksAt opens all ledgers at a place.
func (l *ledgers) booksAt(ctx context.Context, place string) ([]book, error) {
	s, err := l.store(ctx, place)
	if err != nil {
		return nil, err
	}
	const accounts = "accounts/"
	keys, err := s.List(ctx, accounts)
	if err != nil {
		return nil, err
	}
	var found []book
	for _, key := range keys { // sorted
		appid, _, _ := strings.Cut(strings.TrimPrefix(key, accounts), "/")
		if n := len(found); n == 0 || found[n-1].appid != appid {
			found = append(found, l.book(ctx, s, appid))
		}
	}
	return found, nil
}

// book opens the ledger of an account that no manifest names.
func (l *ledgers) book(ctx context.Context, s ledger.Store, appid string) book {
	b := l.ledger(s, appid, appid)
	name, err := b.Name(ctx)
	if err != nil || name == "" {
		return book{appid, appid, b} // a lease that cannot be read is told of where that matters
	}
	return book{name, appid, l.ledger(s, appid, name)}
}

// manifested reports whether the accounts are to be taken from manifests: those
// named, or the one in the working directory, unless a place was named instead.
func (l *ledgers) manifested(paths []string) bool {
	if len(paths) > 0 || l.given() != "" {
		return len(paths) > 0
	}
	_, err := os.Stat(defaultManifest)
	return !errors.Is(err, os.ErrNotExist)
}

func (l *ledgers) booksOf(ctx context.Context, paths []string) ([]book, error) {
	policy, err := l.load(paths, false)
	if err != nil {
		return nil, mistakes(err, "the manifest has mistakes")
	}
	var all []book
	for _, m := range policy.Accounts {
		b, err := l.open(ctx, m)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		all = append(all, book{m.Name, m.AppID, b})
	}
	return all, nil
}
