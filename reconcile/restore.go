package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/ledger"
	"wxkeep/state/material"
)

// An Uploader uploads a material, which gets a new media_id.
type Uploader interface {
	Upload(ctx context.Context, it material.Item, content []byte) (material.ID, error)
}

// A Restoration is what is to be brought back into one account from its archive,
// and after Apply what became of it.
type Restoration struct {
	Document plan.Restoration
	Status   plan.Status

	account *Account
	opt     Options
	lease   *ledger.Lease
}

// Restore finds what is to be brought back: the materials called ids, or all that
// the run called run deleted. It takes the lease, which Release gives back; the
// Restoration is nil only when the lease could not be had. What cannot be
// uploaded, and what was restored before, is in the document with a note.
func Restore(ctx context.Context, a *Account, ids []material.ID, run string, opt Options) (*Restoration, error) {
	lease, err := a.Ledger.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	r := &Restoration{account: a, opt: opt.withDefaults(), lease: lease, Document: plan.Restoration{Restored: []plan.RestoredItem{}}}
	if err := r.find(ctx, ids, run); err != nil {
		return r, err
	}
	return r, nil
}

func (r *Restoration) find(ctx context.Context, ids []material.ID, run string) error {
	h, err := r.account.Ledger.History(ctx, r.opt.Now().AddDate(-100, 0, 0))
	if err != nil {
		return err
	}
	var deleted []ledger.Item
	if run != "" {
		if deleted, err = deletedBy(h, run); err != nil {
			return err
		}
	}
	before := restoredBefore(h)
	seen := material.Set{}
	for _, id := range ids {
		if seen.Has(id) {
			continue
		}
		seen.Add(id)
		it, err := r.item(ctx, ledger.Item{Item: material.Item{ID: id}}, before)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is not in the archive of %s", id, r.account.Manifest.Name)
		}
		if err != nil {
			return err
		}
		r.Document.Restored = append(r.Document.Restored, it)
	}
	for _, was := range deleted {
		it, err := r.item(ctx, was, before)
		if errors.Is(err, fs.ErrNotExist) { // one of many: the others can be had
			it = plan.RestoredItem{Old: was.ID, Type: was.Type, Name: was.Name, Note: "not in the archive"}
			r.Status = plan.Worst(r.Status, plan.Incomplete)
		} else if err != nil {
			return err
		}
		r.Document.Restored = append(r.Document.Restored, it)
	}
	return nil
}

// item says what can be done about one material. The error is fs.ErrNotExist when
// it is not in the archive.
func (r *Restoration) item(ctx context.Context, was ledger.Item, before map[material.ID]material.ID) (plan.RestoredItem, error) {
	it := plan.RestoredItem{Old: was.ID, Type: was.Type, Name: was.Name}
	if was.Action == ledger.Delete && (was.Outcome == "" || was.Outcome == ledger.Unknown) {
		it.Note = "nobody knows whether it was deleted: run wxkeep apply, which finds out; or name it with --id"
		return it, nil
	}
	a, err := r.account.Ledger.Archived(ctx, was.ID)
	if damaged := (*ledger.Corrupt)(nil); errors.As(err, &damaged) {
		r.Status, it.Note = plan.Worst(r.Status, plan.Incomplete), err.Error()
		return it, nil
	}
	if err != nil {
		return it, err
	}
	it.Type, it.Name = a.Type, a.Name
	switch is := before[was.ID]; {
	case is != "":
		it.New, it.Note = is, "restored before"
	case !a.Type.Restorable():
		it.Note = fmt.Sprintf("a %s cannot be uploaded again through the API; what it gave is in the archive, %s", a.Type, a.SHA256)
	}
	return it, nil
}

// deletedBy returns what a run deleted, or may have. When it was cut, a later run
// wrote the outcomes.
func deletedBy(h *ledger.History, run string) ([]ledger.Item, error) {
	found := false
	var order []material.ID
	last := map[material.ID]ledger.Item{}
	for _, rec := range h.Runs {
		found = found || rec.ID == run
		for _, it := range rec.Items {
			if it.Action != ledger.Delete || cmp.Or(it.Run, rec.ID) != run {
				continue
			}
			if _, again := last[it.ID]; !again {
				order = append(order, it.ID)
			}
			last[it.ID] = it
		}
	}
	if !found {
		return nil, fmt.Errorf("there is no run %q: wxkeep history lists them", run)
	}
	var deleted []ledger.Item
	for _, id := range order {
		switch last[id].Outcome {
		case ledger.Deleted, ledger.AlreadyAbsent, ledger.Unknown, "":
			deleted = append(deleted, last[id])
		}
	}
	return deleted, nil
}

// restoredBefore maps old ids to the new ones that they have and that were not
// deleted since.
func restoredBefore(h *ledger.History) map[material.ID]material.ID {
	is := map[material.ID]material.ID{}
	was := map[material.ID]material.ID{}
	for _, rec := range h.Runs {
		for _, it := range rec.Items {
			switch {
			case it.Outcome == ledger.Restored:
				is[it.ID], was[it.New] = it.New, it.ID
			case it.Action == ledger.Delete && (it.Outcome == ledger.Deleted || it.Outcome == ledger.AlreadyAbsent):
				delete(is, was[it.ID])
			}
		}
	}
	return is
}

// Todo counts what is to be uploaded.
func (r *Restoration) Todo() int {
	n := 0
	for _, it := range r.Document.Restored {
		if it.Note == "" && it.New == "" {
			n++
		}
	}
	return n
}

// Apply uploads one material after the other. Each is in the journal before and
// after its call. It ends when ctx is done; a call under way ends when calls is.
func (r *Restoration) Apply(ctx, calls context.Context, up Uploader) error {
	m := r.account.Manifest
	total, done := r.Todo(), 0
	if total == 0 {
		return nil
	}
	run, err := r.lease.Begin(calls, ledger.RunInfo{Command: "restore", Action: ledger.Upload, ManifestDigest: m.Digest()})
	if err != nil {
		r.Status = plan.Worst(r.Status, ledgerStatus(err))
		return err
	}
	for i := range r.Document.Restored {
		it := &r.Document.Restored[i]
		switch {
		case it.Note != "" || it.New != "":
		case err != nil:
			it.Note = "not tried"
		case ctx.Err() != nil || calls.Err() != nil:
			r.Status, it.Note = plan.Interrupted, "interrupted"
		default:
			err = r.one(calls, run, it, up)
			done++
			r.opt.Progress.Progress(state.Event{Account: m.Name, Stage: "restoring", Done: done, Total: total})
		}
	}
	if ended := run.End(context.WithoutCancel(calls), ledger.Summary{Status: int(r.Status)}); ended != nil {
		r.Status = plan.Worst(r.Status, plan.Error)
		err = errors.Join(err, fmt.Errorf("end the journal: %w", ended))
	}
	return err
}

// one uploads one material. Its error ends the run; what concerns this material
// alone is a note.
func (r *Restoration) one(calls context.Context, run *ledger.Run, it *plan.RestoredItem, up Uploader) error {
	a, content, err := r.account.Ledger.Load(calls, it.Old)
	if err != nil {
		r.Status, it.Note = plan.Worst(r.Status, plan.Incomplete), err.Error()
		return nil
	}
	entry := ledger.Item{Item: a.Item, SHA256: a.SHA256}
	if err := run.Intent(calls, []ledger.Item{entry}); err != nil {
		r.Status, it.Note = plan.Worst(r.Status, ledgerStatus(err)), "not tried"
		return fmt.Errorf("note what is about to be uploaded: %w", err)
	}
	id, err := up.Upload(calls, a.Item, content)
	entry.New, entry.Outcome = id, ledger.Restored
	if err != nil {
		entry.New, entry.Outcome, entry.Note = "", string(plan.Failed), err.Error()
		if calls.Err() != nil || errors.Is(err, state.ErrBusy) || errors.Is(err, state.ErrStop) {
			entry.Outcome, entry.Note = ledger.Unknown, err.Error()+"; it may have been uploaded: look for it by name before you try again"
		}
	}
	it.New, it.Note = entry.New, entry.Note
	if jerr := run.Outcome(context.WithoutCancel(calls), []ledger.Item{entry}); jerr != nil {
		r.Status = plan.Worst(r.Status, plan.Error)
		return errors.Join(err, fmt.Errorf("note what was uploaded: %w", jerr))
	}
	switch {
	case err == nil:
		return nil
	case calls.Err() != nil:
		r.Status = plan.Interrupted
		return nil // the others are interrupted, too
	case errors.Is(err, state.ErrQuota), errors.Is(err, state.ErrCredential), errors.Is(err, state.ErrNotGranted),
		errors.Is(err, state.ErrUnreachable), errors.Is(err, state.ErrStop):
		r.Status = plan.Worst(r.Status, statusOf(err))
		return err // the next one would fail the same way
	}
	r.Status = plan.Worst(r.Status, plan.Incomplete)
	return nil
}

// Release gives the lease back.
func (r *Restoration) Release(ctx context.Context) error { return r.lease.Release(ctx) }
