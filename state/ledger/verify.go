package ledger

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// A Verification is what a walk along the journal found.
type Verification struct {
	Runs    int      // looked at, up to the broken link if there is one
	Objects int      // in them
	Remarks []string // what is odd and breaks nothing, such as a run that was cut
	Broken  *Corrupt // the first broken link; nil when the chain holds
}

// Verify reads the whole journal and checks that each object names the digest of
// the one before, over runs too, and that none is missing, the newest included:
// the lease names the journal's last object when it is renewed and released.
//
// A run that was cut is a remark: a crash leaves one. The error is the store's,
// when it cannot list; an object that cannot be read is a broken link.
func (l *Ledger) Verify(ctx context.Context) (*Verification, error) {
	w := &walk{ledger: l, links: map[string][]Link{}}
	head, err := w.head(ctx) // before the listing: a run may be under way
	if err != nil {
		return w.broken(ctx, err)
	}
	runs, err := l.runs(ctx)
	if err != nil {
		return nil, err
	}
	for i, keys := range runs {
		if err := w.run(ctx, keys, i == len(runs)-1); err != nil {
			return w.broken(ctx, err)
		}
	}
	if head != nil {
		if err := w.has(*head, "the lease"); err != nil {
			return w.broken(ctx, err)
		}
	}
	return &w.found, nil
}

// A walk is one Verify.
type walk struct {
	ledger *Ledger
	found  Verification
	links  map[string][]Link // of the runs walked along
	last   string            // the run before
}

// run checks one run, and its link to an earlier one.
func (w *walk) run(ctx context.Context, keys []entryKey, newest bool) error {
	l := w.ledger
	if err := l.whole(keys); err != nil {
		return err
	}
	entries := make([]*entry, len(keys))
	links := make([]Link, len(keys))
	errs := make([]error, len(keys))
	var g errgroup.Group
	g.SetLimit(abreast)
	for i, k := range keys {
		g.Go(func() error {
			entries[i], links[i], errs[i] = l.entry(ctx, k)
			return nil
		})
	}
	_ = g.Wait() // no goroutine returns an error
	for i, k := range keys {
		if errs[i] != nil {
			return unreadable(k.key, errs[i])
		}
		if err := w.link(k, entries, links); err != nil {
			return err
		}
		w.found.Objects++
	}
	w.found.Runs++
	if entries[len(keys)-1].Kind != kindEnd {
		w.cut(keys, newest)
	}
	w.links[keys[0].run], w.last = links, keys[0].run
	return nil
}

// unreadable makes any error of reading an object a broken link.
func unreadable(key string, err error) error {
	if c := (*Corrupt)(nil); errors.As(err, &c) {
		return c
	}
	return corrupt(key, "it cannot be read: %v", err)
}

func (w *walk) cut(keys []entryKey, newest bool) {
	s := fmt.Sprintf("run %s was cut after entry %d", keys[0].run, len(keys))
	if newest {
		s += ", or is under way"
	}
	w.remark("%s", s)
}

func (w *walk) remark(format string, args ...any) {
	w.found.Remarks = append(w.found.Remarks, fmt.Sprintf(format, args...))
}

// link checks what entry k names as the one before.
func (w *walk) link(k entryKey, entries []*entry, links []Link) error {
	prev := entries[k.seq-1].Prev
	if k.seq == 1 {
		return w.begin(k, prev)
	}
	before := links[k.seq-2]
	switch {
	case entries[k.seq-2].Kind == kindEnd:
		return corrupt(k.key, "it follows the end of its run")
	case *prev != before:
		return corrupt(w.ledger.entryKey(before.Run, before.Seq).key, "it was altered: its SHA-256 is %s, but %s says %s", before.SHA256, stem(k.key), prev.SHA256)
	}
	return nil
}

// begin checks the link of a run to the one before. A run may have written on
// when it had lost its lease to the next; that is no gap.
func (w *walk) begin(k entryKey, prev *Link) error {
	if prev == nil {
		if w.last == "" {
			return nil
		}
		return corrupt(k.key, "it says that it is the first entry of all, but run %s is before it", w.last)
	}
	if err := w.has(*prev, "run "+k.run); err != nil {
		return err
	}
	if prev.Run != w.last {
		w.remark("run %s follows %s, as if %s had not begun: two runs at once", k.run, prev.Run, w.last)
	} else if more := len(w.links[prev.Run]) - prev.Seq; more > 0 {
		w.remark("run %s wrote %d more when %s had begun: it had lost its lease", prev.Run, more, k.run)
	}
	return nil
}

// has checks that the object which by names is there, and unaltered.
func (w *walk) has(link Link, by string) error {
	key := w.ledger.entryKey(link.Run, link.Seq).key
	links := w.links[link.Run]
	if link.Seq < 1 || link.Seq > len(links) {
		return corrupt(key, "it is missing: %s names it", by)
	}
	if there := links[link.Seq-1]; there != link {
		return corrupt(key, "it was altered: its SHA-256 is %s, but %s says %s", there.SHA256, by, link.SHA256)
	}
	return nil
}

// head is what the lease says is the journal's last object, or an earlier one.
func (w *walk) head(ctx context.Context) (*Link, error) {
	o, _, _, err := w.ledger.readLease(ctx)
	if err != nil || o == nil {
		return nil, err
	}
	return o.Head, nil
}

// broken ends the walk at an error.
func (w *walk) broken(ctx context.Context, err error) (*Verification, error) {
	if ctx.Err() != nil || !errors.As(err, &w.found.Broken) {
		return nil, err
	}
	return &w.found, nil
}
