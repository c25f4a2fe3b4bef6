package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/reconcile/render"
	"wxkeep/state/material"
)

func (r *run) explain() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain ID|URL [PATH…]",
		Short: "why this material is kept or deleted, and what uses it",
		Long: `explain lists the accounts as plan does, and shows everything that bears on one
material: entries, rules, uses, ages, refusals and guards, and the verdict; a *
marks what counts. It deletes nothing.

In place of a media_id it takes the URL of an image, of whatever size, and
explains every material that has it. An id that begins with - stands after --.

Of several accounts it speaks of those that have the material or list it, and if
there is none, of all. JSON is one document for each material and account, one
after the other.

Exit status: 0, also when no account has the material; 1, 10, 12, 15, 16 or
130, as plan, when an account could not be seen wholly.`,
		Example: `  wxkeep explain MKCozssSWUCfHdJwjl7y-tfTbxEUrnH27SuJGJ_iyr0
  wxkeep explain -- -abcDEF manifests/
  wxkeep explain 'https://mmbiz.qpic.cn/mmbiz_png/…/640?wx_fmt=png'
  wxkeep explain --refresh never -o json ID | jq .action`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("explain takes the ID or URL of a material; see %s --help", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return r.runExplain(cmd.Context(), args[0], args[1:]) },
	}
	r.addNetwork(cmd.Flags())
	cmd.Flags().StringArrayVar(&r.accounts, "account", nil, "only the account of this `NAME` (repeatable)")
	r.addLedger(cmd.Flags())
	r.addRefresh(cmd.Flags())
	r.addFormat(cmd.Flags())
	return cmd
}

func (r *run) runExplain(ctx context.Context, what string, paths []string) error {
	if err := errors.Join(r.checkNetwork(), r.checkFormat()); err != nil {
		return err
	}
	explained, err := explainer(what)
	if err != nil {
		return err
	}
	ctx, cancel := r.deadline(ctx)
	defer cancel()
	r.all = true // say why it is kept, too
	s, err := r.decide(ctx, task{paths: paths})
	if err != nil {
		return err
	}
	defer s.close()
	var all, bearing []plan.Explanation
	status := plan.Done
	for _, d := range s.decisions {
		all = append(all, explained(d)...)
		status = plan.Worst(status, r.unseen(d))
	}
	for _, e := range all {
		if bears(e) {
			bearing = append(bearing, e)
		}
	}
	if len(bearing) == 0 {
		bearing = all
	}
	if err := r.showExplanations(bearing); err != nil {
		return err
	}
	return ended(status, nil)
}

// explainer returns what explains the material or materials that a word of the
// command line means.
func explainer(what string) (func(*reconcile.Decision) []plan.Explanation, error) {
	if material.URLKey(what) != "" {
		return func(d *reconcile.Decision) []plan.Explanation { return explainURL(d, what) }, nil
	}
	id, err := material.ParseID(what)
	if err != nil && strings.Contains(what, "/") {
		err = fmt.Errorf("%q is neither a media_id nor the URL of an image of WeChat's, which are under https://mmbiz.qpic.cn", what)
	}
	return func(d *reconcile.Decision) []plan.Explanation { return []plan.Explanation{d.Explain(id)} }, err
}

func explainURL(d *reconcile.Decision, url string) []plan.Explanation {
	var all []plan.Explanation
	for _, id := range d.Find(url) {
		all = append(all, d.Explain(id))
	}
	if all == nil {
		detail := "no live material has this URL"
		if !d.Summary.Listing.Complete {
			detail = "no material that was seen has this URL, and the listing is incomplete"
		}
		all = []plan.Explanation{{Account: d.Summary.Name, Detail: detail, Considered: []plan.Considered{}}}
	}
	return all
}

// bears reports whether the account has something to say about the material.
func bears(e plan.Explanation) bool {
	return e.Item != nil || slices.ContainsFunc(e.Considered, func(c plan.Considered) bool {
		return c.Counts && (c.What == "entry" || c.What == "retire")
	})
}

// unseen says on standard error what could not be seen of an account, and
// returns the exit status for that.
func (r *run) unseen(d *reconcile.Decision) plan.Status {
	if d.Summary.Error != "" {
		r.complain(d, d.Summary.Error)
		return d.Summary.Status
	}
	status := plan.Done
	for _, g := range d.Summary.Guards {
		if g.Status == plan.Blocked && (g.Name == plan.ListingIncomplete || g.Name == plan.ReferencesUnknown) {
			r.complain(d, g.Message)
			status = plan.Unseen
		}
	}
	return status
}

func (r *run) showExplanations(all []plan.Explanation) error {
	var errs []error
	for _, e := range all {
		if r.output == "json" {
			errs = append(errs, render.Document(r.Stdout, e))
		} else {
			errs = append(errs, render.Explanation(r.Stdout, e, render.Style{Color: r.color(r.Stdout)}))
		}
	}
	return errors.Join(errs...)
}
