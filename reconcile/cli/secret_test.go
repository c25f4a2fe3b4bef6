package cli_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"wxkeep/state/wechat/sandbox"
)

// A command that never ends is stopped, and so is the account.
func TestACommandThatHangsIsStopped(t *testing.T) {
	t.Parallel()
	p := newPretend(t, sandbox.Account{}, "", nil)
	manifest := "apiVersion: wxkeep/v1\naccount: {name: brand-main, appid: " + pretendAppID + ", auth: {access_token: {command: [tail, -f, /dev/null]}}}\n" +
		"types: [image]\nkeep: [kept_1]\nreferences: []\narchive: off\n"
	if err := os.WriteFile(filepath.Join(p.dir, "wxkeep.yaml"), []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	s := p.quickly(time.Millisecond, "plan", "--allow-command")
	if s.status != 12 || p.total() != 0 {
		t.Errorf("%d calls, %s", p.total(), s)
	}
	has(t, s.stderr, `wxkeep: brand-main: credentials refused: access token: command "tail": it did not end within 1ms and was stopped`)
}
