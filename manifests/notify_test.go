package manifests

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// hook is what no message may hold: it has the form of a webhook's URL.
const hook = "https://hooks.example/services/T0/" + leak

// TestMistakesInNotifyNeverQuote holds the messages, and that none has what is
// written where a secret could be.
func TestMistakesInNotifyNeverQuote(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		notify string
		want   []string
	}{
		"a URL in place of the list": {hook, []string{
			`11:9: notify: want a list, not this value`,
		}},
		"a URL in place of a channel": {`["` + hook + `"]`, []string{
			`11:10: notify: want a mapping, not this value`,
		}},
		"a URL in place of its place": {`[{slack: "` + hook + `"}]`, []string{
			`11:18: slack: ` + noSecret,
		}},
		"a key in place of its place": {`[{feishu: {env: F}, sign: ` + leak + `}]`, []string{
			`11:35: sign: ` + noSecret,
		}},
		"a URL as a key": {`[{"` + hook + `": {env: A}}]`, []string{
			`11:10: notify: want exactly one of wecom, feishu, dingtalk, slack or webhook`,
			`11:11: unknown key; want wecom, feishu, dingtalk, slack, webhook, on or sign`,
		}},
		"a misspelt service": {`[{dingtlak: {env: A}}]`, []string{
			`11:10: notify: want exactly one of wecom, feishu, dingtalk, slack or webhook`,
			`11:11: unknown key (did you mean "dingtalk"?)`,
		}},
		"two services in one channel": {`[{wecom: {env: A}, slack: {env: B}}]`, []string{
			`11:10: notify: want exactly one of wecom, feishu, dingtalk, slack or webhook`,
		}},
		"a signature where none is checked": {`[{wecom: {env: A}, sign: {env: B}}]`, []string{
			`11:28: sign: only feishu and dingtalk check a signature; delete it`,
		}},
		"a service with nothing behind it": {`[{wecom: }]`, []string{
			`11:11: "wecom" has nothing behind it; give it a value or delete it`,
		}},
		"events that are none": {`[{wecom: {env: A}, on: [due, duo, due, ok]}]`, []string{
			`11:38: on: want due, blocked, failed or done, not "duo" (did you mean "due"?)`,
			`11:43: on: "due" is there twice`,
			`11:48: on: want due, blocked, failed or done, not "ok"`,
		}},
		"no event": {`[{wecom: {env: A}, on: []}]`, []string{
			`11:32: on: the list is empty`,
		}},
		"an empty item": {`[~]`, []string{
			`11:10: notify: want a mapping, not nothing`,
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := mistakes(t, write(t, head+"keep: []\nnotify: "+test.notify+"\n"), Options{})
			var want []string
			for _, w := range test.want {
				want = append(want, "m.yaml:"+w)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if all := strings.Join(got, "\n"); strings.Contains(all, leak[:8]) {
				t.Errorf("a message quotes a secret:\n%s", all)
			}
		})
	}
}

func TestAPartHasNoNotify(t *testing.T) {
	t.Parallel()
	got := mistakes(t, write(t, "apiVersion: wxkeep/v1\naccount: {name: a}\nkeep: []\nnotify: [{wecom: {env: A}}]\n"), Options{})
	want := "m.yaml:4:1: a document without account.appid is a part, and a part cannot have notify; move that to the account document, or add the appid"
	if diff := cmp.Diff([]string{want}, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestEveryChannelIsImported(t *testing.T) {
	t.Parallel()
	text := head + `keep: []
notify:
  - wecom: {env: yes}
  - {feishu: {file: "../a b"}, sign: {env: F}, on: [failed]}
  - {dingtalk: {command: [vault, ""]}, on: [done, due, failed, blocked]}
  - {slack: {env: S}, on: [failed, blocked, due]}
  - webhook: {file: /run/hook}
`
	policy, problems := loadAll(t, filepath.Join(write(t, text), "m.yaml"))
	if problems != nil {
		t.Fatalf("problems: %q", problems)
	}
	out := imported(t, Import{Account: policy.Accounts[0], Listed: listed})
	again, problems := loadAll(t, filepath.Join(write(t, out), "m.yaml"))
	if problems != nil || policy.Accounts[0].SettingsDigest() != again.Accounts[0].SettingsDigest() {
		t.Errorf("notify became another: %q\n%s", problems, out)
	}
	if !strings.Contains(out, "Relative paths are as they were") || !strings.Contains(out, "  - {slack: {env: S}}\n") {
		t.Errorf("the manifest:\n%s", out)
	}
}

func TestAManifestWithoutNotifyKeepsItsDigest(t *testing.T) {
	t.Parallel()
	// Computed before there was notify: a plan saved then can still be applied.
	const want = "sha256:ca223e08c0cc211b979b703746a5f27b81353955cf9527d1427fdbadf65ee3d4"
	a := newAccount(t, "image")
	if got := a.SettingsDigest(); got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
}
