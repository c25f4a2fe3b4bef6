package cli

import (
	"context"
	"fmt"
)

// interruptible returns two contexts. A first signal ends ctx: nothing new is
// begun. A second one ends calls: calls in flight are cut, too.
func interruptible(env Env) (ctx, calls context.Context, release func()) {
	ctx, stop := context.WithCancel(context.Background())
	calls, cut := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		select {
		case <-env.Signals:
			fmt.Fprintln(env.Stderr, "wxkeep: interrupted: calls in flight are finished first; once more stops at once")
			stop()
		case <-done:
			return
		}
		select {
		case <-env.Signals:
			cut()
		case <-done:
		}
	}()
	return ctx, calls, func() {
		close(done)
		stop()
		cut()
	}
}
