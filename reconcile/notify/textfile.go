package notify

import (
	"errors"
	"slices"

	"wxkeep/reconcile/plan"
)

// Textfile returns the metrics of a run as a file for node_exporter's textfile
// collector. before is the content of the file that it replaces, or nothing: what
// other commands and runs over other accounts wrote there stays, and after a
// failure also what this run knows nothing about, the last success among it. It is
// an error if before is no file of metrics: something else would be lost.
func Textfile(before []byte, run Measured) ([]byte, error) {
	families, err := parseExposition(string(before))
	if err != nil {
		return nil, errors.New("it holds something else than metrics, and is left as it is: name another file")
	}
	run.merge(families)
	return exposition(families), nil
}

// A source is who a metric is of.
type source struct{ account, appid, command string }

// A measurement is what a run found about one account.
type measurement struct {
	whole    bool // it succeeded: nothing older is true
	families map[string]*family
}

// merge puts the metrics of the run in the place of the older ones.
func (run Measured) merge(families map[string]*family) {
	fresh := map[source]measurement{}
	changes := run.Plan.ByAccounts()
	for _, a := range run.looked() {
		s := source{a.Name, a.AppID, run.Command}
		fresh[s] = measurement{a.Status == plan.Done, measure(run, a, changes[a.Name]).families(s.labels()...)}
	}
	for name, f := range families {
		f.samples = slices.DeleteFunc(f.samples, func(old sample) bool {
			m, ok := fresh[sourceOf(old)]
			return ok && (m.whole || m.families[name] != nil)
		})
	}
	for _, a := range run.looked() {
		for name, f := range fresh[source{a.Name, a.AppID, run.Command}].families {
			all := familyNamed(families, name)
			all.help, all.kind = f.help, f.kind
			all.samples = append(all.samples, f.samples...)
		}
	}
}

// labels are those of an account's metrics.
func (s source) labels() []label {
	return []label{{"account", s.account}, {"appid", s.appid}, {"command", s.command}}
}

func sourceOf(m sample) source {
	var s source
	for _, l := range m.labels {
		switch l.name {
		case "account":
			s.account = l.value
		case "appid":
			s.appid = l.value
		case "command":
			s.command = l.value
		}
	}
	return s
}
