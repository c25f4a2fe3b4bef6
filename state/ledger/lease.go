package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"
)

// The times of a lease.
const (
	renewEvery  = 30 * time.Second
	renewWithin = 25 * time.Second // one try to renew
	giveUpAfter = 5 * time.Minute  // a holder that could not renew for so long begins no further call
	staleAfter  = 10 * time.Minute // a lease elsewhere that was not renewed for so long may be dead
	watchFor    = 65 * time.Second // and is, when it does not change for so long: two renewals
)

// ErrLost means that this run does not hold the lease any more, or cannot know
// it. It must begin no further call.
var ErrLost = errors.New("the lease is lost")

// leaseObject is the object "lease".
type leaseObject struct {
	Version  int       `json:"version"`
	ID       string    `json:"id"` // another one each time it is acquired
	Released bool      `json:"released"`
	Account  string    `json:"account"`
	Holder   Holder    `json:"holder"`
	Since    time.Time `json:"since"`
	Renewed  time.Time `json:"renewed"`
	Renewals int       `json:"renewals"`
	Run      string    `json:"run,omitempty"`
	Head     *Link     `json:"head,omitempty"` // the journal's last object at the last renewal
}

// A Lease is held by the one run that may change an account. It renews itself
// until it is released.
type Lease struct {
	ledger *Ledger
	id     string
	stop   context.CancelFunc
	done   chan struct{} // closed when nothing renews it any more

	writing sync.Mutex // one write of the object at a time

	mu      sync.Mutex // guards what follows
	object  leaseObject
	version string
	run     string
	head    *Link
	renewed time.Time // when the last renewal that was done was begun
	lost    error
}

// readLease returns the lease object, or nil when there is none.
func (l *Ledger) readLease(ctx context.Context) (o *leaseObject, data []byte, version string, err error) {
	key := l.key("lease")
	data, version, err = l.get(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, "", nil
	}
	if err != nil {
		return nil, nil, "", err
	}
	o = new(leaseObject)
	if err := decode(key, data, o); err != nil {
		return nil, nil, "", err
	}
	if o.ID == "" || o.Renewed.IsZero() {
		return nil, nil, "", corrupt(key, "it has no id or no time")
	}
	return o, data, version, nil
}

// note makes the next renewal name the run and the journal's last object.
func (le *Lease) note(run string, head *Link) {
	le.mu.Lock()
	defer le.mu.Unlock()
	le.run, le.head = run, head
}

// ID names the lease; another one each time it is acquired.
func (le *Lease) ID() string { return le.id }

// Held returns nil while this run holds the lease. The error is [ErrLost] when
// another run, or unlock, took it, or when it could not be renewed for 5
// minutes. Ask before every call that changes the account.
func (le *Lease) Held() error {
	le.mu.Lock()
	defer le.mu.Unlock()
	if le.lost != nil {
		return le.lost
	}
	if silent := elapsed(le.renewed, le.ledger.opt.Now()); silent > giveUpAfter {
		return fmt.Errorf("%w: it could not be renewed for %s", ErrLost, silent.Round(time.Second))
	}
	return nil
}

// elapsed is the longer one of what the wall clock says, which counts a sleep of
// the machine, and what the monotonic clock says, which nobody sets back.
func elapsed(from, to time.Time) time.Duration {
	return max(to.Sub(from), to.Round(0).Sub(from.Round(0)))
}

// Release gives the lease back; then nothing renews it any more. The error is
// [ErrLost] when it was not held. A lease that cannot be released is taken over
// like that of a dead run.
func (le *Lease) Release(ctx context.Context) error {
	le.stop()
	<-le.done
	return le.write(ctx, true)
}
