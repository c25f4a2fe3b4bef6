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
		`in/m.yaml:8:3: account.endpoints: not supported yet; delete it`,
		`in/m.yaml:10:1: state: not supported yet; delete it; nothing is remembered between runs`,
		`in/m.yaml:27:1: references: not supported yet; write "references: []"; menus, replies, drafts and articles are not searched for uses`,
		`in/m.yaml:27:27: references.files: not supported yet; write "references: []"; local files are not searched for uses`,
		`in/m.yaml:28:1: resolved_uses: not supported yet; delete it`,
		`in/m.yaml:35:3: guards.quota_reserve_percent: not supported yet; delete it`,
		`in/m.yaml:38:3: guards.max_deletes_per_day: not supported yet; delete it`,
		`in/m.yaml:43:1: grace: not supported yet; delete it or write "grace: 0s"`,
		`in/m.yaml:44:1: archive: not supported yet; write "archive: off"; nothing is saved before it is deleted`,
	}
	got := lines(t, dir, func() error { _, err := Load([]string{filepath.Join(dir, "in", "m.yaml")}, Options{}); return err })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestUnsupportedDefaultsAreRefused(t *testing.T) {
	t.Parallel()
	dir := write(t, "# brand\napiVersion: wxkeep/v1\naccount: {name: a, appid: wx0123456789abcdef}\ntypes: [news]\nkeep: []\n")
	want := []string{
		`m.yaml:2:1: archive: not supported yet; write "archive: off"; nothing is saved before it is deleted`,
		`m.yaml:2:1: references: not supported yet; write "references: []"; menus, replies, drafts and articles are not searched for uses`,
	}
	if diff := cmp.Diff(want, mistakes(t, dir, Options{})); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestUnsupportedWaysToCallTheAPIAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		auth string
		want []string
	}{
		"a platform": {
			"{third_party: {component_appid: wx0123456789abcdef, component_access_token: {env: X}}}",
			[]string{"m.yaml:5:10: auth.third_party: not supported yet; use app_secret or access_token"},
		},
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

func TestSettingsAtTheValueThatIsSupportedAreAccepted(t *testing.T) {
	t.Parallel()
	if got := mistakes(t, write(t, head+"keep: []\ngrace: 0\nresolved_uses: []\n"), Options{}); got != nil {
		t.Errorf("problems: %q", got)
	}
}
