package manifests

import (
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

var accountName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// identity reads account.name, which parts have too.
func (w *walker) identity(d *document, header *mapping) {
	w.require(header, "name", "give the account a name of a-z 0-9 -, as it is to be called in plans")
	if v := header.value("name"); v != nil {
		d.named = w.position(v)
		d.account.Name = w.form(v, "account.name", accountName, "1 to 63 characters of a-z 0-9 -, not beginning with -")
	}
}

// access reads whose account it is and how its API is called.
func (w *walker) access(d *document, header *mapping, opts Options) {
	a := d.account
	if v := header.value("appid"); v != nil {
		a.AppID = w.appID(v, "account.appid")
	}
	if opts.NeedAuth {
		w.require(header, "auth", "say where the secret is found: auth: {app_secret: {env: WX_APP_SECRET}}")
	}
	if v := header.value("auth"); v != nil {
		a.Auth = w.auth(v)
		w.sameAccount(v, a)
	}
	if v := header.value("endpoints"); v != nil {
		a.Endpoints = w.endpoints(v)
		w.serviceEndpoint(v, a)
	}
}

// settings reads everything that only an account document holds.
func (w *walker) settings(d *document, m *mapping) {
	a := d.account
	w.require(m, "types", "name the types that this manifest governs, such as [image, voice]")
	if v := m.value("types"); v != nil {
		a.Types = bareTypes(w.types(v, "types"))
	}
	if v := m.value("parts"); v != nil {
		a.Parts, d.partsAt = w.parts(v)
	}
	if v := m.value("canaries"); v != nil {
		a.Canaries = w.canaries(v)
	}
	a.Guards = DefaultGuards()
	if v := m.value("guards"); v != nil {
		a.Guards = w.guards(d, v)
	}
	if v := m.value("approvals"); v != nil {
		a.Approvals = w.approvals(v)
	}
	if v := m.value("freeze"); v != nil {
		a.Freeze = w.truth(v, "freeze")
	}
	if v := m.value("notify"); v != nil {
		a.Notify = w.notify(v)
	}
	w.ledgerSettings(d, m)
	w.useSettings(d, m)
	a.Written = d.noted
}

// ledgerSettings reads what has to do with what was done before.
func (w *walker) ledgerSettings(d *document, m *mapping) {
	a := d.account
	if v := m.value("state"); v != nil {
		a.State = w.state(v)
	}
	if v := m.value("grace"); v != nil {
		a.Grace, _ = w.duration(v, "grace")
	}
	a.Archive = true
	if v := m.value("archive"); v != nil {
		s, _ := w.choice(v, "archive", "required", "off")
		a.Archive = s == "required"
	}
}

// useSettings reads what has to do with uses of a material.
func (w *walker) useSettings(d *document, m *mapping) {
	a := d.account
	a.References = References{Places: places()}
	if v := m.value("references"); v != nil {
		a.References = w.references(v)
	}
	if a.Auth.CloudRun != nil {
		w.require(m, "references", "cloud_run cannot reach all places, so name those to search")
	}
	if v := m.value("resolved_uses"); v != nil {
		a.ResolvedUses = w.resolvedUses(v)
	}
}

// parts reads the names of an account's parts, and where they stand.
func (w *walker) parts(n *yaml.Node) (parts []string, at []Position) {
	items, _ := w.list(n, "parts")
	for _, item := range items {
		s, ok := w.word(item, "parts")
		switch {
		case !ok:
		case path.IsAbs(s) || filepath.IsAbs(s):
			w.errorf(item, "parts: want a path relative to this file, not %s", w.quoted(s))
		default:
			parts = append(parts, s)
			at = append(at, w.position(item))
		}
	}
	return parts, at
}

// hosts are WeChat's own (wechat-api.md section 9).
var hosts = []string{"api.weixin.qq.com", "api2.weixin.qq.com", "sh.api.weixin.qq.com", "sz.api.weixin.qq.com", "hk.api.weixin.qq.com"}

// endpoints reads where the API is reached, in order of preference. Only
// WeChat's own hosts are let in: whoever can change this line would otherwise
// be sent a token.
func (w *walker) endpoints(n *yaml.Node) []string {
	items, _ := w.filledList(n, "endpoints")
	var endpoints []string
	for _, item := range items {
		s, ok := w.word(item, "endpoints")
		host, https := strings.CutPrefix(strings.TrimSuffix(s, "/"), "https://")
		switch {
		case !ok:
		case !https || !slices.Contains(hosts, host):
			w.errorf(item, "endpoints: want https:// and one of WeChat's hosts, %s, not %s", alternatives(hosts), w.quoted(s))
		case slices.Contains(endpoints, "https://"+host):
			w.errorf(item, "endpoints: %q is there twice", s)
		default:
			endpoints = append(endpoints, "https://"+host)
		}
	}
	return endpoints
}

// state reads where the ledger lives: a directory, or a bucket.
func (w *walker) state(n *yaml.Node) string {
	s, ok := w.word(n, "state")
	if !ok || !strings.Contains(s, "://") {
		return s
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "s3" || u.Host == "":
		w.errorf(n, "state: want a directory or s3://BUCKET/PREFIX")
	case u.User != nil:
		w.errorf(n, "state: a secret must never be in a manifest; leave out what stands before the @")
	}
	return s
}
