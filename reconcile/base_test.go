package reconcile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

// changing is everywhere, searched everywhere, and a change of that which alter
// makes.
func changing(t *testing.T, alter func(base, change *manifests.Account)) (*world, *reconcile.Account) {
	t.Helper()
	w := newWorldOf(t, everywhere()).refer("menu", "auto_reply", "drafts", "published", "news")
	a := w.account()
	base, change := *w.manifest, *w.manifest
	alter(&base, &change)
	a.Manifest, a.Base = &change, &base
	return w, a
}

// causes are whose doing it is what is to be done, by name.
func causes(d *reconcile.Decision) map[string]string {
	got := map[string]string{}
	for _, c := range d.Changes {
		if c.Action != plan.Keep {
			got[c.Item.Name] = string(c.Action) + " " + string(c.Cause)
		}
	}
	return got
}

func guardOf(t *testing.T, d *reconcile.Decision, name string) plan.Guard {
	t.Helper()
	for _, g := range d.Summary.Guards {
		if g.Name == name {
			return g
		}
	}
	t.Fatalf("there is no guard %s", name)
	return plan.Guard{}
}

func TestWhatAChangeDoes(t *testing.T) {
	t.Parallel()
	type got = map[string]string
	tests := []struct {
		name   string
		alter  func(base, change *manifests.Account)
		want   got
		detail string // of the one deletion because of the change
		guard  string // status of guards_loosened
	}{
		{
			name:  "nothing",
			alter: func(_, _ *manifests.Account) {},
			want:  got{"x": "delete pending"}, guard: plan.Passed,
		},
		{
			name:  "a rule that keeps no more",
			alter: func(_, change *manifests.Account) { change.Rules = []manifests.Rule{{Name: "other*"}} },
			want:  got{"x": "delete pending", "keep-0": "delete this_change"}, detail: "rule in the base: ", guard: plan.Passed,
		},
		{
			name: "a rule that keeps no more, and a setting that is loosened",
			alter: func(_, change *manifests.Account) {
				change.Rules = []manifests.Rule{{Name: "other*"}}
				change.Guards.MaxDeletes++
			},
			want: got{"x": "delete pending", "keep-0": "delete this_change"}, detail: "rule in the base: ", guard: plan.Blocked,
		},
		{
			name:  "a setting that is loosened alone",
			alter: func(_, change *manifests.Account) { change.Guards.MaxDeletes++ },
			want:  got{"x": "delete pending"}, guard: plan.Passed,
		},
		{
			name: "a place that is searched no more",
			alter: func(_, change *manifests.Account) {
				change.References.Places = []string{"drafts", "published", "auto_reply"}
			},
			want: got{"x": "delete pending", "a": "delete this_change"}, detail: "referenced in the base: menu/海报", guard: plan.Blocked,
		},
		{
			name: "a place that is searched only now",
			alter: func(base, _ *manifests.Account) {
				base.References.Places = []string{"drafts", "published", "auto_reply"}
			},
			want: got{"x": "delete pending"}, guard: plan.Passed,
		},
		{
			name:  "an age that is shorter",
			alter: func(base, _ *manifests.Account) { base.Guards.MinAge = days(100) },
			want:  got{"x": "delete this_change"}, detail: "too_new in the base: ", guard: plan.Blocked,
		},
		{
			name:  "an age that is longer",
			alter: func(_, change *manifests.Account) { change.Guards.MinAge = days(100) },
			want:  got{"x": "hold pending"}, guard: plan.Passed,
		},
		{
			name:  "a type that is governed only now",
			alter: func(base, _ *manifests.Account) { base.Types = []material.Type{material.Voice} },
			want:  got{"x": "delete this_change"}, detail: "not governed in the base", guard: plan.Blocked,
		},
		{
			name: "an entry less of something in its grace, and a setting that is loosened",
			alter: func(base, change *manifests.Account) {
				base.Grace, change.Grace = days(3), days(3)
				change.Rules, change.Archive, base.Archive = []manifests.Rule{{Name: "other*"}}, false, true
			},
			want: got{"x": "hold pending", "keep-0": "hold this_change"}, guard: plan.Blocked,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, a := changing(t, tt.alter)
			d := decide(t.Context(), a, nil, reconcile.Options{Now: w.sandbox.Now})
			if diff := cmp.Diff(tt.want, causes(d)); diff != "" {
				t.Errorf("causes (-want +got):\n%s", diff)
			}
			if g := guardOf(t, d, plan.GuardsLoosened); g.Status != tt.guard {
				t.Errorf("guards_loosened is %s, want %s: %s", g.Status, tt.guard, g.Message)
			}
			want := plan.Base{Digest: a.Base.Digest(), SettingsDigest: a.Base.SettingsDigest()}
			for _, c := range tt.want {
				switch c {
				case "delete this_change":
					want.ThisChange++
				case "delete pending":
					want.Pending++
				}
			}
			if diff := cmp.Diff(&want, d.Summary.Base); diff != "" {
				t.Errorf("base (-want +got):\n%s", diff)
			}
			for _, c := range d.Deletions() {
				if c.Cause == plan.ThisChange && !strings.HasPrefix(c.Detail, tt.detail) {
					t.Errorf("detail %q, want one that begins with %q", c.Detail, tt.detail)
				}
			}
		})
	}
}

// What the base knows of a place decides whose doing a deletion is: what is not
// known is nobody else's.
func TestABaseThatIsNotKnownDeletesNothing(t *testing.T) {
	t.Parallel()
	w, a := changing(t, func(_, change *manifests.Account) { change.References.Places = []string{"menu"} })
	w.inject(t, sandbox.Fault{Path: sandbox.PublishedGet, Errcode: 48001})
	d := decide(t.Context(), a, nil, reconcile.Options{Now: w.sandbox.Now})
	want := map[string]string{"b": "delete this_change", "c": "delete this_change", "d": "delete this_change", "x": "delete this_change"}
	if diff := cmp.Diff(want, causes(d)); diff != "" {
		t.Errorf("causes (-want +got):\n%s", diff)
	}
	said := false
	for _, f := range d.Summary.Findings {
		said = said || f.Kind == plan.BaseUnknown && strings.Contains(f.Message, "published, which could not be read")
	}
	if g := guardOf(t, d, plan.GuardsLoosened); !said || g.Status != plan.Blocked {
		t.Errorf("said: %v; guards_loosened is %s: %s", said, g.Status, g.Message)
	}
	if g := guardOf(t, d, plan.ReferencesUnknown); g.Status != plan.Passed {
		t.Errorf("the change does not name the place, and is blocked: %s", g.Message)
	}
}

// A site is a part of the change: what it uses no more is deleted because of that,
// whether or not the account is listed anew.
func TestLocalFilesAreLookedAtOnBothSides(t *testing.T) {
	t.Parallel()
	site := t.TempDir()
	w := newWorldOf(t, everywhere()).remember(t).refer("menu", "drafts", "published")
	w.manifest.Guards.MinAge = 0
	w.plan(t.Context())
	for side, text := range map[string]string{"base": string(w.named("x")), "change": "nothing"} {
		if err := os.WriteFile(filepath.Join(site, side), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, remembered := range []bool{false, true} {
		a := w.account()
		base, change := *w.manifest, *w.manifest
		base.References.Files, change.References.Files = []string{"base"}, []string{"change"}
		a.Manifest, a.Base = &change, &base
		a.Files, a.BaseFiles = state.Files(site, change.References.Files), state.Files(site, base.References.Files)
		d := decide(t.Context(), a, nil, reconcile.Options{Now: w.sandbox.Now, Remembered: remembered})
		if diff := cmp.Diff(map[string]string{"x": "delete this_change"}, causes(d)); diff != "" {
			t.Errorf("remembered %v: causes (-want +got):\n%s\n%s", remembered, diff, said(d))
		}
	}
}

// A plan approves what it holds in grace, so one of --only-change must not hold
// what was there before as that.
func TestAPlanOfOnlyTheChangeApprovesNothingElse(t *testing.T) {
	t.Parallel()
	w, a := changing(t, func(base, change *manifests.Account) {
		base.Grace, change.Grace = days(3), days(3)
		change.Rules = []manifests.Rule{{Name: "other*"}}
	})
	w.remember(t)
	a.Ledger = w.book.open(w)
	opt := reconcile.Options{Now: w.sandbox.Now, OnlyChange: true}
	d := decide(t.Context(), a, nil, opt)
	got := map[string]plan.Reason{}
	for _, c := range d.Changes {
		if c.Action == plan.Hold {
			got[c.Item.Name] = c.Reason
		}
	}
	if diff := cmp.Diff(map[string]plan.Reason{"x": plan.NotInThisChange, "keep-0": plan.InGrace}, got); diff != "" {
		t.Fatalf("holds (-want +got):\n%s", diff)
	}
	saved := reconcile.Document([]*reconcile.Decision{d}, "", days(10), w.sandbox.Now(), false)
	if _, err := saved.Encode(); err != nil {
		t.Fatal(err)
	}
	w.manifest = a.Manifest
	w.plan(t.Context()) // writes down since when they are orphans
	w.sandbox.SetNow(now.Add(4 * 24 * time.Hour))
	w.run(t.Context(), saved, w.options())
	if diff := cmp.Diff([]string{"a", "b", "c", "d", "x"}, w.names()); diff != "" {
		t.Errorf("live (-want +got):\n%s", diff)
	}
}
