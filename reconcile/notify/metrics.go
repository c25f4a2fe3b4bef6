package notify

import (
	"maps"
	"slices"
	"time"

	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// A Measured run is what metrics are about.
type Measured struct {
	Run
	Ended   time.Time
	Seconds float64 // that the whole run took, all accounts together
}

// looked are the accounts that the run looked at. Of the others what was known stays
// as it was: a change that does not touch an account is no success of it.
func (run Measured) looked() []plan.Account {
	return slices.DeleteFunc(slices.Clone(run.Plan.Accounts), func(a plan.Account) bool { return a.Skipped != "" })
}

// A gauge is one metric: its name without wxkeep_, the label that tells its
// samples of one account apart, if any, and what it says.
type gauge struct{ name, label, help string }

var (
	lastRun     = gauge{"last_run_timestamp_seconds", "", "When the last run ended, in seconds since 1970."}
	lastSuccess = gauge{"last_success_timestamp_seconds", "", "When the last run with exit status 0 for the account ended, in seconds since 1970."}
	runSeconds  = gauge{"last_run_duration_seconds", "", "How long the last run took, all its accounts together."}
	exitStatus  = gauge{"last_run_exit_status", "", "The account's own exit status in the last run."}
	live        = gauge{"live_materials", "type", "Materials listed in the last run."}
	orphans     = gauge{"orphan_materials", "type", "Materials that the last run found to be deleted, and left: it only planned, or did not come to them."}
	held        = gauge{"held_materials", "type", "Materials that nothing keeps, held back by age, grace, a limit or a doubt."}
	inUse       = gauge{"in_use_materials", "type", "Materials kept only because something uses them."}
	kept        = gauge{"kept_materials", "", "Materials kept by an entry or a rule of the manifest."}
	missing     = gauge{"missing_entries", "", "Entries of the manifest whose material is not live."}
	deleted     = gauge{"deleted_materials", "type", "Materials deleted by the last run."}
	failures    = gauge{"failed_materials", "type", "Materials that the last run could not delete, or does not know about."}
	called      = gauge{"last_run_calls", "endpoint", "Calls of an endpoint in the last run."}
	quotaLeft   = gauge{"quota_left_calls", "endpoint", "Calls of an endpoint that are left of the daily quota."}
)

// measures are what a run found about one account: of each gauge the values, by
// that of its label.
type measures map[gauge]map[string]float64

// measure returns what a run found about an account. An account that was not
// listed has no counts.
func measure(run Measured, a plan.Account, changes []plan.Change) measures {
	m := measures{}
	m.add(lastRun, "", unix(run.Ended))
	m.add(runSeconds, "", run.Seconds)
	m.add(exitStatus, "", float64(a.Status))
	if a.Status == plan.Done {
		m.add(lastSuccess, "", unix(run.Ended))
	}
	for path, call := range a.Calls {
		m.add(called, path, float64(call.Used))
		if call.Left != nil {
			m.add(quotaLeft, path, float64(*call.Left))
		}
	}
	if len(a.Listing.Listed) > 0 {
		m.add(kept, "", float64(a.Summary.Keep))
		m.add(missing, "", float64(a.Summary.Missing))
		m.materials(a, changes, a.Result != nil)
	}
	return m
}

func unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func (m measures) add(g gauge, of string, n float64) {
	if m[g] == nil {
		m[g] = map[string]float64{}
	}
	m[g][of] += n
}

// families returns the metrics in the text format, all with these labels.
func (m measures) families(labels ...label) map[string]*family {
	families := map[string]*family{}
	for g, values := range m {
		f := &family{name: "wxkeep_" + g.name, help: g.help, kind: "gauge"}
		for _, of := range slices.Sorted(maps.Keys(values)) {
			all := slices.Clone(labels)
			if g.label != "" {
				all = append(all, label{g.label, of})
			}
			f.samples = append(f.samples, newSample(f.name, all, values[of]))
		}
		families[f.name] = f
	}
	return families
}

// materials counts by type. A type that was listed and has none has a zero, so
// that graphs and alerts see it. After an apply there is what became of them.
func (m measures) materials(a plan.Account, changes []plan.Change, applied bool) {
	count := func(g gauge, n int, t material.Type) { m.add(g, string(t), float64(n)) }
	gauges := []gauge{orphans, held, inUse}
	if applied {
		gauges = append(gauges, deleted, failures)
	}
	for t, n := range a.Listing.Listed {
		count(live, n, t)
		for _, g := range gauges {
			count(g, 0, t)
		}
	}
	for _, c := range changes {
		switch {
		case c.Action == plan.Hold:
			count(held, 1, c.Item.Type)
		case c.Reason == plan.Referenced:
			count(inUse, 1, c.Item.Type)
		case c.Action != plan.Delete:
		case c.Outcome == "" || c.Outcome == plan.Deferred:
			count(orphans, 1, c.Item.Type)
		case c.Outcome == plan.Deleted:
			count(deleted, 1, c.Item.Type)
		case c.Outcome == plan.Failed || c.Outcome == plan.Undecided || c.Outcome == plan.ArchiveFailed:
			count(failures, 1, c.Item.Type)
		}
	}
}
