package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wxkeep/state/material"
)

// A diary is what a run was told, as opposed to what the store holds.
type diary struct {
	saved    map[material.ID]bool // Save returned nil
	intended []material.ID        // Intent returned nil: calls were made
	tried    map[material.ID]bool // Outcome was called
	noted    map[material.ID]bool // Outcome returned nil
	errs     []error
}

// apply is a small run, which stops at an error as apply does, but then still
// notes outcomes and ends. Each step is tried up to tries times.
func apply(ctx context.Context, l *Ledger, tries int) *diary {
	d := &diary{saved: map[material.ID]bool{}, tried: map[material.ID]bool{}, noted: map[material.ID]bool{}}
	try := func(step func() error) error {
		var err error
		for range tries {
			if err = step(); err == nil {
				return nil
			}
			d.errs = append(d.errs, err)
		}
		return err
	}
	var le *Lease
	var r *Run
	if try(func() (err error) { le, err = l.Acquire(ctx); return err }) != nil {
		return d
	}
	defer le.kill()
	if try(func() (err error) { r, err = le.Begin(ctx, deleting); return err }) != nil {
		return d
	}
	for _, ids := range [][]material.ID{{"a"}, {"b", "c"}} {
		err := try(func() error { _, err := l.RecordSeen(ctx, material.Set{"z": {}}); return err })
		for _, id := range ids {
			if err == nil {
				err = try(func() error { _, err := r.Save(ctx, item(id).Item, "image/png", content(id), nil); return err })
				d.saved[id] = err == nil
			}
		}
		if err != nil || try(func() error { return r.Intent(ctx, batch("", ids...)) }) != nil {
			break
		}
		d.intended = append(d.intended, ids...)
		err = try(func() error {
			for _, id := range ids {
				d.tried[id] = true
			}
			return r.Outcome(ctx, batch(Deleted, ids...))
		})
		if err != nil {
			break
		}
		for _, id := range ids {
			d.noted[id] = true
		}
	}
	_ = try(func() error { return r.End(ctx, Summary{}) })
	_ = try(func() error { return le.Release(ctx) })
	return d
}

// content is the same for a and b.
func content(id material.ID) []byte {
	return []byte("content of " + strings.ReplaceAll(string(id), "b", "a"))
}

// operations is how many of them a run takes.
func operations(t *testing.T) int {
	m := newMemory()
	if d := apply(t.Context(), open(m, newClock()), 1); len(d.errs) > 0 || len(d.noted) != 3 {
		t.Fatalf("a run without faults: %v", d.errs)
	}
	if len(m.ops) < 30 {
		t.Fatalf("a run takes %d operations", len(m.ops))
	}
	return len(m.ops)
}

// reopen looks at what a run left behind: the chain holds, no intent is lost and
// no outcome forgotten, what was archived is there, and the next run works.
func (d *diary) reopen(t *testing.T, m *memory) {
	t.Helper()
	ctx, c := t.Context(), newClock()
	c.advance(time.Minute)
	l := open(m.copied(), c)
	intact(t, l)
	le, r := begun(t, l)
	open := idsOf(r.Open())
	h, err := l.History(ctx, time.Time{})
	check(t, err)
	gone := h.ids(Delete, func(_ Record, it Item) bool { return it.Outcome == Deleted })
	for _, id := range d.intended {
		switch {
		case d.noted[id] && !gone.Has(id):
			t.Errorf("the outcome of %s is forgotten", id)
		case !d.tried[id] && !slices.Contains(open, id):
			t.Errorf("the intent of %s is lost", id)
		case gone.Has(id) == slices.Contains(open, id):
			t.Errorf("%s is gone: %t, and open: %v", id, gone.Has(id), open)
		}
		if !h.Deleted(time.Time{}).Has(id) {
			t.Errorf("%s does not count as deleted", id)
		}
	}
	for id, saved := range d.saved {
		if _, got, err := l.Load(ctx, id); saved && (err != nil || !bytes.Equal(got, content(id))) {
			t.Errorf("%s was archived, but is %q, %v", id, got, err)
		}
	}
	resolved := r.Open()
	for i := range resolved {
		resolved[i].Outcome = Deleted
	}
	check(t, r.Outcome(ctx, resolved), r.End(ctx, Summary{}), le.Release(ctx))
	last, err := l.lastRun(ctx)
	check(t, err)
	if len(last.Open) != 0 {
		t.Errorf("still open: %v", idsOf(last.Open))
	}
	intact(t, l)
}

func TestARunKilledAtAnyOperationLosesNothing(t *testing.T) {
	t.Parallel()
	for at := range operations(t) {
		for _, f := range []fault{fail, lose} {
			t.Run(fmt.Sprintf("operation %d, effect %t", at, f == lose), func(t *testing.T) {
				t.Parallel()
				m := newMemory()
				m.befall(func(op int, _ string) fault {
					switch {
					case op < at:
						return none
					case op == at:
						return f
					}
					return fail
				})
				d := apply(t.Context(), open(m, newClock()), 1)
				if len(d.errs) == 0 {
					t.Error("nobody noticed")
				}
				d.reopen(t, m)
			})
		}
	}
}

func TestALostAnswerToAWriteIsNoError(t *testing.T) {
	t.Parallel()
	for at := range operations(t) {
		t.Run(fmt.Sprintf("operation %d", at), func(t *testing.T) {
			t.Parallel()
			m := newMemory()
			write := false
			m.befall(func(op int, what string) fault {
				if op != at {
					return none
				}
				write = !strings.HasPrefix(what, "get") && !strings.HasPrefix(what, "list")
				return lose
			})
			d := apply(t.Context(), open(m, newClock()), 1)
			if write && len(d.errs) > 0 {
				t.Errorf("a lost answer to %s: %v", m.ops[at], d.errs)
			}
			d.reopen(t, m)
		})
	}
}

func TestAStepThatFailedIsTriedAgain(t *testing.T) {
	t.Parallel()
	for at := range operations(t) {
		for length := 1; length <= 4; length++ {
			for _, f := range []fault{fail, lose} {
				t.Run(fmt.Sprintf("%d operations from %d, effect %t", length, at, f == lose), func(t *testing.T) {
					t.Parallel()
					m := newMemory()
					m.befall(func(op int, _ string) fault {
						if op >= at && op < at+length {
							return f
						}
						return none
					})
					d := apply(t.Context(), open(m, newClock()), 8)
					if len(d.noted) != 3 {
						t.Errorf("noted %v after %v", d.noted, d.errs)
					}
					d.reopen(t, m)
				})
			}
		}
	}
}

func TestAWriteThatHappensLaterHasItsPlaceInTheChain(t *testing.T) {
	t.Parallel()
	m := newMemory()
	l := open(m, newClock())
	le, r := begun(t, l)
	ctx := t.Context()
	var key string
	m.befall(func(_ int, what string) fault { key, _ = strings.CutPrefix(what, "get "); return fail })
	if err := r.Intent(ctx, batch("", "a", "b")); !errors.Is(err, errFault) {
		t.Fatalf("error %v, want %v", err, errFault)
	}
	m.befall(nil)
	m.set(key, r.doubtful[0])
	check(t, r.Outcome(ctx, batch("deferred", "a")))
	m.befall(func(_ int, what string) fault { key, _ = strings.CutPrefix(what, "get "); return fail })
	if err := r.End(ctx, Summary{}); !errors.Is(err, errFault) {
		t.Fatalf("error %v, want %v", err, errFault)
	}
	m.befall(nil)
	m.set(key, r.doubtful[0])
	check(t, r.End(ctx, Summary{Status: 3}), le.Release(ctx))
	if v := intact(t, l); v.Objects != 4 {
		t.Errorf("%d objects, want begin, the late intent, outcome and end", v.Objects)
	}
	last, err := l.lastRun(ctx)
	check(t, err)
	if diff := cmp.Diff([]material.ID{"b"}, idsOf(last.Open)); diff != "" {
		t.Errorf("open mismatch (-want +got):\n%s", diff)
	}
}

func TestTwoRunsDoNotShareAJournalObject(t *testing.T) {
	t.Parallel()
	m := newMemory()
	l := open(m, newClock())
	_, r := begun(t, l)
	m.set(l.entryKey(r.ID(), 2).key, []byte(`{"version":1}`))
	if err := r.Intent(t.Context(), batch("", "a")); !errors.Is(err, errRace) {
		t.Errorf("error %v, want %v", err, errRace)
	}
}

func TestNoIntentIsWrittenWithoutTheLease(t *testing.T) {
	t.Parallel()
	m := newMemory()
	c := newClock()
	l := open(m, c)
	_, first := begun(t, l)
	ctx := t.Context()
	check(t, first.Intent(ctx, batch("", "a", "b")))
	le, second := begun(t, l) // takes over
	if err := first.lease.write(ctx, false); !errors.Is(err, ErrLost) {
		t.Fatalf("renewed a lost lease: %v", err)
	}
	if err := first.Intent(ctx, batch("", "c")); !errors.Is(err, ErrLost) {
		t.Errorf("intent without the lease: %v", err)
	}
	check(t, first.Outcome(ctx, batch(Deleted, "a"))) // it is true
	if diff := cmp.Diff([]material.ID{"a", "b"}, idsOf(second.Open())); diff != "" {
		t.Errorf("open mismatch (-want +got):\n%s", diff)
	}
	check(t, second.End(ctx, Summary{}), le.Release(ctx))
	want := []string{
		"run 20261123T080000.000Z was cut after entry 3",
		"run 20261123T080000.000Z wrote 1 more when 20261123T080000.001Z had begun: it had lost its lease",
	}
	if diff := cmp.Diff(want, intact(t, l).Remarks); diff != "" {
		t.Errorf("remarks mismatch (-want +got):\n%s", diff)
	}
}

func TestOpenIntentsAreCarriedUntilAnOutcome(t *testing.T) {
	t.Parallel()
	ctx, m, c := t.Context(), newMemory(), newClock()
	l := open(m, c)
	le, r := begun(t, l)
	check(t, r.Intent(ctx, batch("", "a", "b", "c")), r.Outcome(ctx, batch(Deleted, "b")))
	le.kill()
	first := r.ID()

	c.advance(time.Hour)
	le = acquire(t, l)
	r, err := le.Begin(ctx, RunInfo{Command: "restore", Action: Upload})
	check(t, err)
	want := []Item{item("a"), item("c")}
	for i := range want {
		want[i].Action, want[i].Run, want[i].At = Delete, first, newClock().now
	}
	if diff := cmp.Diff(want, r.Open()); diff != "" {
		t.Errorf("open mismatch (-want +got):\n%s", diff)
	}
	a := r.Open()[0]
	a.Outcome, a.Note = Deleted, "a new listing shows it is gone"
	check(t, r.Outcome(ctx, []Item{a}), r.End(ctx, Summary{}), le.Release(ctx))

	c.advance(time.Hour)
	le, r = begun(t, l)
	if diff := cmp.Diff(want[1:], r.Open()); diff != "" {
		t.Errorf("open mismatch in the third run (-want +got):\n%s", diff)
	}
	le.kill()
	le, r = begun(t, l)
	if diff := cmp.Diff(want[1:], r.Open()); diff != "" {
		t.Errorf("open mismatch after the third run was cut (-want +got):\n%s", diff)
	}
	check(t, r.End(ctx, Summary{}), le.Release(ctx))
	h, err := l.History(ctx, time.Time{})
	check(t, err)
	if diff := cmp.Diff(material.Set{"a": {}, "b": {}, "c": {}}, h.Deleted(time.Time{})); diff != "" {
		t.Errorf("deleted mismatch (-want +got):\n%s", diff)
	}
	if got := h.Runs[1].Items; len(got) != 1 || got[0].Action != Delete || got[0].Run != first {
		t.Errorf("the second run wrote of %v, want the deletion of a by run %s", got, first)
	}
	if got := h.Runs[2].Items; len(got) != 0 {
		t.Errorf("the third run wrote of %v, want nothing", got)
	}
}

func TestRunsIncreaseEvenIfTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := open(newMemory(), c)
	var ids []string
	for _, step := range []time.Duration{0, 0, time.Second, -48 * time.Hour, 0, 49 * time.Hour} {
		c.advance(step)
		le, r := begun(t, l)
		check(t, r.End(t.Context(), Summary{}), le.Release(t.Context()))
		ids = append(ids, r.ID())
	}
	want := []string{
		"20261123T080000.000Z", "20261123T080000.001Z", "20261123T080001.000Z",
		"20261123T080001.001Z", "20261123T080001.002Z", "20261123T090001.000Z",
	}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("ids mismatch (-want +got):\n%s", diff)
	}
	intact(t, l)
}

func TestABatchIsOneObject(t *testing.T) {
	t.Parallel()
	m := newMemory()
	_, r := begun(t, open(m, newClock()))
	var ids []material.ID
	for i := range 500 {
		ids = append(ids, material.ID(fmt.Sprintf("id%d", i)))
	}
	m.befall(nil)
	check(t, r.Intent(t.Context(), batch("", ids...)), r.Intent(t.Context(), nil), r.Outcome(t.Context(), batch(Deleted, ids...)))
	if len(m.ops) != 2 {
		t.Errorf("operations %q, want two", m.ops)
	}
}

func TestARunRefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	le, r := begun(t, open(newMemory(), newClock()))
	_, err := le.Begin(ctx, RunInfo{Command: "apply"})
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"an action nobody knows", err, `unknown action ""`},
		{"an intent with an outcome", r.Intent(ctx, batch(Deleted, "a")), "intent a has an outcome"},
		{"an outcome without one", r.Outcome(ctx, batch("", "a")), "outcome of a is empty"},
		{"its end", r.End(ctx, Summary{}), "<nil>"},
		{"an outcome after the end", r.Outcome(ctx, batch(Deleted, "a")), "has ended"},
		{"a second end", r.End(ctx, Summary{}), "has ended"},
	}
	for _, tt := range tests {
		if got := fmt.Sprint(tt.err); !strings.Contains(got, tt.want) {
			t.Errorf("%s: error %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestTheEndSaysWhatTheEntriesSay(t *testing.T) {
	t.Parallel()
	ctx, m, c := t.Context(), newMemory(), newClock()
	l := open(m, c)
	le, r := begun(t, l)
	archived := item("a")
	archived.SHA256 = "51"
	check(t, r.Intent(ctx, []Item{archived, item("b")}))
	c.advance(time.Second)
	check(t, r.Outcome(ctx, batch(Unknown, "a")), r.Outcome(ctx, batch("deferred", "c")), r.Outcome(ctx, batch(Deleted, "a")))
	cut, err := l.lastRun(ctx)
	check(t, err, r.End(ctx, Summary{Status: 3, Messages: []string{"1 deferred"}}), le.Release(ctx))
	ended, err := l.lastRun(ctx)
	check(t, err)
	if diff := cmp.Diff(cut, ended, cmpopts.IgnoreFields(Record{}, "Ended", "Summary", "last")); diff != "" {
		t.Errorf("the end differs from the entries (-entries +end):\n%s", diff)
	}
	a := item("a")
	a.Action, a.Outcome, a.SHA256, a.At = Delete, Deleted, "51", c.now
	if diff := cmp.Diff(a, ended.Items[0]); diff != "" {
		t.Errorf("item mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]material.ID{"a", "b", "c"}, idsOf(ended.Items)); diff != "" {
		t.Errorf("items mismatch (-want +got):\n%s", diff)
	}
}

// BenchmarkJournal notes 1,000 deletions in batches of 8, each before its calls and
// after them.
func BenchmarkJournal(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		le, r := begun(b, open(newMemory(), newClock()))
		for n := 0; n < 1000; n += 8 {
			var ids []material.ID
			for i := range 8 {
				ids = append(ids, material.ID(fmt.Sprintf("qzM0Rk1sX2Vn4Bd7ayT5cA%021d", n+i)))
			}
			check(b, r.Intent(b.Context(), batch("", ids...)), r.Outcome(b.Context(), batch(Deleted, ids...)))
		}
		check(b, r.End(b.Context(), Summary{}))
		le.kill()
	}
}
