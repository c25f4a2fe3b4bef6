package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/reconcile/render"
	"wxkeep/state/ledger"
	"wxkeep/state/material"
)

func (r *run) history() *cobra.Command {
	var f historyFlags
	cmd := &cobra.Command{
		Use:   "history [PATH…]",
		Short: "what was deleted and restored, when, by which plan",
		Long: `history reads the journal in the ledger and shows every run that deleted or
restored, and what became of each material. It calls no account and needs no
secret.

The ledgers are those of the accounts in the manifests at PATH, or in wxkeep.yaml
if it is here and neither --state nor WXKEEP_STATE is given. Without a manifest
they are all that lie at the place which --state or WXKEEP_STATE names, or at the
default one.

Outcomes: ` + strings.Join(outcomes, ", ") + `.
Of a run that was killed between a call and its answer the outcome is unknown.

With --verify it walks along the chain of digests that links the journal's
objects, from the first run to the last, and says whether anything was altered,
cut or taken away.

Exit status: 0; 1 for an error, or when --verify finds a broken link.`,
		Example: `  wxkeep history
  wxkeep history --since 7d --outcome deleted
  wxkeep history --state s3://bucket/wxkeep --account wx0123456789abcdef -o json
  wxkeep history --verify manifests/`,
		RunE: func(cmd *cobra.Command, paths []string) error { return r.runHistory(cmd.Context(), paths, f) },
	}
	cmd.Flags().StringArrayVar(&r.accounts, "account", nil, "only the account of this `NAME` or appid (repeatable)")
	cmd.Flags().StringArrayVar(&f.ids, "id", nil, "only this `MEDIA_ID`, before or after a restore (repeatable)")
	cmd.Flags().StringVar(&f.since, "since", "", "only what was written since `WHEN`: so long ago, such as 7d, or a date, such as 2026-11-01 (UTC+8)")
	cmd.Flags().StringVar(&f.outcome, "outcome", "", "only materials with this `OUTCOME`")
	cmd.Flags().BoolVar(&f.verify, "verify", false, "check the chain of digests, in place of showing the runs")
	r.addLedger(cmd.Flags())
	r.addFormat(cmd.Flags())
	return cmd
}

type historyFlags struct {
	ids            []string
	since, outcome string
	verify         bool
}

// outcomes are the words of the journal.
var outcomes = []string{
	string(plan.Deleted), string(plan.AlreadyAbsent), string(plan.Changed), string(plan.Refused), string(plan.ArchiveFailed),
	string(plan.Deferred), string(plan.Failed), string(plan.Undecided), ledger.Restored,
}

func (r *run) runHistory(ctx context.Context, paths []string, f historyFlags) error {
	filter, err := r.filter(f)
	if err != nil {
		return err
	}
	ctx, cancel := r.deadline(ctx)
	defer cancel()
	books, err := r.ledgers().books(ctx, paths)
	if err != nil {
		return err
	}
	if books, err = r.narrow(books); err != nil {
		return err
	}
	if f.verify {
		return r.verify(ctx, books)
	}
	runs, err := past(ctx, books, filter)
	if err != nil {
		return err
	}
	doc := reconcile.History(runs)
	if r.output == "json" {
		return render.Document(r.Stdout, doc)
	}
	return render.History(r.Stdout, doc, render.Style{Color: r.color(r.Stdout)})
}

// filter reads the flags that narrow what is shown.
func (r *run) filter(f historyFlags) (ledger.Filter, error) {
	filter := ledger.Filter{Outcome: f.outcome}
	err := r.checkFormat()
	switch {
	case err != nil:
		return filter, err
	case f.outcome != "" && !slices.Contains(outcomes, f.outcome):
		return filter, fmt.Errorf("--outcome %q is not one of %s", f.outcome, strings.Join(outcomes, ", "))
	case f.verify && (f.ids != nil || f.since != "" || f.outcome != ""):
		return filter, errors.New("--verify reads the whole journal: leave out --id, --since and --outcome")
	}
	if filter.IDs, err = idSet("--id", f.ids); err != nil {
		return filter, err
	}
	filter.Since, err = r.since(f.since)
	return filter, err
}

// since reads a time: so long ago, or the begin of a day.
func (r *run) since(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if day, err := time.ParseInLocation(time.DateOnly, s, material.China); err == nil {
		return day, nil
	}
	ago, err := manifests.ParseDuration(s)
	if err != nil {
		return time.Time{}, fmt.Errorf("--since %q is neither a duration such as 7d nor a date such as 2026-11-01", s)
	}
	return r.now().Add(-ago), nil
}

// past returns the runs of all books that fit, the oldest first.
func past(ctx context.Context, books []book, filter ledger.Filter) ([]ledger.Record, error) {
	var runs []ledger.Record
	for _, b := range books {
		h, err := b.History(ctx, filter.Since)
		if err != nil {
			return nil, err
		}
		runs = append(runs, h.Filter(filter)...)
	}
	slices.SortStableFunc(runs, func(a, b ledger.Record) int { return a.Started.Compare(b.Started) })
	return runs, nil
}

// verify walks along the journal of every book.
func (r *run) verify(ctx context.Context, books []book) error {
	doc := plan.Verification{Accounts: []plan.VerifiedAccount{}}
	var broken []error
	for _, b := range books {
		v, err := b.Verify(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		a := plan.VerifiedAccount{Account: b.name, AppID: b.appid, Runs: v.Runs, Objects: v.Objects, Remarks: append([]string{}, v.Remarks...)}
		if v.Broken != nil {
			a.Broken = v.Broken.Error()
			broken = append(broken, fmt.Errorf("%s: %w", b.name, v.Broken))
		}
		doc.Accounts = append(doc.Accounts, a)
	}
	show := func() error { return render.Verification(r.Stdout, doc, render.Style{Color: r.color(r.Stdout)}) }
	if r.output == "json" {
		show = func() error { return render.Document(r.Stdout, doc) }
	}
	return errors.Join(show(), errors.Join(broken...))
}
