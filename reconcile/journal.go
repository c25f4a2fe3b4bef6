package reconcile

import (
	"context"
	"fmt"
	"slices"

	"wxkeep/reconcile/plan"
	"wxkeep/state/ledger"
	"wxkeep/state/material"
)

// begin notes the run in the journal.
func (a *application) begin() error {
	if a.lease == nil {
		return nil
	}
	if err := a.forgetPages(a.calls); err != nil {
		return fmt.Errorf("forget what took more than one run: %w", err)
	}
	s := a.Summary
	run, err := a.lease.Begin(a.calls, ledger.RunInfo{
		Command: "apply", Action: ledger.Delete, PlanDigest: a.planDigest, ChangesDigest: s.ChangesDigest,
		ManifestDigest: s.Manifest.Digest, GitCommit: s.Manifest.GitCommit,
	})
	if err != nil {
		return fmt.Errorf("begin the journal: %w", err)
	}
	a.run = run
	return nil
}

// intend notes a batch before its calls. When it returns true the note is in the
// store.
func (a *application) intend(batch []*plan.Change) bool {
	if a.run == nil || len(batch) == 0 {
		return true
	}
	return a.mayGoOn("note what is about to be deleted", a.run.Intent(a.calls, a.entries(batch, false)))
}

// held reports whether the run still holds the lease, which is asked right before
// every batch of calls.
func (a *application) held() bool {
	return a.run == nil || a.mayGoOn("delete", a.lease.Held())
}

// mayGoOn reports whether err, which came from what it was doing, is nil; else
// the run stops, with nothing more deleted.
func (a *application) mayGoOn(doing string, err error) bool {
	if err == nil {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stop(ledgerStatus(err), fmt.Errorf("%s: %w", doing, err))
	return false
}

// journal notes what became of a batch. It is written even when the calls were
// cut.
func (a *application) journal(batch []*plan.Change) error {
	if a.run == nil || len(batch) == 0 {
		return nil
	}
	if err := a.run.Outcome(context.WithoutCancel(a.calls), a.entries(batch, true)); err != nil {
		return fmt.Errorf("note what was deleted: %w", err)
	}
	for _, c := range batch {
		a.noted[c.Item.ID] = c.Outcome
	}
	return nil
}

func (a *application) entries(batch []*plan.Change, done bool) []ledger.Item {
	a.mu.Lock() // hashes are of the next batch, too
	defer a.mu.Unlock()
	items := make([]ledger.Item, len(batch))
	for i, c := range batch {
		items[i] = ledger.Item{Item: c.Item, SHA256: a.hashes[c.Item.ID]}
		if done {
			items[i].Outcome, items[i].Note = string(c.Outcome), c.Note
		}
	}
	return items
}

// close writes what no batch did, such as what the verification changed and what
// was deferred; then what an earlier run that was cut left open; and the end.
func (a *application) close(queue []*plan.Change) error {
	if a.run == nil {
		return nil
	}
	var corrected []*plan.Change
	for _, c := range queue {
		if c.Outcome != "" && a.noted[c.Item.ID] != c.Outcome {
			corrected = append(corrected, c)
		}
	}
	if err := a.journal(corrected); err != nil {
		return err // the intents stay open, and the next run closes them
	}
	ctx := context.WithoutCancel(a.calls)
	open := slices.DeleteFunc(a.run.Open(), func(it ledger.Item) bool {
		_, again := a.noted[it.ID]
		return again
	})
	if err := a.run.Outcome(ctx, a.closed(open)); err != nil {
		return fmt.Errorf("note what an earlier run deleted: %w", err)
	}
	s := ledger.Summary{Status: int(a.Summary.Status), Verified: a.result.Verified, Messages: a.result.Messages}
	if err := a.run.End(ctx, s); err != nil {
		return fmt.Errorf("end the journal: %w", err)
	}
	return nil
}

// closed are those of the open deletions of which this run's listing told what
// became of them. The others stay open, also those that the history does not reach
// back to: it does when the next run reads this one.
func (d *Decision) closed(open []ledger.Item) []ledger.Item {
	var items []ledger.Item
	for _, it := range open {
		if told, ok := d.remains.told[it.ID]; ok {
			items = append(items, told)
		}
	}
	return items
}

// openNow says what became of deletions of which an earlier run, that was cut, wrote
// no outcome, or did not know it. This run's listing tells, because it was made
// after them; of those that it does not tell of, nothing is returned.
func (d *Decision) openNow(open []ledger.Item) []ledger.Item {
	whole := map[material.Type]bool{}
	for _, l := range d.snapshot.Listings {
		whole[l.Type] = l.Whole()
	}
	var items []ledger.Item
	for _, it := range open {
		if it.Action != ledger.Delete {
			continue // restore's
		}
		switch {
		case d.live.Has(it.ID):
			it.Outcome, it.Note = string(plan.Failed), "the run was cut; it is still listed"
		case whole[it.Type]:
			it.Outcome, it.Note = string(plan.Deleted), "the run was cut; a new listing shows it is gone"
		default:
			continue
		}
		items = append(items, it)
	}
	return items
}
