// Command wxkeep keeps what a manifest lists in a WeChat Official Account's
// permanent material, and deletes the rest after you have seen the plan.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"wxkeep/reconcile/cli"
)

func main() {
	signal.Ignore(syscall.SIGPIPE) // a reader that is gone is an error like a full disk, not the end
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	os.Exit(cli.Main(cli.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Getenv: os.Getenv, Signals: signals,
	}))
}
