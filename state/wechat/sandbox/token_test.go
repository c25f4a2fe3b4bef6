package sandbox_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/wechat/sandbox"
)

type grant struct {
	Token   string `json:"access_token"`
	Expires int    `json:"expires_in"`
}

func (c *caller) stable(force bool) grant {
	c.t.Helper()
	secret, _ := c.sandbox.AppSecret(appid)
	a := c.send("POST", sandbox.StableToken, fmt.Sprintf(`{"grant_type":"client_credential","appid":%q,"secret":%q,"force_refresh":%t}`, appid, secret, force), "")
	return a.grant(c.t)
}

func (c *caller) plain() grant {
	c.t.Helper()
	secret, _ := c.sandbox.AppSecret(appid)
	return c.send("GET", sandbox.Token+"?grant_type=client_credential&appid="+appid+"&secret="+secret, "", "").grant(c.t)
}

func (a answer) grant(t *testing.T) grant {
	t.Helper()
	if code := a.code(t); code != 0 {
		t.Fatalf("token: errcode %d", code)
	}
	var g grant
	if err := json.Unmarshal([]byte(a.Body), &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// with returns the errcode that a call with this token gets.
func (c *caller) with(token string) int {
	c.t.Helper()
	other := *c
	other.token = token
	return other.get(sandbox.Count).code(c.t)
}

func TestStableTokenLivesUntilFiveMinutesBeforeItsEnd(t *testing.T) {
	t.Parallel()
	c := call(t)
	first := c.stable(false)
	if want := (grant{first.Token, 7200}); first != want {
		t.Errorf("got %+v, want %+v", first, want)
	}
	if len(first.Token) < 100 || !strings.Contains(first.Token, "pretend-token") {
		t.Errorf("token %q cannot be recognised in a leak", first.Token)
	}
	c.sandbox.SetNow(start.Add(6899 * time.Second))
	if got, want := c.stable(false), (grant{first.Token, 301}); got != want {
		t.Errorf("before the last 5 minutes: got %+v, want %+v", got, want)
	}
	c.sandbox.SetNow(start.Add(6900 * time.Second))
	second := c.stable(false)
	if second.Token == first.Token || second.Expires != 7200 {
		t.Errorf("in the last 5 minutes: got %+v, want another token for 7200 s", second)
	}
	if got := []int{c.with(first.Token), c.with(second.Token)}; !slices.Equal(got, []int{0, 0}) {
		t.Errorf("both tokens live in the overlap: got codes %v", got)
	}
	c.sandbox.SetNow(start.Add(7200 * time.Second))
	if got := []int{c.with(first.Token), c.with(second.Token)}; !slices.Equal(got, []int{42001, 0}) {
		t.Errorf("after the end of the first: got codes %v", got)
	}
}

func TestForcedRefreshKillsTheTokenBefore(t *testing.T) {
	t.Parallel()
	c := call(t)
	first, plain := c.stable(false), c.plain()
	second := c.stable(true)
	got := []int{c.with(first.Token), c.with(second.Token), c.with(plain.Token)}
	if want := []int{40001, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("codes of first, second and plain token: got %v, want %v", got, want)
	}
	c.sandbox.ForceRefresh(appid)
	if got := c.with(second.Token); got != 40001 {
		t.Errorf("after somebody else forced a refresh: got %d, want 40001", got)
	}
	if third := c.stable(false); c.with(third.Token) != 0 || third.Token == second.Token {
		t.Error("the next token is not a new, living one")
	}
}

func TestPlainTokenIsNewEachTimeAndTheOldOneLivesFiveMinutes(t *testing.T) {
	t.Parallel()
	c := call(t)
	stable, first, second := c.stable(false), c.plain(), c.plain()
	if first.Token == second.Token {
		t.Error("the second call gave the same token")
	}
	c.sandbox.SetNow(start.Add(299 * time.Second))
	if got := []int{c.with(first.Token), c.with(second.Token)}; !slices.Equal(got, []int{0, 0}) {
		t.Errorf("within 5 minutes: got codes %v", got)
	}
	c.sandbox.SetNow(start.Add(300 * time.Second))
	got := []int{c.with(first.Token), c.with(second.Token), c.with(stable.Token)}
	if want := []int{42001, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("after 5 minutes: got codes %v, want %v", got, want)
	}
}

func TestTokenRefusals(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Secret: "right"})
	tests := map[string]struct {
		method, path, body string
		want               int
	}{
		"stable_token by GET":           {"GET", sandbox.StableToken, "", 43002},
		"an empty body":                 {"POST", sandbox.StableToken, "", 44002},
		"a form":                        {"POST", sandbox.StableToken, "grant_type=client_credential&appid=" + appid + "&secret=right", 47001},
		"another grant_type":            {"POST", sandbox.StableToken, `{"grant_type":"password","appid":"` + appid + `","secret":"right"}`, 40002},
		"no appid":                      {"POST", sandbox.StableToken, `{"grant_type":"client_credential","secret":"right"}`, 41002},
		"an unknown appid":              {"POST", sandbox.StableToken, `{"grant_type":"client_credential","appid":"wxffffffffffffffff","secret":"right"}`, 40013},
		"no secret":                     {"POST", sandbox.StableToken, `{"grant_type":"client_credential","appid":"` + appid + `"}`, 41004},
		"a wrong secret":                {"POST", sandbox.StableToken, `{"grant_type":"client_credential","appid":"` + appid + `","secret":"wrong"}`, 40125},
		"all right":                     {"POST", sandbox.StableToken, `{"grant_type":"client_credential","appid":"` + appid + `","secret":"right"}`, 0},
		"token by POST":                 {"POST", sandbox.Token, "", 43001},
		"token with another grant_type": {"GET", sandbox.Token, "", 40002},
		"token with a wrong secret":     {"GET", sandbox.Token + "?grant_type=client_credential&appid=" + appid + "&secret=wrong", "", 40125},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := c.send(tt.method, tt.path, tt.body, "").code(t); got != tt.want {
				t.Errorf("got errcode %d, want %d", got, tt.want)
			}
		})
	}
}

func TestAccessTokenRefusals(t *testing.T) {
	t.Parallel()
	other := sandbox.Account{AppID: "wx00000000000000aa", AccessToken: "pretend-token-other", Materials: images("a", "b")}
	c := call(t, sandbox.Account{Materials: images("c")}, other)
	got := map[string]int{"none": c.with(""), "unknown": c.with("nonsense"), "fixed": c.with(c.token)}
	if diff := cmp.Diff(map[string]int{"none": 41001, "unknown": 40001, "fixed": 0}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	c.sandbox.SetNow(start.AddDate(9, 0, 0))
	if got := c.with(c.token); got != 0 {
		t.Errorf("a fixed token after nine years: got %d, want 0", got)
	}
	c.token = other.AccessToken
	if got, want := c.get(sandbox.Count).Body, `{"voice_count":0,"video_count":0,"image_count":2,"news_count":0}`; got != want {
		t.Errorf("the token belongs to the other account: got %s, want %s", got, want)
	}
}

func TestSecretsAreAllThatWereEverKnown(t *testing.T) {
	t.Parallel()
	c := call(t)
	secret, _ := c.sandbox.AppSecret(appid)
	want := []string{secret, c.token, c.stable(false).Token, c.stable(true).Token, c.plain().Token}
	slices.Sort(want)
	if diff := cmp.Diff(want, c.sandbox.Secrets()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !strings.Contains(secret, "pretend-secret") {
		t.Errorf("secret %q cannot be recognised in a leak", secret)
	}
	if _, ok := c.sandbox.AppSecret("wxffffffffffffffff"); ok {
		t.Error("an unknown account has a secret")
	}
}
