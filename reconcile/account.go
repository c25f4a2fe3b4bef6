package reconcile

import (
	"context"
	"time"

	"wxkeep/manifests"
	"wxkeep/state"
	"wxkeep/state/ledger"
	"wxkeep/state/material"
)

// An Account is one Official Account as a run needs it: what its manifest says,
// and the clients that reach it.
type Account struct {
	Manifest *manifests.Account
	// Base is what the base branch's manifest says of the account, if the run is
	// about a change of it: what is deleted because of the change is told from what
	// was pending. The clients and the ledger are the base's. It is nil for none.
	Base   *manifests.Account
	Reader Reader
	// Fetcher gets contents for the archive.
	Fetcher Fetcher
	// Pictures gets images from their listed URLs, for the archive, when the
	// quota of what Fetcher calls does not reach. It may be nil.
	Pictures Fetcher
	// Meter tells what is left of the daily quotas. Without one nobody knows.
	Meter Meter
	// Paced is told the limits in a short time that the ledger remembers, so
	// that calls keep to them without another question. It may be nil.
	Paced func(path string, rate state.Rate)
	// Ledger remembers what was done. Without one nothing is remembered.
	Ledger *ledger.Ledger
	// Searchers look for uses, one in each place that the manifest or its base
	// names, but for news, which is searched while it is listed.
	Searchers []state.Searcher
	// Files searches local files for what was listed; nil when the manifest
	// names none.
	Files *state.FileSearch
	// BaseFiles searches the local files that Base names; nil for none.
	BaseFiles *state.FileSearch
	// Deleter makes the client that deletes, which refuses every id that is not
	// approved or is kept. It is nil in a run that only plans.
	Deleter func(approved, kept material.Set) Deleter
}

// A Reader lists an account and tells what that cost.
type Reader interface {
	state.Lister
	// Calls returns how many calls were made so far, by API path.
	Calls() map[string]int
	// Skew returns how far the local clock is ahead of the server's, and
	// whether the server said.
	Skew() (time.Duration, bool)
}

// A Deleter deletes one material at a time.
type Deleter interface {
	// Delete calls del_material. unclear reports that an earlier try of this
	// call may have had its effect although its answer was lost; then an error
	// that is state.ErrGone is most likely our own doing.
	Delete(ctx context.Context, id material.ID) (unclear bool, err error)
}

// Options says how to run.
type Options struct {
	Parallelism int              // calls in flight, for listing and deleting; 1 when not positive
	Progress    state.Progress   // nil for none
	Now         func() time.Time // nil for time.Now
	Limit       int              // delete the N oldest orphans only; 0 for all
	OnlyID      material.Set     // delete these only; nil for all
	OnlyChange  bool             // delete only what the base would not; needs Account.Base
	All         bool             // say why kept materials are kept, too
	Applying    bool             // this run is to delete: it takes the lease, and freeze stops it
	Record      bool             // take the lease, and write down what was seen
	Remembered  bool             // use the last remembered listing, with no call
	// SnapshotMaxAge is how long ago a remembered listing may have been read from
	// its front to its end to be built on; 0 to list everything anew.
	SnapshotMaxAge time.Duration
}

func (opt Options) withDefaults() Options {
	opt.Parallelism = max(opt.Parallelism, 1)
	if opt.Progress == nil {
		opt.Progress = state.Quiet{}
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return opt
}
