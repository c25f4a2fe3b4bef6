package ledger

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
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

// Acquire takes the lease, and renews it from then on. The error is [*Locked]
// when another run holds it.
//
// A lease is taken over from a holder that is dead: on this host at once, when
// its process is gone; elsewhere when it was not renewed for 10 minutes, by the
// time in it, and then does not change while it is watched for 65 seconds. A
// time in it that is more than 10 minutes ahead says nothing; then it is watched
// for 10 minutes.
func (l *Ledger) Acquire(ctx context.Context) (*Lease, error) {
	for range tries {
		held, _, version, err := l.readLease(ctx)
		if err != nil {
			return nil, err
		}
		if held != nil && !held.Released {
			if err := l.dead(ctx, held); err != nil {
				return nil, err
			}
		}
		lease, err := l.take(ctx, held, version)
		if err == nil {
			return lease, nil
		}
		if !conflict(err) {
			return nil, fmt.Errorf("write %s: %w", l.key("lease"), err)
		}
	}
	return nil, fmt.Errorf("acquire the lease of %s: %w", l.opt.Account, errRace)
}

// dead returns nil when the holder is, and else why it may live.
func (l *Ledger) dead(ctx context.Context, held *leaseObject) error {
	running, known := l.alive(held.Holder)
	locked := l.locked(held, running)
	if known && !running {
		return nil
	}
	watch := watchFor
	switch {
	case known, locked.Age >= -staleAfter && locked.Age < staleAfter:
		return locked
	case locked.Age < 0:
		watch = staleAfter
	}
	if l.opt.Waiting != nil {
		l.opt.Waiting(locked, watch)
	}
	if err := sleep(ctx, watch); err != nil {
		return err
	}
	again, _, _, err := l.readLease(ctx)
	if err != nil {
		return err
	}
	if again != nil && !again.Released && (again.ID != held.ID || again.Renewals != held.Renewals) {
		return l.locked(again, false)
	}
	return nil
}

func (l *Ledger) locked(o *leaseObject, running bool) *Locked {
	return &Locked{
		Account: l.opt.Account, ID: o.ID, Holder: o.Holder, Run: o.Run,
		Since: o.Since, Renewed: o.Renewed, Age: l.now().Sub(o.Renewed), Alive: running,
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// take writes a new lease in place of old, which is nil when there is none.
func (l *Ledger) take(ctx context.Context, old *leaseObject, version string) (*Lease, error) {
	begun := l.opt.Now()
	o := leaseObject{
		Version: format, ID: newLeaseID(), Account: l.opt.Account, Holder: l.self, Since: l.now(), Renewed: l.now(),
	}
	if old != nil {
		o.Head = old.Head
	}
	data, err := encode(o)
	if err != nil {
		return nil, err
	}
	if old == nil {
		version, err = l.store.Create(ctx, l.key("lease"), data)
	} else {
		version, err = l.store.Replace(ctx, l.key("lease"), data, version)
	}
	if err != nil {
		there, _, now, readErr := l.readLease(ctx)
		if readErr != nil || there == nil || there.ID != o.ID {
			return nil, err
		}
		version = now // ours after all: the answer was lost
	}
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	lease := &Lease{
		ledger: l, id: o.ID, stop: stop, done: make(chan struct{}),
		object: o, version: version, head: o.Head, renewed: begun,
	}
	go lease.keep(renewing)
	return lease, nil
}

func newLeaseID() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// keep renews the lease until ctx is done or it is lost. That a renewal failed
// shows in Held, after a while.
func (le *Lease) keep(ctx context.Context) {
	defer close(le.done)
	t := time.NewTicker(renewEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		try, cancel := context.WithTimeout(ctx, renewWithin)
		err := le.write(try, false)
		cancel()
		if errors.Is(err, ErrLost) {
			return
		}
	}
}

// write renews or releases the lease, on condition that it is as this process
// last wrote it.
func (le *Lease) write(ctx context.Context, release bool) error {
	le.writing.Lock()
	defer le.writing.Unlock()
	l := le.ledger
	for range tries {
		begun := l.opt.Now()
		next, version, err := le.next(release)
		if err != nil {
			return err
		}
		data, err := encode(next)
		if err != nil {
			return err
		}
		after, err := l.store.Replace(ctx, l.key("lease"), data, version)
		if err == nil {
			le.wrote(next, after, begun)
			return nil
		}
		there, bytesThere, after, readErr := l.readLease(ctx)
		switch {
		case readErr != nil:
			return fmt.Errorf("write %s: %w", l.key("lease"), errors.Join(err, readErr))
		case bytes.Equal(bytesThere, data):
			le.wrote(next, after, begun) // the answer was lost
			return nil
		case there == nil || there.ID != le.id || there.Released:
			return le.lose(there)
		}
		// It is ours, as an earlier write left it of which the answer was lost.
		le.adopt(*there, after)
		if !conflict(err) {
			return fmt.Errorf("write %s: %w", l.key("lease"), err)
		}
	}
	return fmt.Errorf("write %s: %w", l.key("lease"), errRace)
}

// next is the object as it is to be written, and the version it replaces.
func (le *Lease) next(release bool) (leaseObject, string, error) {
	le.mu.Lock()
	defer le.mu.Unlock()
	o := le.object
	o.Renewed, o.Run, o.Head, o.Released = le.ledger.now(), le.run, le.head, release
	o.Renewals++
	return o, le.version, le.lost
}

func (le *Lease) wrote(o leaseObject, version string, begun time.Time) {
	le.mu.Lock()
	defer le.mu.Unlock()
	le.object, le.version, le.renewed = o, version, begun
	if o.Released {
		le.lost = fmt.Errorf("%w: it was released", ErrLost)
	}
}

func (le *Lease) adopt(o leaseObject, version string) {
	le.mu.Lock()
	defer le.mu.Unlock()
	le.object, le.version = o, version
}

// lose notes for good that another run, or unlock, took the lease.
func (le *Lease) lose(now *leaseObject) error {
	le.mu.Lock()
	defer le.mu.Unlock()
	switch {
	case now == nil:
		le.lost = fmt.Errorf("%w: its object was removed", ErrLost)
	case now.ID == le.id:
		le.lost = fmt.Errorf("%w: it was unlocked", ErrLost)
	default:
		le.lost = fmt.Errorf("%w: %s has it since %s", ErrLost, now.Holder, now.Since.Format(time.RFC3339))
	}
	return le.lost
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

// Unlock releases the lease called id, whoever holds it: for an operator who
// knows that the holder is dead. It refuses another id, and a holder whose
// process is seen alive on this host. A holder that lives elsewhere notices at
// its next renewal.
func (l *Ledger) Unlock(ctx context.Context, id string) error {
	held, _, version, err := l.readLease(ctx)
	if err != nil {
		return err
	}
	if held == nil || held.Released {
		return fmt.Errorf("%s is not locked", l.opt.Account)
	}
	if held.ID != id {
		return fmt.Errorf("the lease of %s is not %q but %s, held by %s since %s: make sure that it is dead",
			l.opt.Account, id, held.ID, held.Holder, held.Since.Format(time.RFC3339))
	}
	if running, _ := l.alive(held.Holder); running {
		return fmt.Errorf("%s is not stale: %s is running here; end that process first", id, held.Holder)
	}
	held.Released = true
	held.Renewals++
	data, err := encode(held)
	if err != nil {
		return err
	}
	if _, err := l.store.Replace(ctx, l.key("lease"), data, version); err != nil {
		if there, _, getErr := l.store.Get(ctx, l.key("lease")); getErr == nil && bytes.Equal(there, data) {
			return nil
		}
		return fmt.Errorf("unlock %s: the lease changed meanwhile, or could not be written: %w", l.opt.Account, err)
	}
	return nil
}
