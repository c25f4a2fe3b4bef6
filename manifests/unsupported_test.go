package manifests

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestUnsupportedSettingsAreRefused holds what is said of settings whose engine
// comes later. It shrinks as they come.
func TestUnsupportedSettingsAreRefused(t *testing.T) {
	t.Parallel()
	dir := write(t, strings.ReplaceAll(full, "-- ", "-- in/"))
	want := []string{
		`in/m.yaml:35:3: guards.quota_reserve_percent: not supported yet; delete it`,
	}
	got := lines(t, dir, func() error { _, err := Load([]string{filepath.Join(dir, "in", "m.yaml")}, Options{}); return err })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestUnsupportedWaysToCallTheAPIAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		auth string
		want []string
	}{
		"a platform": {"{third_party: {component_appid: wx0123456789abcdef, component_access_token: {env: X}}}", nil},
		"cloud run": {
			"{cloud_run: {}}",
			[]string{"m.yaml:5:10: auth.cloud_run: not supported yet; use app_secret or access_token"},
		},
		"a token": {"{access_token: {env: X}}", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(head, "auth:\n    app_secret: {env: WX_APP_SECRET}", "auth: "+test.auth, 1) + "keep: []\n"
			if diff := cmp.Diff(test.want, mistakes(t, write(t, text), Options{})); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsSupportedIsAccepted(t *testing.T) {
	t.Parallel()
	supported := strings.NewReplacer("  quota_reserve_percent: 0\n", "", "-- ", "-- in/")
	path := filepath.Join(write(t, supported.Replace(full)), "in", "m.yaml")
	policy, err := Load([]string{path}, Options{NeedAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	if a := policy.Accounts[0]; !a.Archive || a.Grace == 0 || a.State == "" || len(a.ResolvedUses) != 1 {
		t.Errorf("account %+v lacks a setting that is written", a)
	}
}
