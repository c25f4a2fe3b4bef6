package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"wxkeep/reconcile/plan"
)

// checkOutput checks what --output and --report say.
func (r *run) checkOutput() error {
	if f, ok := formatOf(r.output); !ok || !f.output {
		return fmt.Errorf("--output %q is not %s", r.output, outputFormats())
	}
	for _, report := range r.reports {
		if report == inGitHub {
			if _, err := r.gitHub(); err != nil {
				return err
			}
			continue
		}
		name, file, ok := strings.Cut(report, "=")
		if _, known := formatOf(name); !ok || file == "" || !known {
			return fmt.Errorf("--report %q is not FORMAT=FILE, where FORMAT is %s, or %s", report, reportFormats(), inGitHub)
		}
	}
	return r.checkPictures()
}

// checkFormat is checkOutput for documents that are text or JSON.
func (r *run) checkFormat() error {
	if r.output != "text" && r.output != "json" {
		return fmt.Errorf("--output %q is not text or json", r.output)
	}
	return nil
}

// print writes the document to standard output and to every report.
func (r *run) print(p *plan.Plan) error {
	return errors.Join(r.write(r.Stdout, r.output, p), r.report(p))
}

// report writes every --report.
func (r *run) report(p *plan.Plan) error {
	if len(r.reports) == 0 {
		return nil
	}
	errs := []error{p.Seal()} // once for all of them
	for _, report := range r.reports {
		if report == inGitHub {
			errs = append(errs, r.reportGitHub(p))
			continue
		}
		format, file, _ := strings.Cut(report, "=")
		errs = append(errs, writeThrough(file, 0o600, func(w io.Writer) error { return r.write(w, format, p) }))
	}
	return errors.Join(errs...)
}
