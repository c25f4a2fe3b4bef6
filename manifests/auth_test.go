package manifests

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// withAuth is a manifest with this behind auth, which stands in line 5.
func withAuth(auth string) string {
	return strings.Replace(head, "auth:\n    app_secret: {env: WX_APP_SECRET}", "auth: "+auth, 1) + "keep: []\n"
}

func TestAuth(t *testing.T) {
	t.Parallel()
	env := func(name string) *Secret { return &Secret{Env: name} }
	tests := map[string]struct {
		auth string
		want Auth
	}{
		"a secret in a variable":     {"{app_secret: {env: WX_APP_SECRET}}", Auth{AppSecret: env("WX_APP_SECRET")}},
		"a token from a command":     {"{access_token: {command: [vault, read, \"\"]}}", Auth{AccessToken: &Secret{Command: []string{"vault", "read", ""}}}},
		"a secret in a file":         {"{app_secret: {file: /run/secrets/wx}}", Auth{AppSecret: &Secret{File: "/run/secrets/wx", Written: "/run/secrets/wx"}}},
		"cloud run by itself":        {"{cloud_run: {}}", Auth{CloudRun: &CloudRun{}}},
		"cloud run for another":      {"{cloud_run: {cloudbase_access_token: {env: T}, from_appid: wx0123456789abcdef}}", Auth{CloudRun: &CloudRun{CloudbaseAccessToken: env("T"), FromAppID: "wx0123456789abcdef"}}},
		"a platform with its token":  {"{third_party: {component_appid: wx0123456789abcdef, component_access_token: {env: T}}}", Auth{ThirdParty: &ThirdParty{ComponentAppID: "wx0123456789abcdef", ComponentAccessToken: env("T"), TokenQuery: "component_access_token"}}},
		"a platform with its ticket": {"{third_party: {component_appid: wx0123456789abcdef, component_appsecret: {env: S}, component_verify_ticket: {env: V}, refresh_token: {env: R}, token_query: access_token}}", Auth{ThirdParty: &ThirdParty{ComponentAppID: "wx0123456789abcdef", ComponentAppSecret: env("S"), ComponentVerifyTicket: env("V"), RefreshToken: env("R"), TokenQuery: "access_token"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy, problems := loadAll(t, filepath.Join(write(t, withAuth(test.auth)), "m.yaml"))
			if problems != nil {
				t.Fatalf("problems: %q", problems)
			}
			if diff := cmp.Diff(test.want, policy.Accounts[0].Auth, cmpopts.IgnoreFields(Secret{}, "Position")); diff != "" {
				t.Errorf("auth (-want +got):\n%s", diff)
			}
		})
	}
}

// leak is what no message may hold. It has the form of an AppSecret.
const leak = "beadfeed0123456789abcdefbeadfeed"

// TestMistakesInAuthNeverQuote holds the messages, and that none has what is
// written.
func TestMistakesInAuthNeverQuote(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		auth string
		want []string
	}{
		"a secret in place of auth": {leak, []string{
			"5:9: auth: want a mapping, not this value",
		}},
		"a secret in place of its place": {"{app_secret: " + leak + "}", []string{
			"5:22: app_secret: " + noSecret,
		}},
		"a secret in quotes": {"{access_token: \"" + leak + "\"}", []string{
			"5:24: access_token: " + noSecret,
		}},
		"a secret as the name of a variable": {"{app_secret: {env: " + leak + "}}", []string{
			"5:28: env: this looks like a secret itself; " + noSecret,
		}},
		"a name that no variable has": {"{app_secret: {env: \"$" + leak + "\"}}", []string{
			"5:28: env: want the name of an environment variable, of A-Z a-z 0-9 _",
		}},
		"a secret as a key": {"{app_secret: {" + leak + "}}", []string{
			"5:22: app_secret: want exactly one of env, file or command",
			"5:23: unknown key; want env, file or command",
		}},
		"a misspelt key": {"{app_secrt: {env: X}}", []string{
			"5:9: auth: want exactly one of app_secret, access_token, third_party or cloud_run",
			`5:10: unknown key (did you mean "app_secret"?)`,
		}},
		"two places": {"{app_secret: {env: X, file: " + leak + "}}", []string{
			"5:22: app_secret: want exactly one of env, file or command",
		}},
		"two ways": {"{app_secret: {env: X}, access_token: {env: Y}}", []string{
			"5:9: auth: want exactly one of app_secret, access_token, third_party or cloud_run",
		}},
		"no way": {"{}", []string{
			"5:9: auth: want exactly one of app_secret, access_token, third_party or cloud_run",
		}},
		"values of the wrong kind": {"{app_secret: {command: " + leak + "}}", []string{
			"5:32: command: want a list, not this value",
		}},
		"an empty command and an empty program": {"{third_party: {component_appid: wx0123456789abcdef, component_appsecret: {command: []}, component_verify_ticket: {command: [\"\", " + leak + "]}}}", []string{
			"5:92: command: the list is empty",
			"5:133: command: the program is empty",
		}},
		"an empty variable and nothing at all": {"{third_party: {component_appid: wx0123456789abcdef, component_appsecret: {env: \"\"}, component_verify_ticket: {file: }}}", []string{
			"5:88: env: is empty",
			`5:119: "file" has nothing behind it; give it a value or delete it`,
		}},
		"anchors, aliases and tags": {"{third_party: &" + leak + " {component_appid: !" + leak + " x, component_access_token: *" + leak + "}}", []string{
			"5:23: anchors (&) are refused; write the value out where it is needed",
			"5:75: tags (!) are refused; delete it, and put a text in quotes",
			"5:136: aliases (*) are refused; write the value out, and put a pattern in quotes",
		}},
		"a platform that is half there": {"{third_party: {component_appid: " + leak + ", component_appsecret: {env: X}, token_query: " + leak + "}}", []string{
			"5:23: third_party: want either component_access_token, or component_appsecret and component_verify_ticket",
			"5:41: component_appid: want wx and 16 characters of 0-9 a-f",
			"5:119: token_query: want component_access_token or access_token, not this value",
		}},
		"a platform without an appid": {"{third_party: {component_access_token: {env: X}}}", []string{
			`5:23: "component_appid" is missing; give the appid of the platform`,
		}},
		"cloud run with nothing behind it": {"{cloud_run: }", []string{
			`5:10: "cloud_run" has nothing behind it; write "cloud_run: {}"`,
		}},
		"cloud run for an account that this is not": {"{cloud_run: {from_appid: wx000000000000beef}}", []string{
			"5:9: from_appid: it names the account that is called for: want the same as account.appid",
		}},
		"endpoints at which nothing adds a token": {"{cloud_run: {}}\n  endpoints: [https://api2.weixin.qq.com]", []string{
			"6:14: endpoints: delete them; without cloudbase_access_token, cloud_run calls http://api.weixin.qq.com alone, where the open-interface service adds the token",
		}},
		"no space after a colon": {"{app_secret: {env:" + leak + "}}", []string{
			"5:22: app_secret: want exactly one of env, file or command",
			`5:23: no space after the colon of "env"`,
		}},
		"no YAML at all": {"{app_secret: \"" + leak, []string{
			"5:22: not valid YAML: this quote is never closed",
		}},
		"an alias to nowhere": {"{app_secret: *" + leak + "}", []string{
			`5:22: not valid YAML: a value cannot begin with * unless it is in quotes; write patterns as "*.png"`,
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var want []string
			for _, line := range test.want {
				want = append(want, "m.yaml:"+line)
			}
			got := mistakes(t, write(t, withAuth(test.auth)), Options{})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if strings.Contains(strings.Join(got, "\n"), leak) {
				t.Errorf("a message quotes what stands under auth: %q", got)
			}
		})
	}
}

func TestAnAppSecretInPlaceOfTheAppIDIsNotQuoted(t *testing.T) {
	t.Parallel()
	got := mistakes(t, write(t, strings.Replace(head, "wx0123456789abcdef", leak, 1)+"keep: []\n"), Options{})
	if diff := cmp.Diff([]string{"m.yaml:4:10: account.appid: want wx and 16 characters of 0-9 a-f"}, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestCloudRunNeedsReferences(t *testing.T) {
	t.Parallel()
	dir := write(t, strings.Replace(withAuth("{cloud_run: {}}"), "references: []\n", "", 1))
	_, problems := loadAll(t, filepath.Join(dir, "m.yaml"))
	want := []string{`m.yaml:1:1: "references" is missing; cloud_run cannot reach all places, so name those to search`}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
