package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
		return fmt.Errorf("--output %q is not %s", r.output, formats)
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
// there before. What is no regular file, such as a pipe, is written to and never
// replaced.
func writeFile(path string, b []byte) error {
	write := replace
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		write = func(path string, b []byte) error { return os.WriteFile(path, b, 0o600) }
	}
	if err := write(path, b); err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			err = e.Err // its path may be that of the temporary file
		}
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func replace(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
