package ledger

import (
	"context"
	"path"
	"time"

	"wxkeep/state/material"
)

// A Store holds objects by key: words between slashes, as in a bucket. It is
// declared here by what a ledger needs of it.
//
// An error leaves open whether a write had its effect, unless it is
// [fs.ErrExist] or [fs.ErrNotExist]; even then it may, if the store tries again
// by itself. So the ledger reads back after every error.
type Store interface {
	// Get returns an object and its version, which is another one after every
	// write of other bytes. The error is fs.ErrNotExist when there is no object.
	Get(ctx context.Context, key string) (data []byte, version string, err error)
	// Create writes an object that is not there. The error is fs.ErrExist when
	// it is.
	Create(ctx context.Context, key string, data []byte) (version string, err error)
	// Replace writes over the object if it still has this version. Else the
	// error is fs.ErrExist, or fs.ErrNotExist when it is gone.
	Replace(ctx context.Context, key string, data []byte, version string) (string, error)
	// Put writes an object, whatever is there.
	Put(ctx context.Context, key string, data []byte) (version string, err error)
	// List returns the keys of all objects that begin with prefix, in any order.
	List(ctx context.Context, prefix string) ([]string, error)
}

// Options says what a ledger needs to know besides its place.
type Options struct {
	Account string           // the account's name, for errors and for those who read the ledger
	Version string           // of wxkeep
	Now     func() time.Time // nil for time.Now

	// Waiting, if not nil, is told before Acquire watches for a while whether
	// the run that holds the lease is alive.
	Waiting func(held *Locked, watch time.Duration)
}

// A Ledger is what is remembered of one account. It keeps nothing in memory, so
// several may be open on one account; those who write hold the lease.
type Ledger struct {
	store Store
	appid string
	opt   Options
	self  Holder
	// alive looks at the process of a holder; known is false when it cannot be
	// seen from here.
	alive func(Holder) (alive, known bool)
}

// Open returns the ledger of the account appid on store. It reads nothing.
func Open(store Store, appid string, opt Options) *Ledger {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Account == "" {
		opt.Account = appid
	}
	return &Ledger{store: store, appid: appid, opt: opt, self: self(opt.Version), alive: alive}
}

// now is the present as it is written.
func (l *Ledger) now() time.Time { return l.opt.Now().UTC().Round(0) }

// key names an object of this account.
func (l *Ledger) key(name string) string { return path.Join("accounts", l.appid, name) }

func (l *Ledger) archiveKey(id material.ID) string { return l.key("archive/" + string(id) + ".json") }

func (l *Ledger) blobKey(sha256 string) string { return l.key("blobs/" + sha256) }
