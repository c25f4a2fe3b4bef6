package cli

import (
	"context"
	"time"

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

// Quick is Main in which nothing waits before a call is made again, and a command
// has secretTime to print a secret.
func Quick(env Env, secretTime time.Duration) int {
	r := &run{Env: env, now: time.Now, secretTime: secretTime}
	r.sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return r.main()
}
