package sandbox_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/wechat/sandbox"
)

const componentAppID = "wxfedcba9876543210"

// platforms are two accounts of one platform, and one of nobody.
func platforms() []sandbox.Account {
	return []sandbox.Account{
		{ThirdParty: &sandbox.ThirdParty{
			ComponentAppID: componentAppID, ComponentAppSecret: "pretend-secret-p", ComponentVerifyTicket: "pretend-ticket-p",
			ComponentAccessToken: "pretend-token-p", RefreshToken: "pretend-refresh-1", Rotate: true,
		}},
		{AppID: "wx0000000000000002", ThirdParty: &sandbox.ThirdParty{ComponentAppID: componentAppID, RefreshToken: "pretend-refresh-2"}},
		{AppID: "wx0000000000000003"},
	}
}

func TestAPlatformCalls(t *testing.T) {
	t.Parallel()
	const own = "?component_access_token=pretend-token-p"
	body := func(fields string) string { return `{"component_appid":"` + componentAppID + `"` + fields + `}` }
	exchange := func(account, refresh string) string {
		return body(`,"authorizer_appid":"` + account + `","authorizer_refresh_token":"` + refresh + `"`)
	}
	tests := map[string]struct {
		path, body string
		want       int
	}{
		"a token by secret and ticket":       {sandbox.ComponentToken, body(`,"component_appsecret":"pretend-secret-p","component_verify_ticket":"pretend-ticket-p"`), 0},
		"a wrong secret":                     {sandbox.ComponentToken, body(`,"component_appsecret":"x","component_verify_ticket":"pretend-ticket-p"`), 40125},
		"no secret":                          {sandbox.ComponentToken, body(""), 41004},
		"a wrong ticket":                     {sandbox.ComponentToken, body(`,"component_appsecret":"pretend-secret-p","component_verify_ticket":"x"`), 61006},
		"an unknown platform":                {sandbox.ComponentToken, `{"component_appid":"wx0000000000000009"}`, 40013},
		"no platform":                        {sandbox.ComponentToken, `{}`, 41018},
		"an account's token":                 {sandbox.AuthorizerToken + own, exchange("wx0000000000000002", "pretend-refresh-2"), 0},
		"under the other name":               {sandbox.AuthorizerToken + "?access_token=pretend-token-p", exchange("wx0000000000000002", "pretend-refresh-2"), 0},
		"without a token":                    {sandbox.AuthorizerToken, exchange("wx0000000000000002", "pretend-refresh-2"), 41021},
		"with an unknown token":              {sandbox.AuthorizerToken + "?access_token=x", exchange("wx0000000000000002", "pretend-refresh-2"), 40001},
		"with the token of an account":       {sandbox.AuthorizerToken + "?access_token=pretend-token-fixed", exchange("wx0000000000000002", "pretend-refresh-2"), 40001},
		"by another platform":                {sandbox.AuthorizerToken + own, `{"component_appid":"wx0000000000000009"}`, 40013},
		"by no platform":                     {sandbox.AuthorizerToken + own, `{}`, 41018},
		"a wrong refresh token":              {sandbox.AuthorizerToken + own, exchange("wx0000000000000002", "x"), 61023},
		"an account that did not authorise":  {sandbox.AuthorizerToken + own, exchange("wx0000000000000003", "x"), 61003},
		"an account that is not there":       {sandbox.AuthorizerToken + own, exchange("wx0000000000000004", "x"), 61003},
		"the list":                           {sandbox.AuthorizerList + own, body(`,"offset":0,"count":500`), 0},
		"too many of it":                     {sandbox.AuthorizerList + own, body(`,"offset":0,"count":501`), 40170},
		"none of it":                         {sandbox.AuthorizerList + own, body(`,"offset":0,"count":0`), 40035},
		"the list without a token":           {sandbox.AuthorizerList, body(`,"offset":0,"count":1`), 41021},
		"an empty body":                      {sandbox.AuthorizerList + own, "", 44002},
		"an empty body for a token":          {sandbox.ComponentToken, "", 44002},
		"an empty body for an account token": {sandbox.AuthorizerToken + own, "", 44002},
	}
	c := call(t, platforms()...)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := c.send("POST", tt.path, tt.body, "").code(t); got != tt.want {
				t.Errorf("got errcode %d, want %d", got, tt.want)
			}
		})
	}
}

// authorized calls api_authorizer_token for the first account.
func (c *caller) authorized(own, refresh string) answer {
	c.t.Helper()
	return c.send("POST", sandbox.AuthorizerToken+"?component_access_token="+own,
		fmt.Sprintf(`{"component_appid":%q,"authorizer_appid":%q,"authorizer_refresh_token":%q}`, componentAppID, appid, refresh), "")
}

func TestARefreshTokenIsRotatedAndTheOldOneIsDead(t *testing.T) {
	t.Parallel()
	c := call(t, platforms()...)
	var got struct {
		Token   string `json:"authorizer_access_token"`
		Refresh string `json:"authorizer_refresh_token"`
		Expires int    `json:"expires_in"`
	}
	if err := json.Unmarshal([]byte(c.authorized("pretend-token-p", "pretend-refresh-1").Body), &got); err != nil {
		t.Fatal(err)
	}
	if got.Expires != 7200 || c.with(got.Token) != 0 || !strings.Contains(got.Refresh, "pretend-refresh-") || got.Refresh == "pretend-refresh-1" {
		t.Errorf("got %+v", got)
	}
	if code := c.authorized("pretend-token-p", "pretend-refresh-1").code(t); code != 61023 {
		t.Errorf("the old refresh token: errcode %d, want 61023", code)
	}
	p, ok := c.sandbox.ThirdParty(appid)
	want := sandbox.ThirdParty{
		ComponentAppID: componentAppID, ComponentAppSecret: "pretend-secret-p", ComponentVerifyTicket: "pretend-ticket-p",
		ComponentAccessToken: "pretend-token-p", RefreshToken: got.Refresh, Rotate: true,
	}
	if diff := cmp.Diff(want, p); diff != "" || !ok {
		t.Errorf("ThirdParty() (-want +got):\n%s", diff)
	}
	if _, ok := c.sandbox.ThirdParty("wx0000000000000003"); ok {
		t.Error("an account of nobody has a platform")
	}
	list := c.send("POST", sandbox.AuthorizerList+"?access_token=pretend-token-p", `{"component_appid":"`+componentAppID+`","offset":0,"count":1}`, "").Body
	if want := `{"total_count":2,"list":[{"authorizer_appid":"` + appid + `","refresh_token":"` + got.Refresh + `","auth_time":1558000607}]}`; list != want {
		t.Errorf("list: got %s, want %s", list, want)
	}
	for _, secret := range []string{"pretend-secret-p", "pretend-ticket-p", "pretend-token-p", "pretend-refresh-1", "pretend-refresh-2", got.Token, got.Refresh} {
		if !slices.Contains(c.sandbox.Secrets(), secret) {
			t.Errorf("Secrets() lacks %q", secret)
		}
	}
}

func TestAPlatformsTokenExpires(t *testing.T) {
	t.Parallel()
	c := call(t, platforms()...)
	body := `{"component_appid":"` + componentAppID + `","component_appsecret":"pretend-secret-p","component_verify_ticket":"pretend-ticket-p"}`
	made := regexp.MustCompile(`^\{"component_access_token":"([^"]*pretend-token[^"]*)","expires_in":7200\}$`).FindStringSubmatch(c.send("POST", sandbox.ComponentToken, body, "").Body)
	if made == nil {
		t.Fatal("no token")
	}
	c.sandbox.SetNow(start.Add(2 * time.Hour))
	if code := c.authorized(made[1], "pretend-refresh-1").code(t); code != 42006 {
		t.Errorf("after two hours: errcode %d, want 42006", code)
	}
}

func TestPlatformsThatCannotBe(t *testing.T) {
	t.Parallel()
	const head = "accounts:\n  - appid: wx0123456789abcdef\n    third_party: {component_appid: wxfedcba9876543210, component_access_token: one}\n  - appid: wx0000000000000002\n    third_party: "
	tests := map[string]struct{ text, want string }{
		"no platform":               {"{}", `f.yaml:5:18: accounts[1].third_party.component_appid: "" is not wx and 16 hex digits`},
		"another secret":            {"{component_appid: wxfedcba9876543210, component_appsecret: x}", `f.yaml:5:77: accounts[1].third_party.component_appsecret: an account further up has another for the same platform`},
		"another platform's token":  {"{component_appid: wx0000000000000009, component_access_token: one}", `f.yaml:5:80: accounts[1].third_party.component_access_token: another platform has the same`},
		"a key that nobody expects": {"{component_secret: x}", `f.yaml:5:19: unknown key "component_secret"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := sandbox.Parse([]byte(head+tt.text+"\n"), "f.yaml", start)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}
