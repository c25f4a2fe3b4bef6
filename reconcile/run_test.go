package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

func TestOneAccountsTroubleIsNotTheOthers(t *testing.T) {
	t.Parallel()
	var worlds []*world
	var accounts []*reconcile.Account
	for _, name := range []string{"good", "refused", "busy", "fine"} {
		w := newWorld(t, append(images("keep-", 3), images("x", 3)...)...)
		w.manifest.Name = name
		worlds, accounts = append(worlds, w), append(accounts, w.account())
	}
	worlds[1].inject(t, sandbox.Fault{Path: sandbox.Count, Errcode: 48001})
	worlds[2].inject(t, sandbox.Fault{Path: sandbox.DelMaterial, Errcode: 45009, From: 2})

	opt := worlds[0].options()
	decisions := reconcile.Plan(t.Context(), accounts, nil, opt)
	reconcile.Apply(t.Context(), t.Context(), decisions)
	doc := reconcile.Document(decisions, "v1", time.Hour, now, false)

	got := map[string]plan.Status{}
	for _, a := range doc.Accounts {
		got[a.Name] = a.Status
	}
	want := map[string]plan.Status{"good": plan.Done, "refused": plan.Denied, "busy": plan.QuotaUsed, "fine": plan.Done}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("statuses mismatch (-want +got):\n%s", diff)
	}
	if doc.Status() != plan.Denied {
		t.Errorf("status %d, want the worst one, %d", doc.Status(), plan.Denied)
	}
	var left []int
	for _, w := range worlds {
		left = append(left, len(w.sandbox.Live(appid)))
	}
	if diff := cmp.Diff([]int{3, 6, 5, 3}, left); diff != "" {
		t.Errorf("live mismatch (-want +got):\n%s", diff)
	}
}

func TestDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(images("keep-", 2), one(material.Image, "x", 40), one(material.Image, "new", 1))...)
	d := w.decide(t.Context())
	for all, want := range map[bool][]string{false: {"new", "x"}, true: {"keep-0", "keep-1", "new", "x"}} {
		doc := reconcile.Document([]*reconcile.Decision{d}, "v1", time.Hour, now, all)
		var names []string
		for _, c := range doc.Changes {
			names = append(names, c.Item.Name)
		}
		if len(names) != len(want) {
			t.Errorf("all %v: changes %v, want %v", all, names, want)
		}
		if doc.ChangesDigest != doc.Accounts[0].ChangesDigest || doc.Deletions() != 1 {
			t.Errorf("all %v: digest %s and %d deletions, want the account's %s and 1", all, doc.ChangesDigest, doc.Deletions(), doc.Accounts[0].ChangesDigest)
		}
	}
	want := plan.Summary{Live: 4, Keep: 2, Hold: 1, Delete: 1}
	if diff := cmp.Diff(want, d.Summary.Summary); diff != "" {
		t.Errorf("summary mismatch (-want +got):\n%s", diff)
	}
	calls := plan.Calls{
		sandbox.Count:       {Used: 1, Needed: 2, Left: left(999_999)},
		sandbox.BatchGet:    {Used: 1, Needed: 1, Left: left(999_999)},
		sandbox.DelMaterial: {Needed: 1, Left: left(1_000_000)},
		sandbox.QuotaGet:    {Used: 3, Needed: 3},
	}
	if diff := cmp.Diff(calls, d.Summary.Calls); diff != "" {
		t.Errorf("calls mismatch (-want +got):\n%s", diff)
	}
}

func left(n int) *int { return &n }

func TestSavedPlan(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		later  func(*testing.T, *world)
		life   time.Duration
		status plan.Status
		says   string // in an error or finding
		left   int    // live afterwards, of 3 kept and 4 orphans
	}{
		{name: "nothing happened since", left: 3},
		{
			name: "the keep list grew", left: 4, says: "of the saved plan 3 of 4: 1 kept since",
			later: func(t *testing.T, w *world) { w.manifest.Keep = []manifests.Entry{{ID: w.id(t, "x1")}} },
		},
		{
			name: "the keep list shrank", left: 3,
			later: func(_ *testing.T, w *world) {
				w.manifest.Rules = []manifests.Rule{{Name: "keep-0"}, {Name: "keep-2"}}
			},
		},
		{
			name: "one was renamed", left: 4, says: "of the saved plan 3 of 4: 1 changed since",
			later: func(t *testing.T, w *world) { w.sandbox.Rename(appid, w.id(t, "x1"), "renamed") },
		},
		{
			name: "one is gone", left: 3, says: "of the saved plan 3 of 4: 1 gone since",
			later: func(t *testing.T, w *world) { w.sandbox.Remove(appid, w.id(t, "x1")) },
		},
		{
			name: "another orphan appeared", left: 4,
			later: func(t *testing.T, w *world) {
				if _, err := w.sandbox.Upload(appid, one(material.Image, "late", 90)); err != nil {
					t.Fatal(err)
				}
			},
		},
		{
			name: "a setting changed", left: 7, status: plan.Stale, says: "the settings of brand (all but keep, keep_rules and retire) changed",
			later: func(_ *testing.T, w *world) { w.manifest.Guards.MaxDeletes = 600 },
		},
		{name: "it expired", life: -time.Second, left: 7, status: plan.Stale, says: "the saved plan expired on"},
		{
			name: "it was applied before", left: 3, status: plan.Stale, says: "it is used up",
			later: func(t *testing.T, w *world) { w.apply(t.Context()) },
		},
		{
			name: "it is about another appid", left: 7, status: plan.Stale, says: "the saved plan is for appid",
			later: func(_ *testing.T, w *world) { w.manifest.AppID = "wxfedcba9876543210" },
		},
		{
			name: "it is about another account", left: 7, status: plan.Stale, says: "the saved plan says nothing about",
			later: func(_ *testing.T, w *world) { w.manifest.Name = "other" },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, append(images("keep-", 3), images("x", 4)...)...)
			life := time.Hour
			if tt.life != 0 {
				life = tt.life
			}
			saved := reconcile.Document(reconcile.Plan(t.Context(), []*reconcile.Account{w.account()}, nil, w.options()), "v1", life, now, false)
			b, err := saved.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if saved, err = plan.Decode(b); err != nil {
				t.Fatal(err)
			}
			if tt.later != nil {
				tt.later(t, w)
			}
			d := decide(t.Context(), w.account(), saved, w.options())
			planned := material.Set{}
			for _, c := range saved.Changes {
				if c.Action == plan.Delete {
					planned.Add(c.Item.ID)
				}
			}
			for _, c := range d.Deletions() {
				if !planned.Has(c.Item.ID) {
					t.Errorf("%s would be deleted, and is not in the saved plan", c.Item.Name)
				}
			}
			d.Apply(t.Context(), t.Context())
			if d.Summary.Status != tt.status {
				t.Errorf("status %d, want %d (%s)", d.Summary.Status, tt.status, d.Summary.Error)
			}
			said := d.Summary.Error
			for _, f := range d.Summary.Findings {
				said += f.Message
			}
			if !strings.Contains(said, tt.says) {
				t.Errorf("%q is not said in %q", tt.says, said)
			}
			if got := len(w.sandbox.Live(appid)); got != tt.left {
				t.Errorf("%d live, want %d", got, tt.left)
			}
		})
	}
}
