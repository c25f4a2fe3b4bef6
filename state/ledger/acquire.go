package ledger

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"
)

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
