package sandbox_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/wechat/sandbox"
)

const (
	otherID = "wx00000000000000aa"
	thirdID = "wx00000000000000bb"
)

// cloud is an account that a service of 微信云托管 may call for.
func cloud(appid string, paths ...string) sandbox.Account {
	return sandbox.Account{AppID: appid, CloudRun: &sandbox.CloudRun{Paths: paths}}
}

func TestWhoseCallItIsByCloudCall(t *testing.T) {
	t.Parallel()
	one, two := []sandbox.Account{cloud(appid), {AppID: otherID}}, []sandbox.Account{cloud(appid), cloud(otherID), {AppID: thirdID}}
	tests := map[string]struct {
		accounts []sandbox.Account
		query    string // TOKEN is that of the first account
		code     int
		seqid    bool
	}{
		"no token, and one account that it can be for": {one, "", 0, true},
		"no token, and two":                            {two, "", 48001, true},
		"no token, and the one of two":                 {two, "from_appid=" + otherID, 0, true},
		"no token, and one that is not in the cloud":   {two, "from_appid=" + thirdID, 40013, true},
		"no token, and one that nobody knows":          {two, "from_appid=wxffffffffffffffff", 40013, true},
		"no token, and no cloud":                       {[]sandbox.Account{{}}, "", 41001, false},
		"a token":                                      {two, "cloudbase_access_token=TOKEN", 0, false},
		"a token, for another account":                 {two, "cloudbase_access_token=TOKEN&from_appid=" + otherID, 0, false},
		"a token, for one that is not in the cloud":    {two, "cloudbase_access_token=TOKEN&from_appid=" + thirdID, 40013, false},
		"a wrong token":                                {one, "cloudbase_access_token=pretend-token-wrong", 40001, false},
		"a wrong token, for the account":               {one, "cloudbase_access_token=pretend-token-wrong&from_appid=" + appid, 40001, false},
		"the token as access_token":                    {one, "access_token=TOKEN", 40001, false},
		"an access_token as cloudbase_access_token":    {one, "cloudbase_access_token=pretend-token-fixed", 40001, false},
		"an empty access_token":                        {one, "access_token=", 41001, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := call(t, slices.Clone(tt.accounts)...)
			token, _ := c.sandbox.CloudToken(appid)
			a := c.send("GET", sandbox.Count+"?"+strings.ReplaceAll(tt.query, "TOKEN", token), "", "")
			if code, seqid := a.code(t), a.Header.Get("x-openapi-seqid") != ""; code != tt.code || seqid != tt.seqid {
				t.Errorf("got %d, x-openapi-seqid %v; want %d, %v", code, seqid, tt.code, tt.seqid)
			}
		})
	}
}

func TestTheCallForTheOtherAccountIsAnsweredFromIt(t *testing.T) {
	t.Parallel()
	other := cloud(otherID)
	other.Materials = images("a", "b")
	c := call(t, cloud(appid), other)
	token, _ := c.sandbox.CloudToken(appid)
	want := `{"voice_count":0,"video_count":0,"image_count":2,"news_count":0}`
	for _, query := range []string{"from_appid=" + otherID, "from_appid=" + otherID + "&cloudbase_access_token=" + token} {
		if got := c.send("GET", sandbox.Count+"?"+query, "", "").Body; got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
}

func TestTheWhitelistOfPaths(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		paths []string // nil: none is given
		path  string
		want  int
	}{
		"a path in it":                         {[]string{sandbox.MenuGet, sandbox.Count}, sandbox.Count, 0},
		"a path that is not":                   {[]string{sandbox.MenuGet}, sandbox.Count, 48001},
		"an empty one":                         {[]string{}, sandbox.Count, 48001},
		"none":                                 {nil, sandbox.Count, 0},
		"self menu":                            {nil, sandbox.SelfMenu, 0},
		"menus":                                {nil, sandbox.MenuGet, 46003},
		"automatic replies, not by cloud call": {nil, sandbox.AutoReply, 48001},
		"the count of drafts, not even listed": {[]string{sandbox.DraftCount}, sandbox.DraftCount, 48001},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := cloud(appid)
			a.CloudRun.Paths = tt.paths
			c := call(t, a)
			if got := c.send("GET", tt.path, "", "").code(t); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
			if got := c.get(tt.path).code(t); tt.want == 48001 && got != 0 {
				t.Errorf("with an access_token it is another matter: got %d", got)
			}
		})
	}
}

func TestTLSIsNotTheOpenInterfaceService(t *testing.T) {
	t.Parallel()
	s := sandbox.New(cloud(appid))
	server, err := s.StartTLS("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	resp, err := trusting(t, server).Get(server.URL + sandbox.Count)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.Header.Get("x-openapi-seqid") != "" {
		t.Error("it was taken for a call from the cloud")
	}
}

func TestARenewedCloudTokenIsRefusedAndAnotherIsThere(t *testing.T) {
	t.Parallel()
	c := call(t, cloud(appid))
	with := func(token string) int {
		return c.send("GET", sandbox.Count+"?cloudbase_access_token="+token, "", "").code(t)
	}
	first, ok := c.sandbox.CloudToken(appid)
	second := c.sandbox.RenewCloudToken(appid)
	if diff := cmp.Diff([]int{42001, 0}, []int{with(first), with(second)}); diff != "" || !ok {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	if got := c.send("GET", sandbox.Count, "", "").code(t); got != 0 {
		t.Errorf("without a token: got %d", got)
	}
	for _, token := range []string{first, second} {
		if !slices.Contains(c.sandbox.Secrets(), token) || !strings.Contains(token, "pretend-token") {
			t.Errorf("%q is not among the secrets, or cannot be recognised", token)
		}
	}
	if _, ok := c.sandbox.CloudToken(otherID); ok || c.sandbox.RenewCloudToken(otherID) != "" {
		t.Error("an unknown account has a token")
	}
}
