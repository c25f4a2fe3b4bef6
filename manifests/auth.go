package manifests

import (
	"regexp"

	"gopkg.in/yaml.v3"
)

var (
	authKeys       = []string{"app_secret", "access_token", "third_party", "cloud_run"}
	thirdPartyKeys = []string{"component_appid", "component_access_token", "component_appsecret", "component_verify_ticket", "refresh_token", "token_query"}
	cloudRunKeys   = []string{"cloudbase_access_token", "from_appid"}
)

// appID is the form of every appid: of an account, and of a platform.
var appID = regexp.MustCompile(`^wx[0-9a-f]{16}$`)

// auth reads how the account's API is called. None of its messages quotes
// what is written: the most likely mistake is a secret.
func (w *walker) auth(n *yaml.Node) Auth {
	quiet := *w
	quiet.mute = true
	m, ok := quiet.mapping(n, "auth", authKeys)
	if !ok || !quiet.exactlyOne(&m, "auth") {
		return Auth{}
	}
	var a Auth
	if v := m.value("app_secret"); v != nil {
		a.AppSecret = quiet.secret(v, "app_secret")
	}
	if v := m.value("access_token"); v != nil {
		a.AccessToken = quiet.secret(v, "access_token")
	}
	if v := m.value("third_party"); v != nil {
		a.ThirdParty = quiet.thirdParty(v)
	}
	if v := m.value("cloud_run"); v != nil {
		a.CloudRun = quiet.cloudRun(v)
	}
	return a
}

func (w *walker) thirdParty(n *yaml.Node) *ThirdParty {
	m, ok := w.mapping(n, "third_party", thirdPartyKeys)
	if !ok {
		return nil
	}
	w.require(&m, "component_appid", "give the appid of the platform")
	w.platformToken(&m)
	p := &ThirdParty{
		ComponentAccessToken:  w.optionalSecret(&m, "component_access_token"),
		ComponentAppSecret:    w.optionalSecret(&m, "component_appsecret"),
		ComponentVerifyTicket: w.optionalSecret(&m, "component_verify_ticket"),
		RefreshToken:          w.optionalSecret(&m, "refresh_token"),
		TokenQuery:            "component_access_token",
	}
	if v := m.value("component_appid"); v != nil {
		p.ComponentAppID = w.appID(v, "component_appid")
	}
	if v := m.value("token_query"); v != nil {
		p.TokenQuery, _ = w.choice(v, "token_query", "component_access_token", "access_token")
	}
	return p
}

// platformToken checks that there is one way to a component_access_token.
func (w *walker) platformToken(m *mapping) {
	token, secret, ticket := m.has("component_access_token"), m.has("component_appsecret"), m.has("component_verify_ticket")
	if token == (secret || ticket) || secret != ticket {
		w.errorf(m.node, "third_party: want either component_access_token, or component_appsecret and component_verify_ticket")
	}
}

func (w *walker) cloudRun(n *yaml.Node) *CloudRun {
	m, ok := w.mapping(n, "cloud_run", cloudRunKeys)
	if !ok {
		return nil
	}
	c := &CloudRun{CloudbaseAccessToken: w.optionalSecret(&m, "cloudbase_access_token")}
	if v := m.value("from_appid"); v != nil {
		c.FromAppID = w.appID(v, "from_appid")
	}
	return c
}

// sameAccount refuses a from_appid that would have another account listed, and
// deleted from, than the one that the manifest is about.
func (w *walker) sameAccount(n *yaml.Node, a *Account) {
	r := a.Auth.CloudRun
	if r != nil && r.FromAppID != "" && a.AppID != "" && r.FromAppID != a.AppID {
		w.errorf(n, "from_appid: it names the account that is called for: want the same as account.appid")
	}
}

// serviceEndpoint refuses endpoints at which nothing would add a token.
func (w *walker) serviceEndpoint(n *yaml.Node, a *Account) {
	if r := a.Auth.CloudRun; r != nil && r.CloudbaseAccessToken == nil {
		w.errorf(n, "endpoints: delete them; without cloudbase_access_token, cloud_run calls http://api.weixin.qq.com alone, where the open-interface service adds the token")
	}
}

func (w *walker) optionalSecret(m *mapping, key string) *Secret {
	if v := m.value(key); v != nil {
		return w.secret(v, key)
	}
	return nil
}

// appID reads an appid. A wrong one is not quoted: an AppSecret is 32 of the
// same characters, and easily swapped with it.
func (w *walker) appID(n *yaml.Node, what string) string {
	s, ok := w.word(n, what)
	if ok && !appID.MatchString(s) {
		w.errorf(n, "%s: want wx and 16 characters of 0-9 a-f", what)
		return ""
	}
	return s
}
