package ledger

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// runLayout makes run ids of times, in UTC: they sort by time.
const runLayout = "20060102T150405.000Z"

// entryKey is the key of an entry, taken apart.
type entryKey struct {
	key, run string
	seq      int
}

func (l *Ledger) entryKey(run string, seq int) entryKey {
	return entryKey{key: l.key(fmt.Sprintf("journal/%s/%08d.json", run, seq)), run: run, seq: seq}
}

// parseEntryKey takes a key apart. Other objects than entries, such as copies
// that a synchronising program makes, are none of the journal's.
func (l *Ledger) parseEntryKey(key string) (entryKey, bool) {
	run := path.Base(path.Dir(key))
	if t, err := time.Parse(runLayout, run); err != nil || t.Format(runLayout) != run {
		return entryKey{}, false
	}
	seq, err := strconv.Atoi(stem(key))
	if err != nil || seq < 1 {
		return entryKey{}, false
	}
	k := l.entryKey(run, seq)
	return k, k.key == key
}

// runs returns the keys of all entries, run by run, in order.
func (l *Ledger) runs(ctx context.Context) ([][]entryKey, error) {
	prefix := l.key("journal") + "/"
	keys, err := l.store.List(ctx, prefix)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", prefix, err)
	}
	var entries []entryKey
	for _, key := range keys {
		if k, ok := l.parseEntryKey(key); ok {
			entries = append(entries, k)
		}
	}
	slices.SortFunc(entries, func(a, b entryKey) int {
		return cmp.Or(strings.Compare(a.run, b.run), cmp.Compare(a.seq, b.seq))
	})
	var runs [][]entryKey
	for _, k := range entries {
		if n := len(runs); n > 0 && runs[n-1][0].run == k.run {
			runs[n-1] = append(runs[n-1], k)
		} else {
			runs = append(runs, []entryKey{k})
		}
	}
	return runs, nil
}

// nextRun is the id of a run that begins now, after the run last.
func nextRun(now time.Time, last string) string {
	id := now.UTC().Format(runLayout)
	if id > last {
		return id
	}
	t, _ := time.Parse(runLayout, last) // runs returns no other ids
	return t.Add(time.Millisecond).Format(runLayout)
}

// A Run writes the journal of one run. Its methods may be called from several
// goroutines at once.
type Run struct {
	lease  *Lease
	id     string
	action Action
	open   []Item

	mu       sync.Mutex
	prev     *Link
	seq      int      // of the last entry
	doubtful [][]byte // writes of the next entry that failed, and may have happened
	tally    *tally
	ended    bool
}

// Begin begins a run: it notes it in the journal, behind the last run there. Its
// error is [*Corrupt] when that cannot be read.
func (le *Lease) Begin(ctx context.Context, info RunInfo) (*Run, error) {
	if info.Action != Delete && info.Action != Upload {
		return nil, fmt.Errorf("begin a run: unknown action %q", info.Action)
	}
	l := le.ledger
	last, err := l.lastRun(ctx)
	if err != nil {
		return nil, err
	}
	r := &Run{lease: le, action: info.Action}
	if last == nil {
		r.id = nextRun(l.now(), "")
	} else {
		r.id, r.prev, r.open = nextRun(l.now(), last.ID), &last.last, last.Open
	}
	le.note(r.id, r.prev)
	if err := le.write(ctx, false); err != nil { // nobody took the lease meanwhile
		return nil, err
	}
	r.tally = newTally(r.open)
	e := entry{Kind: kindBegin, Open: r.open, Begin: &begin{
		RunInfo: info, Account: l.opt.Account, AppID: l.appid, Holder: l.self, Lease: le.id,
	}}
	if err := r.append(ctx, e); err != nil {
		return nil, err
	}
	return r, nil
}

// ID names the run. Ids sort by time, and a later run has the greater id, even
// if the clock was set back.
func (r *Run) ID() string { return r.id }

// Open returns the intents of earlier runs that no outcome followed, because
// those runs were cut, and the deletions of which the outcome is Unknown: nobody
// knows whether these calls had their effect, until a new listing tells. Once it
// has, Outcome says so; until then every later run finds them here.
func (r *Run) Open() []Item { return slices.Clone(r.open) }

// Intent notes, before the calls, what they will do. When it returns nil it is
// in the store. It returns [ErrLost] when the lease is; then no call may be made.
func (r *Run) Intent(ctx context.Context, items []Item) error {
	if err := r.lease.Held(); err != nil {
		return err
	}
	for _, it := range items {
		if it.Outcome != "" {
			return fmt.Errorf("intent %s has an outcome", it.ID)
		}
	}
	return r.items(ctx, kindIntent, items)
}

// Outcome notes what became of items: after the calls; of items for which no
// call was made; and again when a new listing tells better. It is written even
// if the lease is lost, for it is true.
func (r *Run) Outcome(ctx context.Context, items []Item) error {
	for _, it := range items {
		if it.Outcome == "" {
			return fmt.Errorf("outcome of %s is empty", it.ID)
		}
	}
	return r.items(ctx, kindOutcome, items)
}

func (r *Run) items(ctx context.Context, kind string, items []Item) error {
	if len(items) == 0 {
		return nil
	}
	return r.append(ctx, entry{Kind: kind, Items: slices.Clone(items)})
}

// End ends the run. Intents that no outcome followed stay open for the next one.
func (r *Run) End(ctx context.Context, s Summary) error {
	return r.append(ctx, entry{Kind: kindEnd, End: &s})
}

// append writes the next entry.
func (r *Run) append(ctx context.Context, e entry) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return fmt.Errorf("run %s has ended", r.id)
	}
	e.Version, e.Run, e.At = format, r.id, r.lease.ledger.now()
	for i := range e.Items {
		e.Items[i].At = e.At
		if e.Items[i].Action == "" {
			e.Items[i].Action = r.action
		}
	}
	for {
		e.Seq, e.Prev = r.seq+1, r.prev
		if e.Kind == kindEnd {
			e.Items, e.Open = r.tally.all(), r.tally.carried()
		}
		data, err := encode(e)
		if err != nil {
			return err
		}
		there, err := r.write(ctx, data)
		if err != nil {
			return err
		}
		if bytes.Equal(there, data) {
			r.written(&e, data)
			return nil
		}
		earlier, err := decodeEntry(r.lease.ledger.entryKey(r.id, r.seq+1), there)
		if err != nil {
			return err
		}
		r.written(earlier, there)
		if r.ended {
			return nil
		}
	}
}

// write creates the next entry, and returns the one that is there then. A write
// that failed may have happened all the same, or happen later; then it is that
// one, and has its place in the chain.
func (r *Run) write(ctx context.Context, data []byte) (there []byte, err error) {
	l := r.lease.ledger
	key := l.entryKey(r.id, r.seq+1).key
	err = l.create(ctx, key, data)
	if err == nil {
		return data, nil
	}
	if errors.Is(err, fs.ErrExist) {
		there, _, err = l.get(ctx, key)
		if err == nil && slices.ContainsFunc(r.doubtful, func(d []byte) bool { return bytes.Equal(d, there) }) {
			return there, nil
		}
		if err == nil {
			return nil, fmt.Errorf("write %s: %w", key, errRace)
		}
	}
	r.doubtful = append(r.doubtful, data)
	return nil, err
}

// written notes an entry that is in the store, and its bytes.
func (r *Run) written(e *entry, data []byte) {
	r.seq++
	r.prev = &Link{Run: r.id, Seq: r.seq, SHA256: digest(data)}
	r.doubtful = nil
	r.ended = e.Kind == kindEnd
	if e.Kind == kindIntent || e.Kind == kindOutcome {
		r.tally.add(e.Items)
	}
	r.lease.note(r.id, r.prev)
}
