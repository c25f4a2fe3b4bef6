package ledger

import (
	"bytes"
	"context"
	"fmt"
	"time"
)

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
