package ledger

import "context"

// Name returns what the account was called when it was last locked, which is
// nothing when it never was: for those who find a ledger without a manifest.
func (l *Ledger) Name(ctx context.Context) (string, error) {
	o, _, _, err := l.readLease(ctx)
	if err != nil || o == nil {
		return "", err
	}
	return o.Account, nil
}
