package reconcile

import (
	"context"
	"errors"

	"wxkeep/reconcile/plan"
	"wxkeep/state"
)

// statusOf is the exit status of an error that kept an account from being
// listed or applied.
func statusOf(err error) plan.Status {
	switch {
	case err == nil:
		return plan.Done
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return plan.Interrupted
	case errors.Is(err, state.ErrCredential), errors.Is(err, state.ErrNotGranted):
		return plan.Denied
	case errors.Is(err, state.ErrQuota):
		return plan.QuotaUsed
	case errors.Is(err, state.ErrUnreachable), errors.Is(err, state.ErrStop):
		return plan.Error
	}
	return plan.Unseen
}
