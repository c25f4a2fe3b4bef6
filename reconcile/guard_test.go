package reconcile

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

// listed is a complete listing of n images, of which the first k are kept by
// the manifest, and the rest are deletions.
func listed(n, k int) check {
	c := check{
		manifest: &manifests.Account{Name: "brand", AppID: "wx0123456789abcdef", Types: []material.Type{material.Image}, Guards: manifests.DefaultGuards()},
		snapshot: &state.Snapshot{Listings: []state.Listing{{Type: material.Image, Counted: n, Total: n, Listed: n, Passes: 1}}},
		now:      noon,
	}
	for i := range n {
		it := aged(fmt.Sprintf("id%04d", i), material.Image, 30*days)
		c.snapshot.Items = append(c.snapshot.Items, it)
		if i < k {
			c.manifest.Keep = append(c.manifest.Keep, manifests.Entry{ID: it.ID})
		} else {
			c.deletions = append(c.deletions, plan.Change{Account: "brand", Item: it, Action: plan.Delete})
		}
	}
	c.digest = plan.ChangesDigest(map[string]string{"brand": c.manifest.AppID}, c.deletions)
	return c
}

func TestGuards(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		n, k  int
		alter func(*check)
		guard string
		want  plan.Guard
	}{
		{
			name: "freeze stops deletions", n: 10, k: 9, guard: plan.Freeze,
			alter: func(c *check) { c.manifest.Freeze = true },
			want:  plan.Guard{Status: plan.Blocked, Value: 1, Message: "freeze is true: set it to false to delete again"},
		},
		{
			name: "freeze has nothing to stop", n: 10, k: 10, guard: plan.Freeze,
			alter: func(c *check) { c.manifest.Freeze = true },
			want:  plan.Guard{Status: plan.Passed, Message: "freeze is true, and there is nothing to delete"},
		},
		{
			name: "an empty keep list is refused", n: 10, k: 0, guard: plan.EmptyManifest,
			want: plan.Guard{Status: plan.Blocked, Limit: 1, Message: "the manifest keeps nothing: set guards.allow_empty to true if that is meant"},
		},
		{
			name: "a list of expired entries is empty", n: 10, k: 1, guard: plan.EmptyManifest,
			alter: func(c *check) { c.manifest.Keep[0].Until = noon.Add(-time.Second) },
			want:  plan.Guard{Status: plan.Blocked, Limit: 1, Message: "the manifest keeps nothing: set guards.allow_empty to true if that is meant"},
		},
		{
			name: "an empty keep list can be meant", n: 10, k: 0, guard: plan.EmptyManifest,
			alter: func(c *check) { c.manifest.Guards.AllowEmpty = true },
			want:  plan.Guard{Status: plan.Passed, Limit: 1, Message: "nothing is kept, and guards.allow_empty is true"},
		},
		{
			name: "a rule is not nothing", n: 10, k: 0, guard: plan.EmptyManifest,
			alter: func(c *check) { c.manifest.Rules = []manifests.Rule{{Name: "x"}} },
			want:  plan.Guard{Status: plan.Passed, Value: 1, Limit: 1, Message: "1 entries and rules keep something"},
		},
		{
			name: "half of the listed ids live is enough", n: 10, k: 5, guard: plan.WrongAccount,
			alter: func(c *check) {
				c.snapshot.Items = append(c.snapshot.Items[:0:0], c.snapshot.Items[2:]...)
				c.keep("x")
			},
			want: plan.Guard{Status: plan.Passed, Value: 50, Limit: 50, Message: "3 of 6 listed ids are live"},
		},
		{
			name: "fewer than half live is another account", n: 10, k: 5, guard: plan.WrongAccount,
			alter: func(c *check) { c.snapshot.Items = c.snapshot.Items[3:] },
			want:  plan.Guard{Status: plan.Blocked, Value: 40, Limit: 50, Message: "2 of 5 listed ids are live, fewer than 50 %: check appid and credentials, or lower guards.min_keep_live_percent"},
		},
		{
			name: "an id kept twice counts once", n: 2, k: 1, guard: plan.WrongAccount,
			alter: func(c *check) { c.keep("gone1", "gone2", "id0000", "id0000") },
			want:  plan.Guard{Status: plan.Blocked, Value: 33.33, Limit: 50, Message: "1 of 3 listed ids are live, fewer than 50 %: check appid and credentials, or lower guards.min_keep_live_percent"},
		},
		{
			name: "a canary that is not live stops everything", n: 10, k: 9, guard: plan.WrongAccount,
			alter: func(c *check) { c.manifest.Canaries = []material.ID{"id0000", "tweety"} },
			want:  plan.Guard{Status: plan.Blocked, Limit: 50, Message: "canary tweety is not in the account: check appid and credentials"},
		},
		{
			name: "an incomplete listing says nothing about the account", n: 10, k: 5, guard: plan.WrongAccount,
			alter: func(c *check) { c.snapshot.Items = nil; c.snapshot.Listings[0].Problem = "cut" },
			want:  plan.Guard{Status: plan.Passed, Limit: 50, Message: "cannot be judged: the listing is incomplete"},
		},
		{
			name: "an incomplete listing deletes nothing", n: 10, k: 9, guard: plan.ListingIncomplete,
			alter: func(c *check) { c.snapshot.Listings[0].Problem = "9 of 10 image listed after 2 passes" },
			want:  plan.Guard{Status: plan.Blocked, Value: 1, Message: "9 of 10 image listed after 2 passes: run again"},
		},
		{
			name: "max_deletes are allowed", n: 2100, k: 1600, guard: plan.MaxDeletes,
			want: plan.Guard{Status: plan.Passed, Value: 500, Limit: 500, Message: "500 deletions, at most 500"},
		},
		{
			name: "one more than max_deletes is not", n: 4, k: 2, guard: plan.MaxDeletes,
			alter: func(c *check) { c.manifest.Guards.MaxDeletes = 1 },
			want: plan.Guard{Status: plan.Blocked, Value: 2, Limit: 1, Message: "2 deletions, at most 1; to approve exactly these, add to approvals: " +
				`{changes: "sha256:dcf000824824008f5a6efd692219ddba3528c4c0d4751aa6f187138880a410a0", until: 2026-11-30, reason: …}; or raise guards.max_deletes`},
		},
		{
			name: "a quarter of the live material is allowed", n: 8, k: 6, guard: plan.MaxDeletePercent,
			want: plan.Guard{Status: plan.Passed, Value: 25, Limit: 25, Message: "2 of 8 live materials, at most 25 %"},
		},
		{
			name: "0 means 0, and a small account is no exemption", n: 100, k: 99, guard: plan.MaxDeletePercent,
			alter: func(c *check) {
				c.manifest.Guards.MaxDeletePercent = 0
				c.manifest.Approvals = []manifests.Approval{{Changes: c.digest, Until: noon, Reason: "past"}}
			},
			want: plan.Guard{Status: plan.Blocked, Value: 1, Limit: 0},
		},
		{
			name: "an approval of exactly these deletions lifts it", n: 4, k: 2, guard: plan.MaxDeletePercent,
			alter: func(c *check) {
				c.manifest.Approvals = []manifests.Approval{{Changes: c.digest, Until: noon.Add(time.Second), Reason: "spring cleaning", Position: manifests.Position{File: "m.yaml", Line: 9, Column: 14}}}
			},
			want: plan.Guard{Status: plan.Passed, Value: 50, Limit: 25, Message: "2 of 4 live materials, at most 25 %; approved at m.yaml:9:14: spring cleaning"},
		},
		{
			name: "an approval of other deletions does not", n: 4, k: 2, guard: plan.MaxDeletePercent,
			alter: func(c *check) {
				c.manifest.Approvals = []manifests.Approval{{Changes: plan.ChangesDigest(nil, nil), Until: noon.Add(days)}}
			},
			want: plan.Guard{Status: plan.Blocked, Value: 50, Limit: 25},
		},
		{
			name: "news and videos have to be named", n: 4, k: 2, guard: plan.NotRestorable,
			alter: func(c *check) { c.deletions[0].Item.Type, c.deletions[1].Item.Type = material.News, material.Video },
			want:  plan.Guard{Status: plan.Blocked, Value: 2, Message: "1 video and 1 news cannot be uploaded again through the API: keep them, or add video and news to guards.allow_irreversible"},
		},
		{
			name: "named ones may go", n: 4, k: 3, guard: plan.NotRestorable,
			alter: func(c *check) {
				c.deletions[0].Item.Type = material.Video
				c.manifest.Guards.AllowIrreversible = []material.Type{material.Video}
			},
			want: plan.Guard{Status: plan.Passed, Message: "no video or news is deleted that guards.allow_irreversible does not name"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := listed(tt.n, tt.k)
			if tt.alter != nil {
				tt.alter(&c)
			}
			c.live = material.IndexOf(c.snapshot.Items)
			c.roll = callRoll(c.manifest, c.snapshot.Items, c.live, true, c.now)
			var got plan.Guard
			for _, g := range guard(c) {
				if g.Name == tt.guard {
					got = g
				}
			}
			tt.want.Name = tt.guard
			if tt.want.Message == "" {
				got.Message = "" // said by another case
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("guard mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func (c *check) keep(ids ...material.ID) {
	for _, id := range ids {
		c.manifest.Keep = append(c.manifest.Keep, manifests.Entry{ID: id})
	}
}

func TestGuardStatus(t *testing.T) {
	t.Parallel()
	blocked := func(names ...string) []plan.Guard {
		var gs []plan.Guard
		for _, n := range names {
			gs = append(gs, plan.Guard{Name: n, Status: plan.Blocked})
		}
		return append(gs, plan.Guard{Name: plan.MaxDeletes, Status: plan.Passed})
	}
	tests := []struct {
		name     string
		guards   []plan.Guard
		applying bool
		want     plan.Status
	}{
		{"nothing blocks", blocked(), true, plan.Done},
		{"freeze stops apply", blocked(plan.Freeze), true, plan.GuardBlocked},
		{"freeze alone does not stop plan", blocked(plan.Freeze), false, plan.Done},
		{"the wrong account wins", blocked(plan.MaxDeletes, plan.ListingIncomplete, plan.WrongAccount), false, plan.Foreign},
		{"an incomplete listing wins over a number", blocked(plan.MaxDeletes, plan.ListingIncomplete), false, plan.Unseen},
		{"any other guard", blocked(plan.NotRestorable), false, plan.GuardBlocked},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := guardStatus(tt.guards, plan.Unseen, plan.Unseen, tt.applying); got != tt.want {
				t.Errorf("guardStatus() = %d, want %d", got, tt.want)
			}
		})
	}
}
