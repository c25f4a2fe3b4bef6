package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"wxkeep/manifests"
)

func (r *run) format() *cobra.Command {
	var f fmtFlags
	cmd := &cobra.Command{
		Use:   "fmt [FILE…]",
		Short: "quote and align a manifest in place, keeping order and comments",
		Long: `fmt puts every media_id in double quotes and the comments behind the entries of a
list in one column, cuts blanks at the end of lines, and prints the names of the
files that it changed. Order, comments, blank lines, indentation and the way
lines end stay. What the manifest means never changes: that is checked before
anything is written, and a file is replaced at once or not at all.

FILE is a manifest, an account document or a part, or a directory of them;
without it, wxkeep.yaml. With - standard input is formatted to standard output.
A file with mistakes is left alone, and its mistakes are printed.

--sort sorts keep lists by name, then by media_id; entries without a name come
last. Comment lines directly above an entry move with it. Blank lines part a list
into groups, each sorted for itself: leave one below a heading.

Exit status: 0; 1 when a file has mistakes or cannot be written, and with --check
when a file would change.`,
		Example: `  wxkeep fmt
  wxkeep fmt --check manifests/
  wxkeep fmt --sort - < wxkeep.yaml`,
		RunE: func(_ *cobra.Command, paths []string) error { return r.runFmt(paths, f) },
	}
	cmd.Flags().BoolVar(&f.sort, "sort", false, "sort keep lists by name, then by media_id, within groups parted by blank lines")
	cmd.Flags().BoolVar(&f.check, "check", false, "change nothing; exit with 1 when a file would change")
	return cmd
}

type fmtFlags struct{ sort, check bool }

func (r *run) runFmt(paths []string, f fmtFlags) error {
	for _, path := range paths {
		if path == "-" && len(paths) > 1 {
			return errors.New("- is standard input and stands alone; see wxkeep fmt --help")
		}
	}
	paths, err := given(paths)
	if err != nil {
		return err
	}
	if paths[0] == "-" {
		return r.formatInput(f)
	}
	changed, err := manifests.Format(paths, f.sort)
	errs := []error{mistakes(err, "not formatted, for there are mistakes")}
	for _, file := range changed {
		if !f.check {
			if err := file.Write(); err != nil {
				errs = append(errs, err)
				continue
			}
		}
		if _, err := fmt.Fprintln(r.Stdout, file.Path); err != nil {
			errs = append(errs, err)
		}
	}
	if f.check && len(changed) > 0 {
		errs = append(errs, unformatted(len(changed)))
	}
	return errors.Join(errs...)
}

func unformatted(n int) error {
	if n == 1 {
		return errors.New("1 file is not in its form: wxkeep fmt mends it")
	}
	return fmt.Errorf("%d files are not in their form: wxkeep fmt mends them", n)
}

// formatInput formats standard input to standard output.
func (r *run) formatInput(f fmtFlags) error {
	before, err := io.ReadAll(r.Stdin)
	if err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	after, err := manifests.FormatText("<stdin>", before, f.sort)
	if err != nil {
		return mistakes(err, "not formatted, for there are mistakes")
	}
	if !f.check {
		_, err = r.Stdout.Write(after)
		return err
	}
	if string(before) != string(after) {
		if _, err := fmt.Fprintln(r.Stdout, "<stdin>"); err != nil {
			return err
		}
		return unformatted(1)
	}
	return nil
}
