package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/reconcile/render"
)

func (r *run) apply() *cobra.Command {
	var f applyFlags
	cmd := &cobra.Command{
		Use:   "apply [PATH…]",
		Short: "plan, ask, delete, verify",
		Long: `apply makes a plan, shows it, asks for the account's name, and deletes. It begins
with one material and looks whether just that one is gone; then it goes on in
batches, and counts the account again at the end. Deletion cannot be undone.

With --plan it deletes what a saved plan says, and no more: manifests and account
are read again, and only what is still an orphan, and unchanged, is deleted.

Ctrl-C ends it after the calls in flight; once more stops at once. Running it
again goes on where it stopped. So it does after 16: what was listed before the
daily quota was used up is kept in the ledger, and so are published articles.

When it is done, apply sends messages and metrics as plan does (see plan --help); a
channel that asks for done hears of what was deleted.

` + exitStatuses + "\n\n" + formatsHelp,
		Example: `  wxkeep apply
  wxkeep apply --auto-approve --limit 10
  wxkeep apply --report html=applied.html
  wxkeep apply --plan plan.json --expect-digest sha256:…`,
		RunE: func(cmd *cobra.Command, paths []string) error { return r.runApply(cmd.Context(), paths, f) },
	}
	r.addNetwork(cmd.Flags())
	r.addNarrow(cmd.Flags())
	r.addOutput(cmd.Flags())
	r.addPictures(cmd.Flags())
	cmd.Flags().BoolVar(&r.all, "all", false, "list kept materials, too, and everything however much")
	cmd.Flags().BoolVar(&f.approved, "auto-approve", false, "do not ask")
	r.addLedger(cmd.Flags())
	r.addRefresh(cmd.Flags())
	r.addTelling(cmd.Flags())
	cmd.Flags().StringVar(&f.saved, "plan", "", "delete what the plan saved in this `FILE` says, no more; sha256:… is one in the ledger")
	cmd.Flags().StringVar(&f.expect, "expect-digest", "", "refuse a plan with another `DIGEST`: its digest or changes_digest")
	return cmd
}

type applyFlags struct {
	approved      bool
	saved, expect string
}

func (r *run) runApply(ctx context.Context, paths []string, f applyFlags) error {
	if err := r.ready(); err != nil {
		return err
	}
	if r.remembered() {
		return errors.New("--refresh never is not for apply: what is deleted has to be seen first")
	}
	if !f.approved && !terminal(r.Stdin) {
		return errors.New("there is no terminal to ask on: read the plan with wxkeep plan, then use --auto-approve")
	}
	ctx, cancel := r.deadline(ctx)
	defer cancel()
	s, err := r.decide(ctx, task{command: applyCommand, paths: paths, saved: f.saved, life: planLife, deletes: true})
	if err != nil {
		return err
	}
	defer s.close()
	began := r.now()
	doc := s.document(began)
	if err := expected(f.expect, doc, s.saved); err != nil {
		for _, d := range s.decisions {
			d.Refuse(plan.Stale, err)
		}
		doc = s.document(began)
	}
	r.fetchPictures(ctx, doc, s.show) // while they are there
	err = r.preview(doc, f.approved)
	r.blocked(s.decisions)
	if err != nil {
		return finish(doc, errors.Join(err, r.report(doc), s.announce(doc)))
	}
	going := r.ask(ctx, s.decisions, f.approved)
	s.execute(ctx, going)
	doc = s.document(began)
	err = r.outcome(doc)
	r.troubled(going)
	return finish(doc, errors.Join(err, s.announce(doc)))
}

// expected refuses a plan that is not the one that was reviewed.
func expected(digest string, doc, saved *plan.Plan) error {
	switch {
	case digest == "", digest == doc.ChangesDigest, saved != nil && (digest == saved.Digest || digest == saved.ChangesDigest):
		return nil
	case saved != nil:
		return fmt.Errorf("the saved plan's digest is %s and its changes_digest %s, not %s as --expect-digest says: review it again", saved.Digest, saved.ChangesDigest, digest)
	}
	return fmt.Errorf("the plan's changes_digest is %s, not %s as --expect-digest says: review it again", doc.ChangesDigest, digest)
}

// preview shows the plan before anything is deleted: where the result goes if
// that is text, else to the person who is asked.
func (r *run) preview(doc *plan.Plan, approved bool) error {
	var w io.Writer
	switch {
	case r.output == "text":
		w = r.Stdout
	case !approved:
		w = r.Stderr
	default:
		return nil
	}
	return render.Text(w, doc, r.style(w))
}

// outcome prints what was done, and writes the reports.
func (r *run) outcome(doc *plan.Plan) error {
	reported := r.report(doc)
	if r.output != "text" {
		return errors.Join(r.write(r.Stdout, r.output, doc), reported)
	}
	if doc.Deletions() == 0 && !doc.Applied() {
		return reported // the plan has said it: no changes
	}
	return errors.Join(render.Result(r.Stdout, doc, r.style(r.Stdout)), reported)
}

// ask returns the decisions that may be applied.
func (r *run) ask(ctx context.Context, decisions []*reconcile.Decision, approved bool) []*reconcile.Decision {
	answers := bufio.NewReader(r.Stdin)
	var going []*reconcile.Decision
	for _, d := range decisions {
		planned := d.Summary.Summary.Delete > 0
		if d.Summary.Status != plan.Done || !d.Summary.Applicable || !planned && !d.LeftOpen() {
			continue
		}
		if d.Fits() > 0 && !approved {
			if err := r.confirm(ctx, answers, d); err != nil {
				d.Refuse(statusOf(err), err)
				r.complain(d, err.Error())
				continue
			}
		}
		going = append(going, d)
	}
	return going
}

// troubled says on standard error what went wrong while deleting.
func (r *run) troubled(decisions []*reconcile.Decision) {
	for _, d := range decisions {
		if d.Summary.Error != "" {
			r.complain(d, d.Summary.Error)
		}
		if res := d.Summary.Result; res != nil && d.Summary.Status != plan.Done {
			for _, m := range res.Messages {
				r.complain(d, m)
			}
		}
	}
}
