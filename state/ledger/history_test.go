package ledger

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/material"
)

// aRun writes one run that took an hour: each item in a batch of its own.
func aRun(t testing.TB, l *Ledger, c *clock, info RunInfo, outcomes ...Item) string {
	t.Helper()
	ctx := t.Context()
	le := acquire(t, l)
	r, err := le.Begin(ctx, info)
	check(t, err)
	for _, it := range outcomes {
		c.advance(time.Hour / time.Duration(len(outcomes)))
		check(t, le.write(ctx, false), r.Intent(ctx, []Item{{Item: it.Item}}))
		if it.Outcome != "" {
			check(t, r.Outcome(ctx, []Item{it}))
		}
	}
	check(t, r.End(ctx, Summary{}), le.Release(ctx))
	return r.ID()
}

func with(outcome string, id material.ID) Item { return batch(outcome, id)[0] }

// aMonth is a journal of four runs, on 2026-11-23 and 1, 5 and 29 days later,
// each from 08:00 to 09:00.
func aMonth(t testing.TB) (*memory, *Ledger, []string) {
	m, c := newMemory(), newClock()
	l := open(m, c)
	under := func(plan string) RunInfo { return RunInfo{Command: "apply", Action: Delete, PlanDigest: plan} }
	restored := with(Restored, "old")
	restored.New = "new"
	ids := []string{aRun(t, l, c, under("p1"), with(Deleted, "a"), with(Refused, "r1"))}
	c.advance(23 * time.Hour)
	ids = append(ids, aRun(t, l, c, under("p2"), with(Deleted, "b"), with(AlreadyAbsent, "c"), with("", "d"), with(Unknown, "e"), with("failed", "f")))
	c.advance(95 * time.Hour)
	ids = append(ids, aRun(t, l, c, RunInfo{Command: "restore", Action: Upload}, restored))
	c.advance(24*24*time.Hour - time.Hour)
	ids = append(ids, aRun(t, l, c, under("p1"), with(Refused, "r1"), with(Refused, "r2"), with(Deleted, "g")))
	return m, l, ids
}

func day(n int, clock string) time.Time {
	at, err := time.Parse("15:04:05", clock)
	if err != nil {
		panic(err)
	}
	return time.Date(2026, 11, 23+n, at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
}

func TestHistoryReadsTheRunsThatMatter(t *testing.T) {
	t.Parallel()
	m, l, ids := aMonth(t)
	tests := []struct {
		name  string
		since time.Time
		want  []string
		reads int // objects at most
	}{
		{"all", time.Time{}, ids, 8},
		{"since before the first", day(-1, "00:00:00"), ids, 8},
		{"a run that was under way then counts", day(1, "08:30:00"), ids[1:], 8},
		{"a run that ended just then counts", day(1, "09:00:00"), ids[1:], 8},
		{"one that had ended does not", day(1, "09:00:01"), ids[2:], 6},
		{"the last", day(20, "00:00:00"), ids[3:], 4},
		{"none", day(40, "00:00:00"), nil, 2},
	}
	for _, tt := range tests {
		m.befall(nil)
		h, err := l.History(t.Context(), tt.since)
		check(t, err)
		var got []string
		for _, r := range h.Runs {
			got = append(got, r.ID)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: runs mismatch (-want +got):\n%s", tt.name, diff)
		}
		if reads := len(m.ops) - 1; reads > tt.reads {
			t.Errorf("%s: %d objects were read, want %d", tt.name, reads, tt.reads)
		}
	}
}

func TestWhatAHistoryTells(t *testing.T) {
	t.Parallel()
	_, l, _ := aMonth(t)
	h, err := l.History(t.Context(), time.Time{})
	check(t, err)
	tests := []struct {
		name      string
		want, got any
	}{
		{"deleted ever, or perhaps", material.Set{"a": {}, "b": {}, "d": {}, "e": {}, "g": {}}, h.Deleted(time.Time{})},
		{"deleted in 24 hours", material.Set{"b": {}, "d": {}, "e": {}}, withoutG(h.Deleted(day(1, "08:12:00")))},
		{"deleted since a moment within a run", material.Set{"e": {}}, withoutG(h.Deleted(day(1, "08:48:00")))},
		{"deleted under a plan applied twice", material.Set{"a": {}, "g": {}}, h.DeletedUnder("p1")},
		{"gone under a plan", material.Set{"b": {}, "c": {}}, h.DeletedUnder("p2")},
		{"deleted under a plan never applied", material.Set{}, h.DeletedUnder("p3")},
		{"refused, when last", map[material.ID]time.Time{"r1": day(29, "08:20:00"), "r2": day(29, "08:40:00")}, h.Refused(time.Time{})},
		{"refused lately", map[material.ID]time.Time{"r2": day(29, "08:40:00")}, h.Refused(day(29, "08:40:00"))},
		{"restored", map[material.ID]time.Time{"new": day(5, "09:00:00")}, h.Restored(day(5, "00:00:00"))},
		{"not restored lately", map[material.ID]time.Time{}, h.Restored(day(6, "00:00:00"))},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s: mismatch (-want +got):\n%s", tt.name, diff)
		}
	}
}

func withoutG(s material.Set) material.Set {
	delete(s, "g")
	return s
}

func TestFilter(t *testing.T) {
	t.Parallel()
	_, l, ids := aMonth(t)
	h, err := l.History(t.Context(), time.Time{})
	check(t, err)
	tests := []struct {
		name   string
		filter Filter
		want   []string
	}{
		{"a run", Filter{Run: ids[0]}, []string{"0 a r1"}},
		{"a date within a run", Filter{Since: day(29, "08:30:00")}, []string{"3 r2 g"}},
		{"an id", Filter{IDs: material.Set{"r1": {}}}, []string{"0 r1", "3 r1"}},
		{"the new id of a restored one", Filter{IDs: material.Set{"new": {}}}, []string{"2 old"}},
		{"an outcome", Filter{Outcome: Deleted}, []string{"0 a", "1 b", "3 g"}},
		{"unknown, and never written", Filter{Outcome: Unknown}, []string{"1 d e"}},
		{"all at once", Filter{IDs: material.Set{"r1": {}, "a": {}}, Outcome: Refused, Since: day(2, "00:00:00")}, []string{"3 r1"}},
		{"an id nobody wrote of", Filter{IDs: material.Set{"zz": {}}}, nil},
		{"nothing", Filter{}, []string{"0 a r1", "1 b c d e f", "2 old", "3 r1 r2 g"}},
	}
	index := map[string]int{}
	for i, id := range ids {
		index[id] = i
	}
	for _, tt := range tests {
		var got []string
		for _, r := range h.Filter(tt.filter) {
			line := fmt.Sprint(index[r.ID])
			for _, it := range r.Items {
				line += " " + string(it.ID)
			}
			got = append(got, line)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: mismatch (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestARecordSaysWhatTheRunWas(t *testing.T) {
	t.Parallel()
	ctx, c := t.Context(), newClock()
	l := open(newMemory(), c)
	info := RunInfo{Command: "apply", Action: Delete, PlanDigest: "p", ChangesDigest: "c", ManifestDigest: "m", GitCommit: "g"}
	le := acquire(t, l)
	r, err := le.Begin(ctx, info)
	check(t, err)
	c.advance(time.Minute)
	end := Summary{Status: 16, Verified: true, Messages: []string{"quota used up"}}
	check(t, r.End(ctx, end), le.Release(ctx))
	h, err := l.History(ctx, time.Time{})
	check(t, err)
	h.Runs[0].last = Link{}
	want := []Record{{
		ID: r.ID(), Info: info, Account: "brand", AppID: appid, Holder: self("v1"),
		Started: newClock().now, Ended: c.now, Summary: end,
	}}
	if diff := cmp.Diff(want, h.Runs, cmp.AllowUnexported(Record{})); diff != "" {
		t.Errorf("record mismatch (-want +got):\n%s", diff)
	}
}

func TestHistoryDoesNotSkipWhatItCannotRead(t *testing.T) {
	t.Parallel()
	tests := map[string]func(m *memory, run string){
		"the end was cut":        func(m *memory, run string) { m.set(run+"00000006.json", []byte(`{"version":1,"run"`)) },
		"an entry is missing":    func(m *memory, run string) { delete(m.objects, run+"00000003.json") },
		"the begin is missing":   func(m *memory, run string) { delete(m.objects, run+"00000001.json") },
		"a store that is broken": func(m *memory, _ string) { m.befall(func(int, string) fault { return fail }) },
	}
	for name, harm := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, l, ids := aMonth(t)
			harm(m, root+"journal/"+ids[0]+"/")
			h, err := l.History(t.Context(), time.Time{})
			if c := (*Corrupt)(nil); !errors.As(err, &c) && !errors.Is(err, errFault) {
				t.Errorf("history %v, error %v", h, err)
			}
			if strings.HasPrefix(name, "a store") {
				return
			}
			if _, err := l.History(t.Context(), day(6, "00:00:00")); err != nil {
				t.Errorf("a history that needs none of it: %v", err)
			}
		})
	}
}
