package notify

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"wxkeep/reconcile/plan"
)

// Textfile returns the metrics of a run as a file for node_exporter's textfile
// collector. before is the content of the file that it replaces, or nothing: what
// other commands and runs over other accounts wrote there stays, and after a
// failure also what this run knows nothing about, the last success among it. It is
// an error if before is no file of metrics: something else would be lost.
func Textfile(before []byte, run Measured) ([]byte, error) {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(before))
	if err != nil {
		return nil, errors.New("it holds something else than metrics, and is left as it is: name another file")
	}
	if err := run.merge(families); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(families)) {
		f := families[name]
		if len(f.Metric) == 0 {
			continue
		}
		if _, err := expfmt.MetricFamilyToText(&b, f); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// A source is who a metric is of.
type source struct{ account, appid, command string }

// A measurement is what a run found about one account.
type measurement struct {
	whole    bool // it succeeded: nothing older is true
	families map[string]*dto.MetricFamily
}

// merge puts the metrics of the run in the place of the older ones.
func (run Measured) merge(families map[string]*dto.MetricFamily) error {
	fresh := map[source]measurement{}
	changes := run.Plan.ByAccounts()
	for _, a := range run.looked() {
		registry := prometheus.NewRegistry()
		if err := register(prometheus.WrapRegistererWith(labels(run, a), registry), run, a, changes[a.Name]); err != nil {
			return fmt.Errorf("metrics of %s: %w", a.Name, err)
		}
		gathered, err := registry.Gather()
		if err != nil {
			return fmt.Errorf("metrics of %s: %w", a.Name, err)
		}
		m := measurement{a.Status == plan.Done, map[string]*dto.MetricFamily{}}
		for _, f := range gathered {
			m.families[f.GetName()] = f
		}
		fresh[source{a.Name, a.AppID, run.Command}] = m
	}
	for name, f := range families {
		f.Metric = slices.DeleteFunc(f.Metric, func(old *dto.Metric) bool {
			m, ok := fresh[sourceOf(old)]
			return ok && (m.whole || m.families[name] != nil)
		})
	}
	for _, a := range run.looked() {
		for name, f := range fresh[source{a.Name, a.AppID, run.Command}].families {
			if old := families[name]; old != nil {
				old.Help, old.Metric = f.Help, append(old.Metric, f.Metric...)
				continue
			}
			families[name] = f
		}
	}
	return nil
}

// labels are those of an account's metrics.
func labels(run Measured, a plan.Account) prometheus.Labels {
	return prometheus.Labels{"account": a.Name, "appid": a.AppID, "command": run.Command}
}

func sourceOf(m *dto.Metric) source {
	var s source
	for _, l := range m.GetLabel() {
		switch l.GetName() {
		case "account":
			s.account = l.GetValue()
		case "appid":
			s.appid = l.GetValue()
		case "command":
			s.command = l.GetValue()
		}
	}
	return s
}
