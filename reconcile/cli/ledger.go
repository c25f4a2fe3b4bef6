package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"wxkeep/manifests"
	"wxkeep/state/ledger"
	"wxkeep/state/store"
)

// ledgers opens the ledgers of a run's accounts. Accounts at one place share it.
type ledgers struct {
	*run
	stores    map[string]ledger.Store
	temporary string // of a pretend account, removed in the end
}

func (r *run) ledgers() *ledgers { return &ledgers{run: r, stores: map[string]ledger.Store{}} }

// open returns the ledger of an account.
func (l *ledgers) open(ctx context.Context, m *manifests.Account) (*ledger.Ledger, error) {
	place, err := l.place(m)
	if err != nil {
		return nil, err
	}
	objects, err := l.store(ctx, place)
	if err != nil {
		return nil, err
	}
	return l.ledger(objects, m.AppID, m.Name), nil
}

func (l *ledgers) ledger(objects ledger.Store, appid, name string) *ledger.Ledger {
	return ledger.Open(objects, appid, ledger.Options{
		Account: name, Version: version(), Now: l.now,
		Waiting: func(held *ledger.Locked, watch time.Duration) {
			l.tell("%v; watching for %s whether it is alive", held, watch)
		},
	})
}

func (l *ledgers) store(ctx context.Context, place string) (ledger.Store, error) {
	if s, ok := l.stores[place]; ok {
		return s, nil
	}
	s, err := store.Open(ctx, place, store.Options{Init: l.initState})
	if err != nil {
		return nil, err
	}
	l.stores[place] = objects{s}
	return l.stores[place], nil
}

// place is where an account's ledger lives: --state, else WXKEEP_STATE, else the
// manifest's state, else a directory of this user.
func (l *ledgers) place(m *manifests.Account) (string, error) {
	if place := l.given(); place != "" {
		return place, nil
	}
	switch {
	case l.sandboxFile != "":
		return l.pretend()
	case m.State == "":
		return l.home()
	}
	return m.Ledger(), nil
}

func (r *run) given() string {
	if r.state != "" {
		return r.state
	}
	return r.Getenv("WXKEEP_STATE")
}

// pretend is a place for a pretend account, that ends with the run.
func (l *ledgers) pretend() (string, error) {
	if l.temporary == "" {
		dir, err := os.MkdirTemp("", "wxkeep-sandbox-")
		if err != nil {
			return "", fmt.Errorf("a place for the pretend account's ledger: %w", err)
		}
		l.temporary = dir
	}
	return filepath.Join(l.temporary, "ledger"), nil
}

// home is the place that nobody named.
func (r *run) home() (string, error) {
	if dir := r.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "wxkeep"), nil
	}
	home := r.Getenv("HOME")
	if home == "" {
		return "", errors.New("there is no home directory to keep the ledger in: say where with --state, WXKEEP_STATE or state: in the manifest")
	}
	return filepath.Join(home, ".local", "state", "wxkeep"), nil
}

// durable refuses to delete under CI when the only copy of what is deleted, or
// the time since when something is an orphan, would vanish with the machine.
func (l *ledgers) durable(m *manifests.Account) error {
	if l.Getenv("CI") == "" || l.sandboxFile != "" || l.given() != "" || m.State != "" {
		return nil
	}
	if m.Archive || m.Grace > 0 {
		return fmt.Errorf("%s: CI is set, and the ledger would vanish with this machine, and with it what was archived: name a durable place, such as state: s3://BUCKET/wxkeep in the manifest, or --state", m.Name)
	}
	return nil
}

// close removes what was temporary.
func (l *ledgers) close() {
	if l.temporary != "" {
		_ = os.RemoveAll(l.temporary) // of a pretend account
	}
}

// objects is a store as a ledger wants it.
type objects struct{ store.Store }

// Get returns an object and its version.
func (o objects) Get(ctx context.Context, key string) ([]byte, string, error) {
	data, version, err := o.Store.Get(ctx, key)
	return data, version, condition(err)
}

// Create writes an object that is not there.
func (o objects) Create(ctx context.Context, key string, data []byte) (string, error) {
	return o.put(ctx, key, data, store.IfAbsent)
}

// Replace writes over this version.
func (o objects) Replace(ctx context.Context, key string, data []byte, version string) (string, error) {
	return o.put(ctx, key, data, store.IfVersion(version))
}

// Put writes whatever is there.
func (o objects) Put(ctx context.Context, key string, data []byte) (string, error) {
	return o.put(ctx, key, data, store.Always)
}

func (o objects) put(ctx context.Context, key string, data []byte, c store.Condition) (string, error) {
	version, err := o.Store.Put(ctx, key, data, c)
	return version, condition(err)
}

// condition makes a store's condition the standard library's, too.
func condition(err error) error {
	switch {
	case errors.Is(err, store.ErrNotExist):
		return also{err, fs.ErrNotExist}
	case errors.Is(err, store.ErrConflict):
		return also{err, fs.ErrExist}
	}
	return err
}

// also is an error that is another one, too, and says nothing more.
type also struct {
	error
	is error
}

// Is reports whether target is what the error also is.
func (a also) Is(target error) bool { return target == a.is }

// Unwrap returns the error itself.
func (a also) Unwrap() error { return a.error }
