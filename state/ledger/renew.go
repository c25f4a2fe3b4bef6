package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"
)

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
