package reconcile

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

func TestQuotaTrimsDeletions(t *testing.T) {
	t.Parallel()
	const tomorrow = "; run again from 2026-11-24 00:00 (UTC+8) on"
	quotas := func(all map[string]state.Quota) map[string]quotaAt {
		known := map[string]quotaAt{}
		for path, q := range all {
			known[path] = quotaAt{Quota: q}
		}
		return known
	}
	plenty := state.Quota{Limit: 1000, Left: 1000}
	tests := []struct {
		name    string
		n       int
		reserve float64
		archive bool
		urls    int // how many of them have a listed URL
		known   map[string]state.Quota
		used    map[string]int
		failed  error
		listing shortage
		want    plan.Guard
	}{
		{
			name: "nothing to delete needs nothing", n: 0, reserve: 20, known: map[string]state.Quota{pathDelete: {Limit: 10}},
			want: plan.Guard{Message: "there is nothing to delete"},
		},
		{
			name: "nothing was asked for", n: 3, want: plan.Guard{Value: 3, Limit: 3, Message: "what is left today is not known: it was not asked for"},
		},
		{
			name: "nothing can be known", n: 3, failed: errors.New("errcode 48001"),
			want: plan.Guard{Value: 3, Limit: 3, Message: "what is left today is not known: errcode 48001"},
		},
		{
			name: "all fit exactly", n: 3, reserve: 20, known: map[string]state.Quota{pathDelete: {Limit: 10, Left: 5}},
			want: plan.Guard{Value: 3, Limit: 3, Message: "3 deletions fit: /cgi-bin/material/del_material has 5 of 10 calls left today, 2 of them for production"},
		},
		{
			name: "one does not fit", n: 4, reserve: 20, known: map[string]state.Quota{pathDelete: {Limit: 10, Left: 5}},
			want: plan.Guard{Status: plan.Limited, Value: 4, Limit: 3, Message: "3 of 4 deletions fit today: /cgi-bin/material/del_material has 5 of 10 calls left today, 2 of them for production" + tomorrow},
		},
		{
			name: "a part of a call is production's", n: 4, reserve: 20.1, known: map[string]state.Quota{pathDelete: {Limit: 10, Left: 5}},
			want: plan.Guard{Status: plan.Limited, Value: 4, Limit: 2, Message: "2 of 4 deletions fit today: /cgi-bin/material/del_material has 5 of 10 calls left today, 3 of them for production" + tomorrow},
		},
		{
			name: "nothing is reserved", n: 6, known: map[string]state.Quota{pathDelete: {Limit: 10, Left: 5}},
			want: plan.Guard{Status: plan.Limited, Value: 6, Limit: 5, Message: "5 of 6 deletions fit today: /cgi-bin/material/del_material has 5 of 10 calls left today" + tomorrow},
		},
		{
			name: "production used its part and more", n: 1, reserve: 20, known: map[string]state.Quota{pathDelete: {Limit: 10, Left: 1}},
			want: plan.Guard{Status: plan.Limited, Value: 1, Message: "0 of 1 deletions fit today: /cgi-bin/material/del_material has 1 of 10 calls left today, 2 of them for production" + tomorrow},
		},
		{
			name: "a reserve of everything", n: 1, reserve: 100, known: map[string]state.Quota{pathDelete: {Limit: 10, Left: 10}},
			want: plan.Guard{Status: plan.Limited, Value: 1, Message: "0 of 1 deletions fit today: /cgi-bin/material/del_material has 10 of 10 calls left today, 10 of them for production; guards.quota_reserve_percent leaves nothing of it to wxkeep: lower it from 100"},
		},
		{
			name: "the archive's calls are the tightest", n: 4, archive: true, known: map[string]state.Quota{pathDelete: {Limit: 10, Left: 5}, pathGet: {Limit: 10, Left: 3}, pathCount: plenty},
			want: plan.Guard{Status: plan.Limited, Value: 4, Limit: 3, Message: "3 of 4 deletions fit today: /cgi-bin/material/get_material has 3 of 10 calls left today" + tomorrow},
		},
		{
			name: "what has a listed URL needs no content", n: 4, archive: true, urls: 2, known: map[string]state.Quota{pathDelete: {Limit: 10, Left: 5}, pathGet: {Limit: 10, Left: 2}, pathCount: plenty},
			want: plan.Guard{Value: 4, Limit: 5, Message: "4 deletions fit: /cgi-bin/material/del_material has 5 of 10 calls left today"},
		},
		{
			name: "what has none waits", n: 4, archive: true, urls: 2, known: map[string]state.Quota{pathDelete: {Limit: 10, Left: 5}, pathGet: {Limit: 10, Left: 1}, pathCount: plenty},
			want: plan.Guard{Status: plan.Limited, Value: 4, Limit: 3, Message: "3 of 4 deletions fit today: /cgi-bin/material/get_material has 1 of 10 calls left today" + tomorrow},
		},
		{
			name: "what is not archived needs no content", n: 4, known: map[string]state.Quota{pathDelete: plenty, pathGet: {Limit: 10}},
			want: plan.Guard{Value: 4, Limit: 1000, Message: "4 deletions fit: /cgi-bin/material/del_material has 1000 of 1000 calls left today"},
		},
		{
			name: "one count is enough for one deletion", n: 4, known: map[string]state.Quota{pathDelete: plenty, pathCount: {Limit: 10, Left: 1}},
			want: plan.Guard{Status: plan.Limited, Value: 4, Limit: 1, Message: "1 of 4 deletions fit today: /cgi-bin/material/get_materialcount has 1 of 10 calls left today" + tomorrow},
		},
		{
			name: "two are for any number", n: 400, known: map[string]state.Quota{pathDelete: plenty, pathCount: {Limit: 10, Left: 2}},
			want: plan.Guard{Value: 400, Limit: 1000, Message: "400 deletions fit: /cgi-bin/material/del_material has 1000 of 1000 calls left today"},
		},
		{
			name: "no count, no deletion", n: 1, known: map[string]state.Quota{pathDelete: plenty, pathCount: {Limit: 10}},
			want: plan.Guard{Status: plan.Limited, Value: 1, Message: "0 of 1 deletions fit today: /cgi-bin/material/get_materialcount has 0 of 10 calls left today" + tomorrow},
		},
		{
			name: "only the counts are known", n: 5, known: map[string]state.Quota{pathCount: plenty},
			want: plan.Guard{Value: 5, Limit: 5, Message: "5 deletions fit: /cgi-bin/material/get_materialcount has 1000 of 1000 calls left today"},
		},
		{
			name: "own calls since are taken off", n: 4, known: map[string]state.Quota{pathDelete: {Limit: 10, Left: 5}}, used: map[string]int{pathDelete: 3},
			want: plan.Guard{Status: plan.Limited, Value: 4, Limit: 2, Message: "2 of 4 deletions fit today: /cgi-bin/material/del_material has 2 of 10 calls left today" + tomorrow},
		},
		{
			name: "a listing beyond its quota is said", n: 1, known: map[string]state.Quota{pathDelete: plenty}, listing: shortage{pathList, 1500, allowance{limit: 1000, left: 900, reserved: 200}},
			want: plan.Guard{Value: 1, Limit: 1000, Message: "1 deletions fit: /cgi-bin/material/del_material has 1000 of 1000 calls left today; the listing needs 1500 calls, and /cgi-bin/material/batchget_material has 900 of 1000 calls left today, 200 of them for production"},
		},
		{
			name: "a listing within its quota is not", n: 1, known: map[string]state.Quota{pathDelete: plenty}, listing: shortage{pathList, 700, allowance{limit: 1000, left: 900, reserved: 200}},
			want: plan.Guard{Value: 1, Limit: 1000, Message: "1 deletions fit: /cgi-bin/material/del_material has 1000 of 1000 calls left today"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := listed(tt.n, 0)
			c.now = time.Date(2026, 11, 23, 15, 59, 59, 0, time.UTC) // a second before midnight UTC+8
			c.manifest.Guards.QuotaReservePercent, c.manifest.Archive = tt.reserve, tt.archive
			urls := material.Set{}
			for _, ch := range c.deletions[:tt.urls] {
				urls.Add(ch.Item.ID)
			}
			c.pictured = func(it material.Item) bool { return urls.Has(it.ID) }
			b := budget{known: quotas(tt.known)}
			c.allowances, c.unmeasured, c.listing = b.allowances(tt.used, c.manifest.Guards), tt.failed, tt.listing
			all := guard(c)
			got := all[len(all)-1]
			tt.want.Name = plan.Quota
			if tt.want.Status == "" {
				tt.want.Status = plan.Passed
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("guard mismatch (-want +got):\n%s", diff)
			}
		})
	}
}
