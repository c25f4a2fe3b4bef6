package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// binaries is the directory that holds the wxkeep under test.
var binaries string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "wxkeep-cli")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binaries = dir
	args := append([]string{"build", "-o", filepath.Join(dir, "wxkeep")}, raceFlag...)
	build := exec.Command("go", append(args, "wxkeep")...)
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build wxkeep:", err)
		return 1
	}
	return m.Run()
}

// TestScripts runs the real binary. README.md in testdata/script lists the
// commands that the scripts have besides testscript's own.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/script",
		RequireUniqueNames: true,
		Setup:              setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sandbox":         startSandbox,
			"credential":      credential,
			"exits":           exits,
			"start":           start,
			"signal":          signalStarted,
			"await-stderr":    awaitStderr,
			"finish":          finishStarted,
			"calls":           calls,
			"await-calls":     awaitCalls,
			"nothing-deleted": nothingDeleted,
			"midnight":        midnight,
			"json":            jsonValue,
			"json-env":        jsonEnv,
			"content":         content,
			"receive":         startReceiver,
			"received":        received,
			"issue-token":     issueToken,
		},
	})
}

// setup gives each script the binary, the examples, and a search for leaks at
// its end.
func setup(env *testscript.Env) error {
	env.Setenv("PATH", binaries+string(os.PathListSeparator)+env.Getenv("PATH"))
	env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, "state-home"))
	env.Setenv("GORACE", "atexit_sleep_ms=0") // it waits a second by default
	for _, example := range []string{"quickstart", "cloud-run", "third-party"} {
		if err := os.CopyFS(filepath.Join(env.WorkDir, example), os.DirFS("../../examples/"+example)); err != nil {
			return err
		}
	}
	w := &world{started: map[string]*process{}, receivers: map[string]*receiver{}}
	env.Values[worldKey{}] = w
	env.Defer(func() {
		w.end()
		if leaks := w.leaks(env.WorkDir); len(leaks) > 0 {
			env.T().Fatal("a secret or a token stands in: ", leaks)
		}
	})
	return nil
}
