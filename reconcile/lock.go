package reconcile

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"wxkeep/reconcile/plan"
	"wxkeep/state/ledger"
)

// lock takes the lease of every account, in the order of their appids, so that
// two runs over the same accounts do not wait for each other's half. An account
// that is locked by another run is refused; the others go on.
func lock(ctx context.Context, decisions []*Decision) {
	sorted := slices.SortedFunc(slices.Values(decisions), func(a, b *Decision) int {
		return cmp.Compare(a.Summary.AppID, b.Summary.AppID)
	})
	for _, d := range sorted {
		if d.Account.Ledger == nil {
			continue
		}
		lease, err := d.Account.Ledger.Acquire(ctx)
		if err != nil {
			d.Refuse(ledgerStatus(err), err)
			continue
		}
		d.lease = lease
	}
}

// ledgerStatus is the exit status of an error of the ledger.
func ledgerStatus(err error) plan.Status {
	var locked *ledger.Locked
	switch {
	case errors.As(err, &locked):
		return plan.Locked
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return plan.Interrupted
	}
	return plan.Error
}

// Release writes down what is left of the quotas and gives every lease back. It
// is called when nothing more is to be done, however the run ended.
func Release(ctx context.Context, decisions []*Decision) error {
	var errs []error
	for _, d := range decisions {
		if d.lease != nil {
			errs = append(errs, d.recordQuotas(ctx), d.lease.Release(ctx))
			d.lease = nil
		}
	}
	return errors.Join(errs...)
}

// recordQuotas writes down what is left of the quotas, if anything is known of
// them and the lease is still held.
func (d *Decision) recordQuotas(ctx context.Context) error {
	if len(d.budget.known) == 0 || d.lease.Held() != nil {
		return nil
	}
	return d.Account.Ledger.RecordQuotas(ctx, d.remembered())
}
