//go:build unix

package cli

import (
	"os/signal"
	"syscall"
)

// outlive makes a limit on the size of files an error, like a full disk, and not
// the end of the process.
func outlive() { signal.Ignore(syscall.SIGXFSZ) }
