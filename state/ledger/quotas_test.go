package ledger

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAQuotaIsRememberedUntilMidnightInChina(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)
	tests := []struct {
		name       string
		asked, now time.Time
		want       bool
	}{
		{"at once", midnight.Add(-time.Hour), midnight.Add(-time.Hour), true},
		{"a second before midnight", midnight.Add(-24 * time.Hour), midnight.Add(-time.Second), true},
		{"at midnight", midnight.Add(-time.Second), midnight, false},
		{"over midnight in UTC", midnight.Add(7 * time.Hour), midnight.Add(9 * time.Hour), true},
		{"a day later", midnight.Add(-time.Hour), midnight.Add(23 * time.Hour), false},
		{"from a clock that was ahead", midnight.Add(2 * time.Hour), midnight.Add(time.Hour), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newClock()
			l := open(newMemory(), c)
			q := map[string]Quota{"/cgi-bin/material/del_material": {Limit: 500, Left: 490, CallCount: 60, RefreshSecond: 60, Asked: tt.asked}}
			c.advance(tt.asked.Sub(c.Now()))
			check(t, l.RecordQuotas(t.Context(), q))
			c.advance(tt.now.Sub(c.Now()))
			got, err := l.Quotas(t.Context())
			check(t, err)
			want := map[string]Quota{}
			if tt.want {
				want = q
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("quotas (-want +got):\n%s", diff)
			}
		})
	}
}

func TestQuotasThatAreRecordedReplaceTheOthers(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s Store, _ func(string, []byte)) {
		c := newClock()
		l := open(s, c)
		a := map[string]Quota{"/a": {Limit: 1, Asked: c.Now()}}
		b := map[string]Quota{"/b": {Limit: 2, Left: 1, Asked: c.Now()}}
		for _, q := range []map[string]Quota{{}, a, b, {}} {
			check(t, l.RecordQuotas(t.Context(), q))
			got, err := l.Quotas(t.Context())
			check(t, err)
			if diff := cmp.Diff(q, got); diff != "" {
				t.Errorf("quotas (-want +got):\n%s", diff)
			}
		}
	})
}

func TestAQuotaThatCannotBeIsCorrupt(t *testing.T) {
	t.Parallel()
	for name, quotas := range map[string]string{
		"no limit":    `{"/a":{"left":1,"asked":"2026-11-23T08:00:00Z"}}`,
		"less left":   `{"/a":{"limit":1,"left":-1,"asked":"2026-11-23T08:00:00Z"}}`,
		"no time":     `{"/a":{"limit":1,"left":1}}`,
		"not a path":  `{"a":{"limit":1,"left":1,"asked":"2026-11-23T08:00:00Z"}}`,
		"not a quota": `{"/a":1}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMemory()
			m.set(root+"quotas.json", []byte(`{"version":1,"quotas":`+quotas+`}`))
			if got, err := open(m, newClock()).Quotas(t.Context()); err == nil {
				t.Errorf("read as %v", got)
			}
		})
	}
}
