package cli

import (
	"context"

	"github.com/spf13/cobra"

	"wxkeep/reconcile"
	"wxkeep/reconcile/render"
)

func (r *run) quota() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "quota [PATH…]",
		Short: "limits, used, left, and what a full cycle needs",
		Long: `quota counts each account and asks WeChat for the quota of every endpoint that a
full cycle calls: one listing, one search of every place that the manifest names,
and as many deletions as its guards let pass at once, each with its archive. It
says what a full cycle needs, whether that fits into a day, and whether it fits
into what is left now, when guards.quota_reserve_percent of each limit is left to
production. How many drafts and publications there are is not known before they
are read; for those it says the least. It costs one get_materialcount and one
quota/get for each endpoint. It never clears a quota.

PATH is a manifest file or a directory of them; without it, wxkeep.yaml is read.

Exit status:
    0  every quota is known, and something is left of each
    1  error: a bad manifest or flag, a server never reached
    3  a quota cannot be had
   12  credentials refused, or a secret that cannot be had
   15  an account could not be counted
   16  nothing is left today of one that is needed, but for production's part
  130  interrupted
When several apply, the first of 130, 12, 1, 15, 3, 16 is returned.`,
		Example: `  wxkeep quota
  wxkeep quota --account brand-main manifests/
  wxkeep quota -o json | jq '.accounts[] | {name, fits_day, fits_now}'`,
		RunE: func(cmd *cobra.Command, paths []string) error { return r.runQuota(cmd.Context(), paths) },
	}
	r.addNetwork(cmd.Flags())
	cmd.Flags().StringArrayVar(&r.accounts, "account", nil, "only the account of this `NAME` (repeatable)")
	r.addFormat(cmd.Flags())
	return cmd
}

func (r *run) runQuota(ctx context.Context, paths []string) error {
	if err := r.ready(); err != nil {
		return err
	}
	chosen, err := r.choose(paths, r.sandboxFile == "")
	if err != nil {
		return err
	}
	ctx, cancel := r.deadline(ctx)
	defer cancel()
	r.unledgered = true
	c, err := r.connect(ctx, chosen, false)
	if err != nil {
		return err
	}
	defer c.close()
	doc := reconcile.Quotas(ctx, c.accounts, reconcile.Options{Now: r.now})
	if r.output == "json" {
		err = render.Document(r.Stdout, doc)
	} else {
		err = render.Quotas(r.Stdout, doc, render.Style{Color: r.color(r.Stdout)})
	}
	for _, a := range doc.Accounts {
		if a.Error != "" {
			say(r.Stderr, a.Name+": "+a.Error)
		}
	}
	if err != nil {
		return err
	}
	return ended(doc.Status(), nil)
}
