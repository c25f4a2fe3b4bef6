package cli

import (
	"context"
	"os"
)

// interruptible returns two contexts. A first signal ends ctx: nothing new is
// begun. A second one ends calls: calls in flight are cut, too.
func interruptible(signals <-chan os.Signal) (ctx, calls context.Context, release func()) {
	ctx, stop := context.WithCancel(context.Background())
	calls, cut := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		for _, end := range []context.CancelFunc{stop, cut} {
			select {
			case <-signals:
				end()
			case <-done:
				return
			}
		}
	}()
	return ctx, calls, func() {
		close(done)
		stop()
		cut()
	}
}
