package wechat

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"wxkeep/state"
)

// CloudEndpoint is what the open-interface service (开放接口服务) of 微信云托管
// stands in for inside a container: it adds the token to what is sent there.
//
// Source: wechat-api.md section 5.
const CloudEndpoint = "http://api.weixin.qq.com"

// Way returns how the account is called. By cloud call ([CloudRun]) some paths
// cannot be called: see [Callable].
func (c *Client) Way() Way { return c.wire.config.Way }

// notByCloud are the paths, or what they begin with, that the cloud call does
// not take, and the place that is searched by them.
//
// Source: wechat-api.md section 5.
var notByCloud = []struct{ path, place string }{
	{"/cgi-bin/draft/", state.PlaceDrafts},
	{"/cgi-bin/freepublish/", state.PlacePublished},
	{pathAutoReply, state.PlaceAutoReply},
	{"/cgi-bin/openapi/", ""},
	{pathStableToken, ""},
	{"/cgi-bin/token", ""},
}

// Callable reports whether a path can be called in this way. The cloud call
// takes neither drafts nor publications, neither automatic replies nor quotas.
//
// Source: wechat-api.md section 5.
func (w Way) Callable(path string) bool { return w.refusal(path) == nil }

// refusal is the error of a call that this way does not take, made without
// calling anybody, or nil.
func (w Way) refusal(path string) error {
	if w != CloudRun {
		return nil
	}
	for _, row := range notByCloud {
		if !strings.HasPrefix(path, row.path) {
			continue
		}
		f := &Failure{Path: path, Reason: "the cloud call (cloud_run) does not take it", condition: state.ErrNotGranted}
		if row.place != "" {
			f.Reason = fmt.Sprintf("the cloud call (cloud_run) cannot read it: leave %s out of references, and keep by hand what it uses", row.place)
		}
		return f
	}
	return nil
}

// bare reports whether calls go without a token: the cloud adds it.
func (c Config) bare() bool { return c.Way == CloudRun && c.Token == nil }

// endpoints returns where the calls go. Plain http is for calls that carry no
// token, and there only for the host whose calls never leave the container. A
// cloudbase_access_token opens the account for half an hour to whoever sees it,
// and WeChat's own examples send it by https.
//
// Source: wechat-api.md section 5.
func (c Config) endpoints() ([]string, error) {
	all := append([]string{c.Endpoint}, c.Others...)
	if !c.bare() {
		return checkEndpoints(all)
	}
	for i, s := range all {
		if s == "" || isCloud(s) {
			all[i] = CloudEndpoint
			continue
		}
		checked, err := checkEndpoint(s)
		if err != nil {
			return nil, fmt.Errorf("%w; without a token, %s is allowed too", err, CloudEndpoint)
		}
		all[i] = checked
	}
	return all, nil
}

// isCloud reports whether s is [CloudEndpoint] and nothing else.
func isCloud(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme+"://"+u.Host == CloudEndpoint && strings.Trim(s[len(CloudEndpoint):], "/") == ""
}

// authorise adds to a query what says who calls, and for whom. name is what the
// token is called; empty for what the way calls it.
func (c Config) authorise(q url.Values, name, token string) {
	name = cmp.Or(name, "access_token")
	if c.Way == CloudRun {
		name = "cloudbase_access_token" // as access_token it is refused with 40001
		if c.FromAppID != "" {
			q.Set("from_appid", c.FromAppID)
		}
	}
	if token != "" {
		q.Set(name, token)
	}
}

// whereOpenAPI is where the whitelist of paths and the switch of the
// open-interface service are.
const whereOpenAPI = "cloud.weixin.qq.com/cloudrun/openapi"

// adviseCloud says of a call that was refused by cloud call what to do about it in
// 微信云托管.
//
// Source: wechat-api.md section 5, and the official page 错误排查及常见问题.
func (c Config) adviseCloud(e *Error) {
	if c.Way != CloudRun {
		return
	}
	bare := c.bare()
	switch {
	case e.Code == 41001 && bare:
		e.condition = state.ErrCredential
		e.Advice = "the service did not add a token: switch on the open-interface service (开放接口服务) at " + whereOpenAPI +
			" and build a new version; while the container starts it is not there yet"
	case e.Code == 41001:
		e.condition = state.ErrCredential
		e.Advice = "the cloudbase_access_token was not taken for one: check that it is whole"
	case tokenRefused(e.Code) && bare:
		e.Advice = "the open-interface service's own token was refused: build a new version of the service, or give cloudbase_access_token"
	case tokenRefused(e.Code):
		e.Advice = "cloudbase_access_token was read again and refused again: it has to come from /.tencentcloudbase/wx/cloudbase_access_token or the header" +
			" X-WX-CLOUDBASE-ACCESS-TOKEN, which are renewed every 10 minutes; an access_token is another thing"
	case e.Code == 48001:
		e.Advice = "add this path to the whitelist of the open-interface service at " + whereOpenAPI +
			" and build a new version"
		if c.FromAppID == "" {
			e.Advice += "; where another account owns the environment, give cloud_run.from_appid"
		}
	}
}

// cloudStatus completes what is said of an HTTP status: to some paths that are
// not in the whitelist the service answers 502.
//
// Source: the official page 错误排查及常见问题 of 微信云托管.
const cloudStatus = ": if it stays so, add this path to the whitelist of the open-interface service at " + whereOpenAPI

// checkWay refuses a configuration that the way cannot have.
func (c Config) checkWay() error {
	switch {
	case c.Token == nil && c.Way != CloudRun:
		return errors.New("a client needs a token source")
	case c.FromAppID != "" && c.Way != CloudRun:
		return errors.New("from_appid is for the cloud call alone")
	}
	return nil
}
