package reconcile_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// arrows is who may import whom. A package that is not here may not exist.
var arrows = map[string][]string{
	".":                     {"reconcile/cli"},
	"manifests":             {"state/material"},
	"reconcile":             {"manifests", "reconcile/plan", "state", "state/ledger", "state/material"},
	"reconcile/cli":         {"manifests", "reconcile", "reconcile/notify", "reconcile/plan", "reconcile/render", "state", "state/ledger", "state/material", "state/store", "state/wechat", "state/wechat/sandbox"},
	"reconcile/notify":      {"reconcile/plan", "state/material"},
	"reconcile/plan":        {"state/material"},
	"reconcile/render":      {"reconcile/plan", "state/material"},
	"state":                 {"state/material"},
	"state/ledger":          {"state/material"},
	"state/material":        {},
	"state/store":           {},
	"state/store/storetest": {},
	"state/wechat":          {"state", "state/material"},
	"state/wechat/sandbox":  {"state/material"},

	"reconcile/render/browser": {}, // tests alone
}

func TestArrows(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	ours := func(path string) string {
		if path == "wxkeep" {
			return "."
		}
		return strings.TrimPrefix(path, "wxkeep/")
	}
	got := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		imports := []string{}
		for _, path := range fields[1:] {
			if strings.HasPrefix(path, "wxkeep/") {
				imports = append(imports, ours(path))
			}
		}
		slices.Sort(imports)
		got[ours(fields[0])] = imports
	}
	if diff := cmp.Diff(arrows, got); diff != "" {
		t.Errorf("imports mismatch (-allowed +found):\n%s", diff)
	}
}
