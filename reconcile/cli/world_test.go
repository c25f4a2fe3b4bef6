package cli_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// A world is what a script has besides its files.
type world struct {
	started   map[string]*process
	receivers map[string]*receiver
	outputs   []recorded
}

type worldKey struct{}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

// A recorded output is searched for leaks at the end of the script.
type recorded struct{ what, text string }

func (w *world) record(what, text string) { w.outputs = append(w.outputs, recorded{what, text}) }

// end stops what still runs.
func (w *world) end() {
	for name, p := range w.started {
		p.stop()
		w.record("stdout of "+name, p.stdout.String())
		w.record("stderr of "+name, p.stderr.String())
	}
}

// secrets are in every secret and every token of a sandbox.
var secrets = regexp.MustCompile(`pretend-(secret|token|ticket|refresh)`)

// leaks names the outputs and files that hold a secret, but for the files that
// have to: those that are the script's own input.
func (w *world) leaks(dir string) []string {
	var found []string
	for _, o := range w.outputs {
		if secrets.MatchString(o.text) {
			found = append(found, o.what)
		}
	}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		input := strings.HasPrefix(d.Name(), "account") || strings.HasPrefix(d.Name(), "secret")
		if err != nil || input || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil || secrets.Match(b) {
			found = append(found, path)
		}
		return nil
	})
	slices.Sort(found)
	return found
}

// credential ENV KEY FILE [N] sets a variable to the Nth value of a key in an
// account file, without showing it.
func credential(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: credential ENV KEY FILE")
	}
	value := regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(args[1]) + `: (\S+)$`).FindStringSubmatch(ts.ReadFile(args[2]))
	if value == nil {
		ts.Fatalf("%s has no %s", args[2], args[1])
	}
	ts.Setenv(args[0], value[1])
}
