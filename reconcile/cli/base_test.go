package cli

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/manifests"
	"wxkeep/state/wechat"
)

// dials notes where calls would go, and lets none go there.
type dials struct {
	mu    sync.Mutex
	hosts []string
}

func (d *dials) dial(_ context.Context, _, addr string) (net.Conn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Contains(d.hosts, addr) {
		d.hosts = append(d.hosts, addr)
	}
	return nil, errors.New("no network in this test")
}

// accountOf is the account of a manifest with these keys of account.
func accountOf(t *testing.T, keys string) *manifests.Account {
	t.Helper()
	file := filepath.Join(t.TempDir(), "m.yaml")
	text := "apiVersion: wxkeep/v1\naccount: {name: a, appid: wx0123456789abcdef, " + keys + "}\ntypes: [image]\nkeep: []\nreferences: []\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	policy, err := manifests.Load([]string{file}, manifests.Options{NeedAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	return policy.Accounts[0]
}

func TestAChangeChoosesNeitherSecretNorHost(t *testing.T) {
	t.Parallel()
	trusted := accountOf(t, "auth: {app_secret: {env: TRUSTED}}, endpoints: [https://sh.api.weixin.qq.com]")
	change := accountOf(t, "auth: {access_token: {env: STOLEN}}, endpoints: [https://hk.api.weixin.qq.com]")
	tests := []struct {
		name  string
		base  base
		hosts []string
		asked []string
		err   string
	}{
		{"without a base the manifest says", nil, []string{"hk.api.weixin.qq.com:443"}, []string{"STOLEN"}, ""},
		{"with a base that says", base{change.AppID: trusted}, []string{"sh.api.weixin.qq.com:443"}, []string{"TRUSTED"}, ""},
		{"an account that the base has not is not called", base{}, nil, nil, newIn},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var went dials
			var asked []string
			r := &run{base: tt.base, now: time.Now, secretTime: secretTime}
			r.unledgered = true
			r.sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
			r.Getenv = func(name string) string {
				if name == "TRUSTED" || name == "STOLEN" {
					asked = append(asked, name)
					return "a-secret"
				}
				return ""
			}
			c := connector{
				run: r, transport: &http.Transport{DialContext: went.dial}, pace: wechat.NewPace(1, 0), log: slog.New(slog.NewTextHandler(io.Discard, nil)),
				ledgers: r.ledgers(), components: map[string]*wechat.Component{},
			}
			a, _, err := c.account(t.Context(), change, false)
			if tt.err != "" {
				if err == nil || err.Error() != tt.err {
					t.Errorf("error %v, want %s", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := a.Reader.Counts(t.Context()); err == nil {
				t.Error("counted without a network")
			}
			if diff := cmp.Diff(tt.hosts, went.hosts); diff != "" {
				t.Errorf("hosts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.asked, slices.Compact(asked)); diff != "" {
				t.Errorf("variables (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatAChangeLeavesAsItIs(t *testing.T) {
	t.Parallel()
	same := func(alter func(*manifests.Account)) *manifests.Account {
		m := &manifests.Account{Name: "a", AppID: "wx0123456789abcdef", Keep: []manifests.Entry{{ID: "abc"}}, Guards: manifests.DefaultGuards()}
		alter(m)
		return m
	}
	tests := []struct {
		name  string
		alter func(*manifests.Account)
		both  bool
		want  bool
	}{
		{"everything", func(*manifests.Account) {}, true, true},
		{"all but where it stands", func(m *manifests.Account) { m.Position.Line, m.Keep[0].Position.Line = 7, 9 }, false, true},
		{"all but an entry", func(m *manifests.Account) { m.Keep = nil }, false, false},
		{"all but a setting", func(m *manifests.Account) { m.Freeze = true }, false, false},
		{"its manifest, but maybe not the files that it names", func(m *manifests.Account) { m.References.Files = []string{"site/*.html"} }, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			base := same(func(*manifests.Account) {})
			if tt.both {
				tt.alter(base)
			}
			if got := unchanged(base, same(tt.alter)); got != tt.want {
				t.Errorf("unchanged() = %v, want %v", got, tt.want)
			}
		})
	}
}
