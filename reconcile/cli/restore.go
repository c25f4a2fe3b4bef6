package cli

import (
	"bufio"
	"context"
	"errors"

	"github.com/spf13/cobra"

	"wxkeep/state/material"
)

func (r *run) restore() *cobra.Command {
	var f restoreFlags
	cmd := &cobra.Command{
		Use:   "restore [PATH…] (--id ID … | --run RUN)",
		Short: "upload archived material again, printing old → new media_id",
		Long: `restore uploads images and voices again from what apply archived before it
deleted them: those that --id names, or all that one run deleted (wxkeep history
lists the runs). It shows them, asks for the account's name, and prints the new
media_id of each. Videos and news cannot be uploaded through the API.

Links to an old media_id do not heal: give the new one to every menu, article and
program that uses it.

A restored material is held for 30 days, listed or not. With --edit its new id is
written into the manifest, in the place of the old one or else at the end of the
account's keep list; nothing else in the file moves. What was restored before is
said, and not uploaded again.

` + exitStatuses,
		Example: `  wxkeep restore --id MKCozssSWUCfHdJwjl7y-knBGC0p3nxLiTo5lpvyaKM --dry-run
  wxkeep restore --run 20261123T080000.000Z --edit manifests/
  wxkeep restore --id ID --auto-approve -o json | jq -r '.restored[].new'`,
		RunE: func(cmd *cobra.Command, paths []string) error { return r.runRestore(cmd.Context(), paths, f) },
	}
	r.addNetwork(cmd.Flags())
	cmd.Flags().StringArrayVar(&r.accounts, "account", nil, "only the account of this `NAME` (repeatable)")
	cmd.Flags().StringArrayVar(&f.ids, "id", nil, "bring back the material that had this `MEDIA_ID` (repeatable)")
	cmd.Flags().StringVar(&f.run, "run", "", "bring back all that this `RUN` deleted")
	cmd.Flags().BoolVar(&f.edit, "edit", false, "write the new ids into the manifests")
	cmd.Flags().BoolVar(&f.dry, "dry-run", false, "show what would be uploaded; upload and write nothing")
	cmd.Flags().BoolVar(&f.approved, "auto-approve", false, "do not ask")
	r.addLedger(cmd.Flags())
	r.addFormat(cmd.Flags())
	return cmd
}

const notHealed = "links to an old media_id do not heal: give the new one to every menu, article and program that uses it"

type restoreFlags struct {
	ids                 []string
	run                 string
	edit, dry, approved bool
}

func (f restoreFlags) check() error {
	switch {
	case f.ids == nil && f.run == "":
		return errors.New("restore needs --id or --run: wxkeep history lists what was deleted, and by which run")
	case f.ids != nil && f.run != "":
		return errors.New("--id and --run exclude each other")
	}
	return nil
}

func (r *run) runRestore(ctx context.Context, paths []string, f restoreFlags) error {
	if err := errors.Join(r.checkNetwork(), r.checkFormat(), f.check()); err != nil {
		return err
	}
	if !f.approved && !f.dry && !terminal(r.Stdin) {
		return errors.New("there is no terminal to ask on: look at what would be uploaded with --dry-run, then use --auto-approve")
	}
	ids, err := idList(f.ids)
	if err != nil {
		return err
	}
	ctx, cancel := r.deadline(ctx)
	defer cancel()
	accounts, err := r.choose(paths, r.sandboxFile == "")
	if err != nil {
		return err
	}
	c, err := r.connect(ctx, accounts, false)
	if err != nil {
		return err
	}
	defer c.close()
	parts, err := assign(ctx, c, ids, f.run)
	if err != nil {
		return err
	}
	w := &restorer{run: r, flags: f, paths: paths, answers: bufio.NewReader(r.Stdin), show: r.display()}
	return w.all(ctx, parts)
}

// idList returns the ids of --id in their order, each once.
func idList(words []string) ([]material.ID, error) {
	left, err := idSet("--id", words)
	var ids []material.ID
	for _, word := range words {
		if id := material.ID(word); left.Has(id) {
			ids = append(ids, id)
			delete(left, id)
		}
	}
	return ids, err
}
