package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
)

func (r *run) unlock() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "unlock ACCOUNT ID [PATH…]",
		Short: "remove a stale lease",
		Long: `unlock gives back the lease of a run that is dead, so that the next run need not
wait. ACCOUNT is a name or an appid; ID is the lease's, as the message of the run
that was refused (exit status 11) says it.

It is seldom needed: a lease whose process died on this machine is taken over at
once, and one from another machine after 10 minutes of silence. Make sure that
its holder is dead: one that is alive stops when it notices.

The ledger is that of the account in the manifests at PATH, or in wxkeep.yaml if
it is here and neither --state nor WXKEEP_STATE is given; else the one at the
place that --state or WXKEEP_STATE names, or at the default one.

Exit status: 0, or 1 for an error: it is not locked, the lease has another id, or
its holder is running on this machine.`,
		Example: `  wxkeep unlock brand-main 5f0c3a9e1b7d2468
  wxkeep unlock --state s3://bucket/wxkeep wx0123456789abcdef 5f0c3a9e1b7d2468`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return fmt.Errorf("unlock takes an ACCOUNT and the ID of its lease; see %s --help", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.runUnlock(cmd.Context(), args[0], args[1], args[2:])
		},
	}
	r.addLedger(cmd.Flags())
	return cmd
}

func (r *run) runUnlock(ctx context.Context, account, id string, paths []string) error {
	ctx, cancel := r.deadline(ctx)
	defer cancel()
	books, err := r.ledgers().books(ctx, paths)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(books, func(b book) bool { return b.is(account) })
	if i < 0 {
		return fmt.Errorf("no ledger has the account %s; there are: %s", account, names(books))
	}
	if err := books[i].Unlock(ctx, id); err != nil {
		return err
	}
	_, err = fmt.Fprintf(r.Stdout, "%s (%s) is unlocked.\n", books[i].name, books[i].appid)
	return err
}
