package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// lockPatience is how long to wait for a lock that is held for milliseconds.
// Whoever holds it longer is stopped, or its file system is.
const lockPatience = 30 * time.Second

// errLocked: somebody else holds the lock.
var errLocked = errors.New("locked")

// lock waits for an exclusive lock of a file. The system takes it back when
// its holder dies.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, lockPatience,
		fmt.Errorf("another process has held %s for %s: end it", lockName, lockPatience))
	defer cancel()
	for wait := time.Millisecond; ; wait = min(2*wait, 20*time.Millisecond) {
		switch err = tryLock(f); {
		case err == nil:
			return func() { _ = f.Close() }, nil
		case !errors.Is(err, errLocked):
			return nil, errors.Join(fmt.Errorf("lock %s (the file system must have locks): %w", lockName, err), f.Close())
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, errors.Join(context.Cause(ctx), f.Close())
		}
	}
}
