package manifests

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUntrusted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, auth, rest string
		want             []string
	}{
		{"nothing, though the secret lies beside another file", "{app_secret: {file: secret}}", "", nil},
		{"another variable", "{app_secret: {env: OTHER}}", "", []string{"account.auth"}},
		{"another way", "{cloud_run: {}}", "references: []", []string{"account.auth"}},
		{"another host", "{app_secret: {file: secret}}, endpoints: [https://hk.api.weixin.qq.com]", "", []string{"account.endpoints"}},
		{"somebody else who is told", "{app_secret: {file: secret}}", "notify: [{slack: {env: MINE}}]", []string{"notify"}},
		{"another ledger", "{app_secret: {file: secret}}", "state: s3://mine", []string{"state"}},
	}
	load := func(t *testing.T, auth, rest string) *Account {
		t.Helper()
		file := filepath.Join(t.TempDir(), "m.yaml")
		text := "apiVersion: wxkeep/v1\naccount: {name: a, appid: wx0123456789abcdef, auth: " + auth + "}\ntypes: [image]\nkeep: []\n" + rest + "\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		policy, err := Load([]string{file}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return policy.Accounts[0]
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := load(t, tt.auth, tt.rest).Untrusted(load(t, "{app_secret: {file: secret}}", ""))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("untrusted (-want +got):\n%s", diff)
			}
		})
	}
}
