package reconcile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/manifests"
	"wxkeep/reconcile"
)

// TestAPackedManifestDecidesAsItDoesUnpacked holds that packing a keep list changes
// no decision, finding, guard or digest, and that the list is not held afterwards.
func TestAPackedManifestDecidesAsItDoesUnpacked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, images("a", 6)...)
	text := strings.Join([]string{
		"apiVersion: wxkeep/v1", "account: {name: brand, appid: " + appid + "}", "parts: [part.yaml]", "types: [image]", "references: []", "archive: off",
		"guards: {max_delete_percent: 100}", "retire: [" + string(w.id(t, "a4")) + "]", "keep:",
		`  - "` + string(w.id(t, "a0")) + `"`,
		"  - {media_id: " + string(w.id(t, "a1")) + ", name: other, reason: banner, owner: us}",
		"  - {media_id: " + string(w.id(t, "a2")) + ", until: 2026-11-01}",
		"  - {media_id: " + string(w.id(t, "a3")) + ", until: 2026-11-25}",
		"  - gone",
	}, "\n")
	part := strings.Join([]string{"apiVersion: wxkeep/v1", "account: {name: brand}", "keep:", `  - "` + string(w.id(t, "a0")) + `"`, "  - gone", ""}, "\n")
	dir := t.TempDir()
	for name, text := range map[string]string{"wxkeep.yaml": text, "part.yaml": part} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	decided := func(pack, all bool) *reconcile.Decision {
		policy, err := manifests.Load([]string{dir}, manifests.Options{Pack: pack})
		if err != nil {
			t.Fatal(err)
		}
		m := policy.Accounts[0]
		if pack != (m.Keep == nil) {
			t.Fatalf("%d entries are there, packed: %t", len(m.Keep), pack)
		}
		a := w.account()
		a.Manifest = m
		d := decide(t.Context(), a, nil, reconcile.Options{Now: w.sandbox.Now, All: all})
		d.Summary.Calls = nil // one client makes them all
		if pack != (m.Keep == nil) || pack && !all && d.Account.Manifest.Keep != nil {
			t.Errorf("the packed list is held unpacked")
		}
		return d
	}
	for _, all := range []bool{false, true} {
		want, got := decided(false, all), decided(true, all)
		if diff := cmp.Diff(want.Summary, got.Summary); diff != "" {
			t.Errorf("all: %t: summary mismatch (-unpacked +packed):\n%s", all, diff)
		}
		if diff := cmp.Diff(want.Changes, got.Changes); diff != "" {
			t.Errorf("all: %t: changes mismatch (-unpacked +packed):\n%s", all, diff)
		}
		if s := want.Summary; s.Summary.Delete != 3 || len(s.Findings) < 5 {
			t.Errorf("%+v and %d findings prove nothing", s.Summary, len(s.Findings))
		}
	}
}
