package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
)

// runMerge brings the manifests at path up to what their accounts hold. All
// accounts are listed before anything is written; the failure of one does not
// stop the others.
func (r *run) runMerge(ctx context.Context, path string) error {
	chosen, err := r.choose([]string{path}, r.sandboxFile == "" && !r.remembered())
	if err != nil {
		return err
	}
	ctx, cancel := r.deadline(ctx)
	defer cancel()
	c, err := r.connect(ctx, chosen, false)
	if err != nil {
		return err
	}
	defer c.close()
	lists := make([]inventoried, len(c.accounts))
	for i, a := range c.accounts {
		lists[i] = r.list(ctx, a)
	}
	status, errs := plan.Done, make([]error, len(lists))
	for i, a := range c.accounts {
		errs[i] = r.merge(path, a.Manifest, lists[i])
		if errs[i] != nil {
			status = plan.Worst(status, statusOf(errs[i]))
		}
	}
	return ended(status, errors.Join(errs...))
}

// An inventoried account is one that was listed.
type inventoried struct {
	snap   *state.Snapshot // nil when it could not be
	status plan.Status
	err    error // why it could not be, or what the listing lacks
}

func (r *run) list(ctx context.Context, a *reconcile.Account) inventoried {
	show := r.display()
	snap, status, err := reconcile.List(ctx, a, reconcile.Options{
		Parallelism: r.parallelism, Progress: show, Now: r.now, Remembered: r.remembered(),
	})
	show.Clear()
	return inventoried{snap, status, err}
}

// merge writes what is new about one account, and tells it. Another account's
// items would be entries that make the guard wrong_account pass.
func (r *run) merge(path string, a *manifests.Account, l inventoried) error {
	account := a.Name
	if l.snap == nil {
		return failed(l.status, "%s: %w; nothing is written", account, l.err)
	}
	if why := reconcile.Foreign(a, l.snap, r.now()); why != "" {
		return failed(plan.Foreign, "%s: wrong account: %s; nothing is written", account, why)
	}
	m := manifests.Merge{Items: l.snap.Items, Listed: l.snap.ObservedAt, Whole: l.err == nil}
	done, err := m.Rewrite([]string{path}, account)
	if err != nil {
		return err
	}
	if err := done.Write(); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d added, %d marked missing, %d live again\n", account, len(done.Placed), len(done.Missing), len(done.Live))
	for _, p := range done.Placed {
		fmt.Fprintf(&b, "  + %s  %s (%s)\n", p.ID, p.Remark(), p.At[0])
	}
	marks(&b, "- %s  missing (%s)", done.Missing)
	marks(&b, "~ %s  live again (%s)", done.Live)
	marks(&b, "! %s  missing, but not marked: it shares its line (%s)", done.Unmarked)
	for _, id := range done.Retired {
		fmt.Fprintf(&b, "  ! %s  live, but not added: it is retired\n", id)
	}
	if _, err := io.WriteString(r.Stdout, b.String()); err != nil {
		return err
	}
	if l.err != nil {
		return failed(l.status, "%s: %w; what was seen is merged, and nothing is marked missing", account, l.err)
	}
	return nil
}

func marks(b *strings.Builder, format string, marked []manifests.Marked) {
	for _, m := range marked {
		fmt.Fprintf(b, "  "+format+"\n", m.ID, m.At)
	}
}
