package manifests

import (
	"encoding/json"
	"fmt"
	"slices"
)

// settings returns everything about the account but keep, keep_rules and
// retire as JSON that is the same for the same meaning. Positions, the names
// of parts, and whether a default was written are no part of it.
func (a *Account) settings() string {
	all := map[string]any{
		"name":      a.Name,
		"appid":     a.AppID,
		"auth":      a.Auth.canonical(),
		"endpoints": append([]string{}, a.Endpoints...), // tried in this order
		"state":     a.State,
		"types":     sorted(a.Types),
		"references": map[string]any{
			"places": sorted(a.References.Places),
			"files":  sorted(a.References.Files),
		},
		"resolved_uses": a.canonicalUses(),
		"canaries":      sorted(a.Canaries),
		"guards":        a.Guards.canonical(),
		"approvals":     a.canonicalApprovals(),
		"grace":         a.Grace,
		"archive":       a.Archive,
		"freeze":        a.Freeze,
	}
	if len(a.Notify) > 0 { // a manifest without it has the digest that it had before there was notify
		all["notify"] = a.canonicalNotify()
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic(fmt.Sprintf("manifests: settings of %q are not JSON: %v", a.Name, err)) // only strings, numbers and booleans
	}
	return string(text)
}

func (a Auth) canonical() map[string]any {
	c := map[string]any{
		"app_secret":   a.AppSecret.canonical(),
		"access_token": a.AccessToken.canonical(),
	}
	if p := a.ThirdParty; p != nil {
		c["third_party"] = map[string]any{
			"component_appid":         p.ComponentAppID,
			"component_access_token":  p.ComponentAccessToken.canonical(),
			"component_appsecret":     p.ComponentAppSecret.canonical(),
			"component_verify_ticket": p.ComponentVerifyTicket.canonical(),
			"refresh_token":           p.RefreshToken.canonical(),
			"token_query":             p.TokenQuery,
		}
	}
	if r := a.CloudRun; r != nil {
		c["cloud_run"] = map[string]any{
			"cloudbase_access_token": r.CloudbaseAccessToken.canonical(),
			"from_appid":             r.FromAppID,
		}
	}
	return c
}

// canonical says where the secret is found, with the path as written: the
// digest must be the same in another working directory.
func (s *Secret) canonical() any {
	if s == nil {
		return nil
	}
	return map[string]any{"env": s.Env, "file": s.Written, "command": s.Command}
}

func (g Guards) canonical() map[string]any {
	return map[string]any{
		"max_delete_percent":    g.MaxDeletePercent,
		"max_deletes":           g.MaxDeletes,
		"min_keep_live_percent": g.MinKeepLivePercent,
		"min_age":               g.MinAge,
		"quota_reserve_percent": g.QuotaReservePercent,
		"allow_empty":           g.AllowEmpty,
		"allow_irreversible":    sorted(g.AllowIrreversible),
		"max_deletes_per_day":   g.MaxDeletesPerDay,
		"day_limited":           g.DayLimited,
	}
}

func (a *Account) canonicalUses() [][]string {
	uses := [][]string{}
	for _, u := range a.ResolvedUses {
		uses = append(uses, []string{u.Place, string(u.MediaID), u.SHA256})
	}
	slices.SortFunc(uses, slices.Compare)
	return uses
}

func (a *Account) canonicalApprovals() [][]string {
	approvals := [][]string{}
	for _, p := range a.Approvals {
		approvals = append(approvals, []string{p.Changes, instant(p.Until), p.Reason})
	}
	slices.SortFunc(approvals, slices.Compare)
	return approvals
}

// canonicalNotify returns the channels in an order of their own.
func (a *Account) canonicalNotify() []string {
	var channels []string
	for _, c := range a.Notify {
		text, err := json.Marshal(map[string]any{"service": c.Service, "url": c.URL.canonical(), "sign": c.Sign.canonical(), "on": c.On})
		if err != nil {
			panic(fmt.Sprintf("manifests: notify of %q is not JSON: %v", a.Name, err)) // only strings
		}
		channels = append(channels, string(text))
	}
	slices.Sort(channels)
	return channels
}
