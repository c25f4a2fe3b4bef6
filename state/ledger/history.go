package ledger

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"wxkeep/state/material"
)

// abreast is how many objects of the journal are read at once.
const abreast = 16

// A Record is what the journal says of one run.
type Record struct {
	ID      string
	Info    RunInfo
	Account string
	AppID   string
	Holder  Holder
	Started time.Time
	Ended   time.Time // zero: the run was cut, or is under way
	Summary Summary   // zero when it was cut
	Items   []Item    // what it wrote of, in order, each as it was in the end; Outcome is empty when none followed the intent
	Open    []Item    // intents that no outcome followed, of this run and of earlier ones

	last Link
}

// A History is a stretch of the journal.
type History struct {
	Runs []Record // oldest first
}

// History reads the runs that wrote anything at or after since. A zero since
// reads all. Its error is [*Corrupt] when an object that matters is missing,
// altered or cut.
//
// A run that ended is read from its first and last object.
func (l *Ledger) History(ctx context.Context, since time.Time) (*History, error) {
	runs, err := l.runs(ctx)
	if err != nil {
		return nil, err
	}
	first := since.UTC().Format(runLayout)
	later, _ := slices.BinarySearchFunc(runs, first, func(keys []entryKey, id string) int {
		return strings.Compare(keys[0].run, id)
	})
	records, err := l.records(ctx, runs[later:])
	if err != nil {
		return nil, err
	}
	// Runs follow each other, so of the earlier ones only the last may have
	// written since; or two, when it began as the other lost its lease.
	for _, keys := range slices.Backward(runs[:later]) {
		r, err := l.record(ctx, keys)
		if err != nil {
			return nil, err
		}
		if !r.wroteSince(since) {
			break
		}
		records = slices.Insert(records, 0, *r)
	}
	return &History{Runs: records}, nil
}

// records reads several runs.
func (l *Ledger) records(ctx context.Context, runs [][]entryKey) ([]Record, error) {
	records := make([]Record, len(runs))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(abreast)
	for i, keys := range runs {
		g.Go(func() error {
			r, err := l.record(ctx, keys)
			if err == nil {
				records[i] = *r
			}
			return err
		})
	}
	return records, g.Wait()
}

// lastRun returns the last run, or nil when there is none.
func (l *Ledger) lastRun(ctx context.Context) (*Record, error) {
	runs, err := l.runs(ctx)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	return l.record(ctx, runs[len(runs)-1])
}

func (r *Record) wroteSince(since time.Time) bool {
	return !r.Started.Before(since) || !r.Ended.Before(since) ||
		slices.ContainsFunc(r.Items, func(it Item) bool { return !it.At.Before(since) })
}

// record reads one run.
func (l *Ledger) record(ctx context.Context, keys []entryKey) (*Record, error) {
	if err := l.whole(keys); err != nil {
		return nil, err
	}
	n := len(keys)
	last, link, err := l.entry(ctx, keys[n-1])
	if err != nil {
		return nil, err
	}
	entries := []*entry{last}
	switch {
	case last.Kind == kindEnd:
		first, _, err := l.entry(ctx, keys[0])
		if err != nil {
			return nil, err
		}
		entries = []*entry{first, last}
	case n > 1:
		before, err := l.entries(ctx, keys[:n-1])
		if err != nil {
			return nil, err
		}
		entries = append(before, last)
	}
	r := recordOf(entries)
	r.last = link
	return r, nil
}

// whole checks that no entry before the last is missing.
func (l *Ledger) whole(keys []entryKey) error {
	for i, k := range keys {
		if k.seq != i+1 {
			return corrupt(l.entryKey(k.run, i+1).key, "it is missing")
		}
	}
	return nil
}

func (l *Ledger) entry(ctx context.Context, k entryKey) (*entry, Link, error) {
	data, _, err := l.get(ctx, k.key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Link{}, corrupt(k.key, "it is missing")
	}
	if err != nil {
		return nil, Link{}, err
	}
	e, err := decodeEntry(k, data)
	return e, Link{Run: k.run, Seq: k.seq, SHA256: digest(data)}, err
}

func (l *Ledger) entries(ctx context.Context, keys []entryKey) ([]*entry, error) {
	entries := make([]*entry, len(keys))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(abreast)
	for i, k := range keys {
		g.Go(func() (err error) {
			entries[i], _, err = l.entry(ctx, k)
			return err
		})
	}
	return entries, g.Wait()
}

// recordOf makes a record of a run's entries; an end says what those between it
// and the begin did.
func recordOf(entries []*entry) *Record {
	first, last := entries[0], entries[len(entries)-1]
	r := &Record{
		ID: first.Run, Info: first.Begin.RunInfo, Account: first.Begin.Account, AppID: first.Begin.AppID,
		Holder: first.Begin.Holder, Started: first.At,
	}
	if last.Kind == kindEnd {
		r.Ended, r.Summary, r.Items = last.At, *last.End, last.Items
		r.Open = opened(r.ID, last.Open, last.Items)
		return r
	}
	t := newTally(first.Open)
	for _, e := range entries[1:] {
		t.add(e.Items)
	}
	r.Items = t.all()
	r.Open = opened(r.ID, t.carried(), r.Items)
	return r
}

// A Filter narrows what a history shows. Zero fields narrow nothing.
type Filter struct {
	Run     string
	IDs     material.Set // either the old or the new id of a restored material
	Since   time.Time
	Outcome string // Unknown also finds intents that no outcome followed
}

// Filter returns the runs with the items that f lets through; runs of which it
// lets no item through only when f asks for none.
func (h *History) Filter(f Filter) []Record {
	var runs []Record
	for _, r := range h.Runs {
		if f.Run != "" && r.ID != f.Run || !f.Since.IsZero() && !r.wroteSince(f.Since) {
			continue
		}
		all := r.Items
		r.Items = nil
		for _, it := range all {
			if f.lets(it) {
				r.Items = append(r.Items, it)
			}
		}
		if len(r.Items) > 0 || f.IDs == nil && f.Outcome == "" {
			runs = append(runs, r)
		}
	}
	return runs
}

func (f Filter) lets(it Item) bool {
	outcome := it.Outcome
	if outcome == "" {
		outcome = Unknown
	}
	return (f.IDs == nil || f.IDs.Has(it.ID) || f.IDs.Has(it.New)) &&
		!it.At.Before(f.Since) && (f.Outcome == "" || outcome == f.Outcome)
}

// Open returns the items of which the last run noted an intent and no outcome.
func (h *History) Open() []Item {
	if h == nil || len(h.Runs) == 0 {
		return nil
	}
	return h.Runs[len(h.Runs)-1].Open
}

// Deleted returns the ids that were deleted at or after since, or may have been:
// also those of which the outcome is unknown or was never written. A rolling
// count is its length.
func (h *History) Deleted(since time.Time) material.Set {
	return h.ids(Delete, func(_ Record, it Item) bool {
		gone := it.Outcome == Deleted || it.Outcome == Unknown || it.Outcome == ""
		return gone && !it.At.Before(since)
	})
}

// DeletedUnder returns the ids that are gone by, or before, a run of the plan
// with this digest. They are never deleted again under that plan.
func (h *History) DeletedUnder(planDigest string) material.Set {
	return h.ids(Delete, func(r Record, it Item) bool {
		return r.Info.PlanDigest == planDigest && (it.Outcome == Deleted || it.Outcome == AlreadyAbsent)
	})
}

// Refused returns the ids that WeChat refused to delete (48005, 48010) at or
// after since, and when it last did.
func (h *History) Refused(since time.Time) map[material.ID]time.Time {
	return h.times(since, func(it Item) material.ID {
		if it.Outcome == Refused {
			return it.ID
		}
		return ""
	})
}

// Restored returns the new ids of the materials that were restored at or after
// since, and when.
func (h *History) Restored(since time.Time) map[material.ID]time.Time {
	return h.times(since, func(it Item) material.ID {
		if it.Outcome == Restored {
			return it.New
		}
		return ""
	})
}

func (h *History) ids(action Action, has func(Record, Item) bool) material.Set {
	ids := material.Set{}
	for _, r := range h.Runs {
		for _, it := range r.Items {
			if it.Action == action && has(r, it) {
				ids.Add(it.ID)
			}
		}
	}
	return ids
}

func (h *History) times(since time.Time, of func(Item) material.ID) map[material.ID]time.Time {
	times := map[material.ID]time.Time{}
	for _, r := range h.Runs {
		for _, it := range r.Items {
			if id := of(it); id != "" && !it.At.Before(since) && it.At.After(times[id]) {
				times[id] = it.At
			}
		}
	}
	return times
}
