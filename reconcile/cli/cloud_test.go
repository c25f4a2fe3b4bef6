package cli_test

import (
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/wechat/sandbox"
)

// oldVoice is what an apply deletes in the example though its menus show images.
const oldVoice = "MKCozssSWUCfHdJwjl7y-hIJNGN8WIbSoCQ0iJYyoBo"

// The whitelist is pasted into a console: a path too many is a permission that
// nobody needs, one too few ends a run. The account is the example's, with a
// website menu besides that shows an image.
func TestTheExamplesWhitelistIsWhatTheCommandsCall(t *testing.T) {
	t.Parallel()
	text := readExample(t, "account.yaml")
	whitelist := strings.Fields(readExample(t, "whitelist.txt"))
	text = strings.Replace(text, "cloud_run: {", "cloud_run: {paths: ["+strings.Join(whitelist, ", ")+"], ", 1)
	text += "    website_menu: {buttons: [{name: 二维码, type: img, material: logo.png}]}\n"
	s, err := sandbox.Parse([]byte(text), "account.yaml", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	server, err := s.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	state := t.TempDir()
	for _, args := range [][]string{{"plan"}, {"apply", "--auto-approve"}, {"restore", "--auto-approve", "--id", oldVoice}} {
		cmd := exec.Command(filepath.Join(binaries, "wxkeep"), append(args, "--endpoint", server.URL, "--state", state, "../../examples/cloud-run/manifests")...)
		cmd.Env = []string{"HOME=" + state, "GORACE=atexit_sleep_ms=0"}
		if said := run(t, cmd); said.status != 0 {
			t.Fatalf("wxkeep %s: %s", strings.Join(args, " "), said)
		}
	}
	if diff := cmp.Diff(whitelist, slices.Sorted(maps.Keys(s.Calls()))); diff != "" {
		t.Errorf("paths (-whitelist.txt +called):\n%s", diff)
	}
}

func readExample(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../examples/cloud-run", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// WeChat replaces the file of the token every 10 minutes, also in the middle of a
// run: here when the third of five deletions comes.
func TestACloudTokenIsReadAgainWhenItIsReplacedDuringAnApply(t *testing.T) {
	t.Parallel()
	var p *pretend
	var file string
	var deletions atomic.Int32
	wrap := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == sandbox.DelMaterial && deletions.Add(1) == 3 {
				writeToken(t, file, p.sandbox.RenewCloudToken(pretendAppID))
			}
			next.ServeHTTP(w, r)
		})
	}
	p = newPretend(t, sandbox.Account{Generate: sandbox.Generate{Image: 5}, CloudRun: &sandbox.CloudRun{}}, "", wrap)
	file = filepath.Join(p.dir, "cloudbase_access_token")
	first, _ := p.sandbox.CloudToken(pretendAppID)
	writeToken(t, file, first)
	manifest := "apiVersion: wxkeep/v1\naccount: {name: brand-main, appid: " + pretendAppID +
		", auth: {cloud_run: {cloudbase_access_token: {file: cloudbase_access_token}}}}\n" +
		"types: [image]\nkeep: []\nguards: {max_delete_percent: 100, allow_empty: true}\nreferences: []\n"
	if err := os.WriteFile(p.manifest, []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	s := p.exits(t, 0, "apply", "--auto-approve", "--parallelism", "1", "--log-level", "debug")
	has(t, s.stdout, "Resources: 0 added, 0 changed, 5 destroyed.")
	has(t, s.stderr, "path=/cgi-bin/material/del_material attempt=1 http_status=200 errcode=42001 ")
	if live := p.live(); len(live) > 0 {
		t.Errorf("%d are left", len(live))
	}
}

func writeToken(t *testing.T, file, token string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		t.Error(err)
	}
}
