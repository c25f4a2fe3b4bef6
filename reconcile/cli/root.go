package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

const exitStatuses = `Exit status:
    0  done, or nothing to do
    1  error: a bad manifest or flag, a server never reached, a wrong name typed
    2  plan has deletions (only with --detailed-exitcode)
    3  finished, but some items failed or are unknown
   10  wrong account
   11  locked: another run holds the lease
   12  credentials refused, or a secret that cannot be had
   13  blocked by another guard
   14  plan stale, expired, used up or altered
   15  listing or references incomplete
   16  quota used up, the rest deferred
  130  interrupted
When several apply, the first of 130, 10, 12, 1, 14, 15, 13, 11, 3, 16, 2 is
returned.`

// plainStatus is the end of the help of commands that call no account.
const plainStatus = "Exit status: 0, or 1 for an error."

func (r *run) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "wxkeep",
		Short: "keep what the manifest lists, delete the rest, after you have seen the plan",
		Long: `wxkeep is a reconciler for the permanent material (永久素材) of WeChat Official
Accounts. A YAML manifest lists which media_ids may remain; plan shows what else
is in the account, and apply deletes it. Deletion cannot be undone.

` + exitStatuses,
		Example: `  A pretend account needs no network and no secret:

  wxkeep plan  --sandbox examples/quickstart/account.yaml examples/quickstart/manifests
  wxkeep apply --sandbox examples/quickstart/account.yaml examples/quickstart/manifests`,
		SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(r.Stdin)
	root.SetOut(r.Stdout)
	root.SetErr(r.Stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())
	})
	r.addGlobal(root.PersistentFlags())
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return r.check() }
	root.AddCommand(
		r.plan(), r.apply(), r.validate(), r.importing(), r.format(), r.explain(), r.show(), r.history(), r.restore(),
		r.quota(), r.unlock(), r.sandbox(), r.schema(), r.version(),
	)
	describe(root)
	return root
}

// describe adds to the commands that cobra brings along what ours have, too.
func describe(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Short = "show the help of a command"
			cmd.Long = "help shows the help of a command, as its flag --help does.\n\n" + plainStatus
			cmd.Example = "  wxkeep help apply"
			cmd.Args = func(_ *cobra.Command, args []string) error {
				_, _, err := root.Find(args)
				return err
			}
		case "completion":
			cmd.Short = "print a shell's completion script"
			cmd.Long = "completion prints the script that makes a shell complete wxkeep's commands and flags.\n\n" + plainStatus
			cmd.Example = "  source <(wxkeep completion bash)"
			cmd.Args = cobra.NoArgs
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
			for _, shell := range cmd.Commands() {
				shell.Long += "\n" + plainStatus
				shell.Example = fmt.Sprintf("  wxkeep completion %s", shell.Name())
			}
		}
	}
}

// oneFile is the check of a command's arguments where that is one file.
func oneFile(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("%s takes one FILE, not %d arguments; see %s --help", cmd.Name(), len(args), cmd.CommandPath())
	}
	return nil
}
