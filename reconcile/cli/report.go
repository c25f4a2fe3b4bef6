package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"wxkeep/reconcile/plan"
	"wxkeep/reconcile/render"
)

// formats are the names that -o and --report take.
const formats = "text or json"

func (r *run) checkOutput() error {
	if r.output != "text" && r.output != "json" {
		return fmt.Errorf("-o %q is not %s", r.output, formats)
	}
	for _, report := range r.reports {
		format, file, ok := strings.Cut(report, "=")
		if !ok || file == "" || format != "text" && format != "json" {
			return fmt.Errorf("--report %q is not FORMAT=FILE, where FORMAT is %s", report, formats)
		}
	}
	return nil
}

// print writes the document to standard output and to every report.
func (r *run) print(p *plan.Plan) error {
	return errors.Join(r.write(r.Stdout, r.output, p), r.report(p))
}

// report writes every --report.
func (r *run) report(p *plan.Plan) error {
	var errs []error
	for _, report := range r.reports {
		format, file, _ := strings.Cut(report, "=")
		var b bytes.Buffer
		if err := r.write(&b, format, p); err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, writeFile(file, b.Bytes()))
	}
	return errors.Join(errs...)
}

func (r *run) write(w io.Writer, format string, p *plan.Plan) error {
	if format == "json" {
		return render.JSON(w, p)
	}
	style := render.Style{Color: r.color(w), All: r.all}
	if err := render.Text(w, p, style); err != nil || !applied(p) {
		return err
	}
	return render.Result(w, p, style)
}

// applied reports whether the plan tells of an apply.
func applied(p *plan.Plan) bool {
	for _, a := range p.Accounts {
		if a.Result != nil {
			return true
		}
	}
	return false
}

// writeFile puts b into path at once or not at all: a full disk leaves what was
// there before.
func writeFile(path string, b []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
