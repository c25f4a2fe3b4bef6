package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/reconcile/render"
	"wxkeep/state/material"
	"wxkeep/state/wechat"
)

// A restorer is the work of one wxkeep restore.
type restorer struct {
	*run
	flags   restoreFlags
	paths   []string
	answers *bufio.Reader
	show    display
}

// An uploader uploads as a restoration asks for it.
type uploader struct{ client *wechat.Uploader }

// Upload calls add_material.
func (u uploader) Upload(ctx context.Context, it material.Item, content []byte) (material.ID, error) {
	id, _, err := u.client.Upload(ctx, it.Type, it.Name, content)
	return id, err
}

// all brings back every part, one after the other: each account is asked about
// by itself.
func (w *restorer) all(ctx context.Context, parts []part) error {
	doc := plan.Restoration{Restored: []plan.RestoredItem{}}
	status := plan.Done
	var errs []error
	for _, p := range parts {
		items, s, err := w.part(ctx, p)
		if err != nil {
			s = plan.Worst(s, statusOf(err))
			errs = append(errs, fmt.Errorf("%s: %w", p.account.Manifest.Name, err))
		}
		status = plan.Worst(status, s)
		doc.Restored = append(doc.Restored, items...)
	}
	if err := w.write(w.Stdout, w.output, doc); err != nil {
		status, errs = plan.Worst(status, plan.Error), append(errs, err)
	}
	return ended(status, errors.Join(errs...))
}

// part brings back what was asked for of one account.
func (w *restorer) part(ctx context.Context, p part) (items []plan.RestoredItem, status plan.Status, err error) {
	res, err := reconcile.Restore(ctx, p.account, p.ids, w.flags.run, reconcile.Options{Progress: w.show, Now: w.now})
	if res != nil {
		defer func() { err = errors.Join(err, res.Release(context.WithoutCancel(w.calls))) }()
	}
	if err != nil {
		return nil, plan.Done, err
	}
	if w.flags.dry {
		return res.Document.Restored, plan.Done, nil
	}
	lacks := slices.ContainsFunc(res.Document.Restored, func(it plan.RestoredItem) bool { return it.New == "" && it.Note != "" })
	if res.Todo() > 0 {
		if err := w.confirm(ctx, p, res); err != nil {
			return nil, plan.Done, err
		}
		err = w.upload(ctx, p, res)
	}
	items, status = res.Document.Restored, res.Status
	renewed := slices.ContainsFunc(items, func(it plan.RestoredItem) bool { return it.New != "" })
	if lacks { // what cannot be uploaded
		status = plan.Worst(status, plan.Incomplete)
	}
	if renewed && w.flags.approved { // else the question has said it
		w.tell("%s: %s", p.account.Manifest.Name, notHealed)
	}
	if renewed && w.flags.edit {
		err = errors.Join(err, w.edit(p.account.Manifest.Name, items))
	}
	return items, status, err
}

// confirm shows what would be uploaded and asks for the account's name.
func (w *restorer) confirm(ctx context.Context, p part, res *reconcile.Restoration) error {
	if w.flags.approved {
		return nil
	}
	if err := w.write(w.Stderr, "text", res.Document); err != nil {
		return err
	}
	m := p.account.Manifest
	question := fmt.Sprintf("Upload %s to %s (%s)? They get new ids, and %s.", materials(res.Todo()), m.Name, m.AppID, notHealed)
	return w.askName(ctx, w.answers, question, m.Name, "nothing was uploaded to this account")
}

func (w *restorer) upload(ctx context.Context, p part, res *reconcile.Restoration) error {
	told := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(told)
		w.show.Say(fmt.Sprintf("%s: the call in flight is finished first; Ctrl-C stops at once", reason(ctx)))
	})
	err := res.Apply(ctx, w.calls, uploader{wechat.NewUploader(p.client)})
	if !stop() {
		<-told // nothing is said after the result
	}
	w.show.Clear()
	for i := range res.Document.Restored {
		if it := &res.Document.Restored[i]; it.New == "" && it.Note == "" {
			it.Note = "not tried"
		}
	}
	if err != nil && res.Status != plan.Done {
		return &exit{res.Status, err}
	}
	return err
}

// edit writes the new ids into the manifests.
func (w *restorer) edit(account string, items []plan.RestoredItem) error {
	var edits []manifests.Edit
	for _, it := range items {
		if it.New != "" {
			edits = append(edits, manifests.Edit{ID: it.New, Old: it.Old, Comment: "restored from " + string(it.Old)})
		}
	}
	paths := w.paths
	if len(paths) == 0 {
		paths = []string{defaultManifest}
	}
	rewriting, err := manifests.Rewrite(paths, account, edits)
	if err != nil {
		return err
	}
	if err := rewriting.Write(); err != nil {
		return err
	}
	for _, p := range rewriting.Placed {
		w.tell("%s", placed(p))
	}
	return nil
}

// placed says what an edit changed, and where.
func placed(p manifests.Placed) string {
	where := ""
	for _, at := range p.At {
		where += at.String() + ": "
	}
	switch p.Placing {
	case manifests.Replaced:
		return fmt.Sprintf("%s%s stands in the place of %s", where, p.ID, p.Old)
	case manifests.Appended:
		return fmt.Sprintf("%s%s was appended", where, p.ID)
	}
	return fmt.Sprintf("%s%s was listed before", where, p.ID)
}

func (w *restorer) write(to io.Writer, format string, doc plan.Restoration) error {
	if format == "json" {
		return render.Document(to, doc)
	}
	return render.Restoration(to, doc, render.Style{Color: w.color(to)})
}
