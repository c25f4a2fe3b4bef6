package notify

import (
	"errors"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

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

// A gauge is one metric: its name without wxkeep_, and what it says.
type gauge struct{ name, help string }

var (
	lastRun     = gauge{"last_run_timestamp_seconds", "When the last run ended, in seconds since 1970."}
	lastSuccess = gauge{"last_success_timestamp_seconds", "When the last run with exit status 0 for the account ended, in seconds since 1970."}
	runSeconds  = gauge{"last_run_duration_seconds", "How long the last run took, all its accounts together."}
	exitStatus  = gauge{"last_run_exit_status", "The account's own exit status in the last run."}
	live        = gauge{"live_materials", "Materials listed in the last run."}
	orphans     = gauge{"orphan_materials", "Materials that the last run found to be deleted, and left: it only planned, or did not come to them."}
	held        = gauge{"held_materials", "Materials that nothing keeps, held back by age, grace, a limit or a doubt."}
	inUse       = gauge{"in_use_materials", "Materials kept only because something uses them."}
	kept        = gauge{"kept_materials", "Materials kept by an entry or a rule of the manifest."}
	missing     = gauge{"missing_entries", "Entries of the manifest whose material is not live."}
	deleted     = gauge{"deleted_materials", "Materials deleted by the last run."}
	failures    = gauge{"failed_materials", "Materials that the last run could not delete, or does not know about."}
	called      = gauge{"last_run_calls", "Calls of an endpoint in the last run."}
	quotaLeft   = gauge{"quota_left_calls", "Calls of an endpoint that are left of the daily quota."}
)

// register registers with r what a run found about an account. An account that
// was not listed has no counts.
func register(r prometheus.Registerer, run Measured, a plan.Account, changes []plan.Change) error {
	m := &meter{to: r}
	m.set(lastRun, unix(run.Ended))
	m.set(runSeconds, run.Seconds)
	m.set(exitStatus, float64(a.Status))
	if a.Status == plan.Done {
		m.set(lastSuccess, unix(run.Ended))
	}
	for path, call := range a.Calls {
		m.vector(called, "endpoint").add(float64(call.Used), path)
		if call.Left != nil {
			m.vector(quotaLeft, "endpoint").add(float64(*call.Left), path)
		}
	}
	if len(a.Listing.Listed) > 0 {
		m.set(kept, float64(a.Summary.Keep))
		m.set(missing, float64(a.Summary.Missing))
		m.materials(a, changes, a.Result != nil)
	}
	return m.err
}

func unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// A meter makes gauges.
type meter struct {
	to      prometheus.Registerer
	vectors map[gauge]*prometheus.GaugeVec
	err     error
}

// vector returns the gauge, made when it is first asked for.
func (m *meter) vector(g gauge, labels ...string) added {
	v, ok := m.vectors[g]
	if !ok {
		if m.vectors == nil {
			m.vectors = map[gauge]*prometheus.GaugeVec{}
		}
		v = prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "wxkeep", Name: g.name, Help: g.help}, labels)
		m.vectors[g] = v
		m.err = errors.Join(m.err, m.to.Register(v))
	}
	return added{v}
}

type added struct{ *prometheus.GaugeVec }

func (a added) add(n float64, labels ...string) { a.WithLabelValues(labels...).Add(n) }

func (m *meter) set(g gauge, value float64) { m.vector(g).add(value) }

// materials counts by type. A type that was listed and has none has a zero, so
// that graphs and alerts see it. After an apply there is what became of them.
func (m *meter) materials(a plan.Account, changes []plan.Change, applied bool) {
	count := func(g gauge, n int, t material.Type) { m.vector(g, "type").add(float64(n), string(t)) }
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
