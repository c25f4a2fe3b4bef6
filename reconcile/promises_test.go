package reconcile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

// shards × rapid's own hundred checks are the worlds tried. A shard runs beside
// the others.
const shards = 20

// TestPromises holds promises 1, 2, 4 and 5 in random accounts under random
// manifests and faults, through the real client: what is kept is never sent,
// what is sent was planned, outcomes tell the truth, and running again converges.
func TestPromises(t *testing.T) {
	t.Parallel()
	for i := range shards {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				w := drawWorld(t)
				kept := w.kept()
				for id := range w.used {
					kept.Add(id)
				}
				faults := drawFaults(t, w)
				w.inject(t, faults...)
				failing := w.drawFailingBook(t)
				opt := w.options()
				opt.Parallelism = rapid.IntRange(1, 6).Draw(t, "parallelism")

				all := reconcile.Plan(t.Context(), []*reconcile.Account{w.account()}, nil, opt)
				d := all[0]
				planned := material.Set{}
				for _, c := range d.Deletions() {
					planned.Add(c.Item.ID)
				}
				d.Apply(t.Context(), t.Context())
				if w.book != nil {
					w.book.refuse = nil
				}
				if err := reconcile.Release(t.Context(), all); err != nil {
					t.Fatalf("the lease is not given back: %v", err)
				}
				removed := slices.ContainsFunc(faults, func(f sandbox.Fault) bool { return f.Remove > 0 })
				w.checkSent(t, kept, planned, removed)
				w.checkOutcomes(t, d, removed)
				w.checkCovers(t, removed)
				if len(faults) == 0 && !failing {
					w.checkCalls(t, d)
				}
				if w.book != nil {
					w.checkBook(t, t.Fatalf)
				}

				w.sandbox.Heal(appid)
				w.connect(t)
				if again := w.apply(t.Context()); again.Summary.Status != plan.Done {
					t.Fatalf("without faults the second run has status %d: %s %v %v", again.Summary.Status, again.Summary.Error, again.Summary.Guards, notes(again))
				}
				w.checkCovers(t, removed)
				for _, c := range w.plan(t.Context()).Deletions() {
					if !inUse(c.Item.Name) && !w.waits(c.Item.ID) {
						t.Fatalf("the third run still deletes %s", c.Item.Name)
					}
				}
				if w.book != nil {
					w.checkBook(t, t.Fatalf)
					w.checkClosed(t)
				}
			})
		})
	}
}

// drawWorld is an account of which the manifest keeps about half.
func drawWorld(t *rapid.T) *world {
	n := rapid.IntRange(0, 70).Draw(t, "materials")
	kinds := material.Types()
	if rapid.Bool().Draw(t, "images only") {
		kinds = kinds[:1]
	}
	var materials []sandbox.Material
	for i := range n {
		m := sandbox.Material{
			Type: rapid.SampledFrom(kinds).Draw(t, "type"),
			Age:  time.Duration(rapid.IntRange(1, 60).Draw(t, "age")) * 24 * time.Hour,
			Long: rapid.Bool().Draw(t, "long"),
		}
		m.Name = fmt.Sprintf("%s%d", rapid.SampledFrom([]string{"keep-", "x", "y", "used-"}).Draw(t, "name"), i)
		m.InUse = inUse(m.Name)
		materials = append(materials, m)
	}
	w := drawPlaces(t, materials)
	if rapid.IntRange(0, 3).Draw(t, "ledger") == 0 {
		w.rememberIn(&memory{objects: map[string][]byte{}})
	}
	w.manifest.Guards.MinKeepLivePercent = 0 // somebody else may delete what is listed
	w.manifest.Types = kinds
	if rapid.Bool().Draw(t, "only images governed") {
		w.manifest.Types = kinds[:1]
	}
	for _, it := range w.sandbox.Live(appid) {
		governed := slices.Contains(w.manifest.Types, it.Type)
		if governed && it.Name[0] == 'y' && rapid.Bool().Draw(t, "listed") {
			w.manifest.Keep = append(w.manifest.Keep, manifests.Entry{ID: it.ID})
		}
	}
	return w
}

// inUse reports whether deleting the material of this name is refused for ever,
// because a menu uses it.
func inUse(name string) bool { return strings.HasPrefix(name, "used-") }

// waits reports whether news that is refused for ever uses id. A run without a
// ledger tries that news again each time, with what waits for it.
func (w *world) waits(id material.ID) bool {
	for _, it := range w.sandbox.Live(appid) {
		if w.book == nil && inUse(it.Name) && slices.Contains(w.covers[it.ID], id) {
			return true
		}
	}
	return false
}

// notes say what went wrong, by name.
func notes(d *reconcile.Decision) map[string]string {
	said := map[string]string{}
	for _, c := range d.Changes {
		if c.Note != "" {
			said[c.Item.Name] = string(c.Outcome) + ": " + c.Note
		}
	}
	return said
}

func drawFaults(t *rapid.T, w *world) []sandbox.Fault {
	nth := rapid.IntRange(1, 6)
	called := []string{sandbox.Count, sandbox.BatchGet, sandbox.DelMaterial}
	if w.book != nil {
		called = append(called, sandbox.GetMaterial)
	}
	if len(w.manifest.References.Places) > 0 {
		called = append(called, sandbox.MenuGet, sandbox.SelfMenu, sandbox.DraftGet)
	}
	paths := rapid.SampledFrom(called)
	one := rapid.Custom(func(t *rapid.T) sandbox.Fault {
		var f sandbox.Fault
		f.Path = paths.Draw(t, "path")
		switch rapid.IntRange(0, 6).Draw(t, "fault") {
		case 0:
			f.Errcode = rapid.SampledFrom([]int{-1, 40001, 40007, 42001, 45009, 45011, 48001, 48005, 48010, 40035, 12345}).Draw(t, "errcode")
		case 1:
			f.Path, f.Lost = sandbox.DelMaterial, rapid.SampledFrom([]sandbox.Lost{sandbox.LostBusy, sandbox.LostCut}).Draw(t, "lost")
		case 2:
			f.Status = rapid.SampledFrom([]int{500, 502, 503, 404}).Draw(t, "status")
		case 3:
			f.Cut = rapid.SampledFrom([]sandbox.Cut{sandbox.CutBefore, sandbox.CutBody}).Draw(t, "cut")
		case 4:
			return sandbox.Fault{TokenUses: rapid.IntRange(2, 20).Draw(t, "uses")}
		case 5:
			f.Path = sandbox.BatchGet
			switch rapid.IntRange(0, 5).Draw(t, "list") {
			case 0:
				f.IgnoreOffset = true
			case 1:
				f.PageCap = rapid.IntRange(1, 15).Draw(t, "cap")
			case 2:
				f.PageExtra = rapid.IntRange(1, 5).Draw(t, "extra")
			case 3:
				f.NoItem = true
			case 4:
				f.TotalOff = rapid.IntRange(-3, 3).Draw(t, "off")
				if f.TotalOff == 0 {
					f.BadBytes = true
				}
			case 5:
				f.BadBytes = true
			}
		case 6:
			f.Path = sandbox.BatchGet
			if rapid.Bool().Draw(t, "uploads") {
				f.Upload = rapid.IntRange(1, 25).Draw(t, "upload")
			} else {
				f.Remove = rapid.IntRange(1, 3).Draw(t, "remove")
			}
			f.At = nth.Draw(t, "at")
			return f
		}
		switch rapid.IntRange(0, 2).Draw(t, "when") {
		case 0:
			f.Every = nth.Draw(t, "every")
		case 1:
			f.At = nth.Draw(t, "at")
		case 2:
			f.From = nth.Draw(t, "from")
		}
		return f
	})
	return rapid.SliceOfN(one, 0, 3).Draw(t, "faults")
}

// kept is what an entry or the rule keeps, of what is live.
func (w *world) kept() material.Set {
	kept := material.Set{}
	for _, e := range w.manifest.Keep {
		kept.Add(e.ID)
	}
	for _, it := range w.sandbox.Live(appid) {
		if strings.HasPrefix(it.Name, "keep-") || !slices.Contains(w.manifest.Types, it.Type) {
			kept.Add(it.ID)
		}
	}
	return kept
}

// checkSent holds promises 1, 2 and 4 by what the server saw. removed says that
// somebody else deleted something, too.
func (w *world) checkSent(t *rapid.T, kept, planned material.Set, removed bool) {
	for _, id := range w.sandbox.Deletes() {
		if kept.Has(id) {
			t.Fatalf("%s is kept, and was sent", id)
		}
		if !planned.Has(id) {
			t.Fatalf("%s was not planned, and was sent", id)
		}
	}
	live := w.live()
	for id := range kept {
		if !live.Has(id) && !removed {
			t.Fatalf("%s is kept, and gone", id)
		}
	}
}

func (w *world) live() material.Set {
	live := material.Set{}
	for _, it := range w.sandbox.Live(appid) {
		live.Add(it.ID)
	}
	return live
}

// checkOutcomes holds that outcomes tell the truth: deleted is gone, and what
// was refused, deferred or failed is not.
func (w *world) checkOutcomes(t *rapid.T, d *reconcile.Decision, removed bool) {
	live := w.live()
	for _, c := range d.Changes {
		there := live.Has(c.Item.ID)
		switch c.Outcome {
		case plan.Deleted, plan.AlreadyAbsent:
			if there {
				t.Fatalf("%s is %s (%s), but live", c.Item.Name, c.Outcome, c.Note)
			}
		case plan.Refused, plan.Deferred, plan.Failed:
			if !there && !removed {
				t.Fatalf("%s is %s (%s), but gone", c.Item.Name, c.Outcome, c.Note)
			}
		}
	}
}

// checkCalls holds the formula: one count and every page once, then one
// deletion each and one count for one of them, two for more.
func (w *world) checkCalls(t *rapid.T, d *reconcile.Decision) {
	want := map[string]int{"count": 1}
	for _, l := range d.Summary.Listing.Total {
		if l > 0 {
			want["list"] += (l + 19) / 20
		}
	}
	if d.Summary.Result != nil {
		n := len(d.Deletions())
		want["delete"] = n - d.Summary.Result.Outcomes[plan.Changed]
		accepted := d.Summary.Result.Outcomes[plan.Deleted]
		switch {
		case accepted == 0 || n == 1:
			want["count"]++
		default:
			want["count"] += 2
		}
	}
	got := w.calls()
	for _, name := range []string{"count", "list", "delete"} {
		if got[name] != want[name] {
			t.Fatalf("%d calls to %s, want %d", got[name], name, want[name])
		}
	}
}
