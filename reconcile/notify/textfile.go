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
	for _, a := range run.Plan.Accounts {
		if err := run.merge(families, a); err != nil {
			return nil, fmt.Errorf("metrics of %s: %w", a.Name, err)
		}
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

// merge puts the metrics of an account in the place of its old ones.
func (run Measured) merge(families map[string]*dto.MetricFamily, a plan.Account) error {
	registry := prometheus.NewRegistry()
	if err := register(prometheus.WrapRegistererWith(labels(run, a), registry), run, a); err != nil {
		return err
	}
	gathered, err := registry.Gather()
	if err != nil {
		return err
	}
	fresh := map[string]*dto.MetricFamily{}
	for _, f := range gathered {
		fresh[f.GetName()] = f
	}
	for name, f := range families {
		if fresh[name] == nil && a.Status != plan.Done {
			continue
		}
		f.Metric = slices.DeleteFunc(f.Metric, func(m *dto.Metric) bool { return run.wrote(m, a) })
	}
	for name, f := range fresh {
		if old := families[name]; old != nil {
			f.Metric = append(old.Metric, f.Metric...)
		}
		families[name] = f
	}
	return nil
}

// labels are those of an account's metrics.
func labels(run Measured, a plan.Account) prometheus.Labels {
	return prometheus.Labels{"account": a.Name, "appid": a.AppID, "command": run.Command}
}

// wrote reports whether m is of the account and of the command of this run.
func (run Measured) wrote(m *dto.Metric, a plan.Account) bool {
	has := prometheus.Labels{}
	for _, l := range m.GetLabel() {
		has[l.GetName()] = l.GetValue()
	}
	for name, value := range labels(run, a) {
		if has[name] != value {
			return false
		}
	}
	return true
}
