package cli

import (
	"context"

	"wxkeep/state/ledger"
	"wxkeep/state/store"
)

// OpenLedger opens the ledger at place as a command does.
func OpenLedger(ctx context.Context, place, appid, name string) (*ledger.Ledger, error) {
	s, err := store.Open(ctx, place, store.Options{Init: true})
	if err != nil {
		return nil, err
	}
	return ledger.Open(objects{s}, appid, ledger.Options{Account: name}), nil
}
