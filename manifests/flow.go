package manifests

import (
	"strings"
	"time"

	"wxkeep/state/material"
)

// A pair is a key and its value as text; without a value it is left out.
type pair struct{ key, value string }

// flow returns a mapping in braces.
func flow(pairs ...pair) string {
	var written []string
	for _, p := range pairs {
		if p.value != "" {
			written = append(written, p.key+": "+p.value)
		}
	}
	return "{" + strings.Join(written, ", ") + "}"
}

// secrets returns where all secrets of the account are found.
func (a *Account) secrets() []Secret {
	secrets := a.Auth.secrets()
	for _, c := range a.Notify {
		secrets = append(secrets, found([]*Secret{c.URL, c.Sign})...)
	}
	return secrets
}

// secrets returns where the secrets are found by which the API is called.
func (a Auth) secrets() []Secret {
	candidates := []*Secret{a.AppSecret, a.AccessToken}
	if p := a.ThirdParty; p != nil {
		candidates = append(candidates, p.ComponentAccessToken, p.ComponentAppSecret, p.ComponentVerifyTicket, p.RefreshToken)
	}
	if r := a.CloudRun; r != nil {
		candidates = append(candidates, r.CloudbaseAccessToken)
	}
	return found(candidates)
}

// found returns those of the secrets that there are.
func found(candidates []*Secret) []Secret {
	var secrets []Secret
	for _, s := range candidates {
		if s != nil {
			secrets = append(secrets, *s)
		}
	}
	return secrets
}

// text is empty when there is no auth.
func (a Auth) text() string {
	if (a == Auth{}) {
		return ""
	}
	var party, run string
	if p := a.ThirdParty; p != nil {
		party = flow(
			pair{"component_appid", word(p.ComponentAppID)},
			pair{"component_access_token", p.ComponentAccessToken.text()},
			pair{"component_appsecret", p.ComponentAppSecret.text()},
			pair{"component_verify_ticket", p.ComponentVerifyTicket.text()},
			pair{"refresh_token", p.RefreshToken.text()},
			pair{"token_query", word(p.TokenQuery)},
		)
	}
	if r := a.CloudRun; r != nil {
		run = flow(pair{"cloudbase_access_token", r.CloudbaseAccessToken.text()}, pair{"from_appid", word(r.FromAppID)})
	}
	return flow(
		pair{"app_secret", a.AppSecret.text()},
		pair{"access_token", a.AccessToken.text()},
		pair{"third_party", party},
		pair{"cloud_run", run},
	)
}

func (s *Secret) text() string {
	switch {
	case s == nil:
		return ""
	case s.Env != "":
		return flow(pair{"env", word(s.Env)})
	case s.Written != "":
		return flow(pair{"file", word(s.Written)})
	}
	return flow(pair{"command", "[" + strings.Join(quotes(s.Command), ", ") + "]"})
}

func (r References) text() string {
	items := words(r.Places)
	if len(r.Files) > 0 {
		items = append(items, "{files: ["+strings.Join(quotes(r.Files), ", ")+"]}")
	}
	return "[" + strings.Join(items, ", ") + "]"
}

func ruleTexts(rules []Rule) []string {
	var texts []string
	for _, r := range rules {
		var types, before string
		if len(r.Types) > 0 {
			types = "[" + strings.Join(words(r.Types), ", ") + "]"
		}
		if !r.Before.IsZero() {
			before = r.Before.In(material.China).Format(time.DateOnly)
		}
		texts = append(texts, flow(
			pair{"name", optional(r.Name)}, pair{"types", types}, pair{"newer_than", spanText(r.NewerThan)},
			pair{"older_than", spanText(r.OlderThan)}, pair{"before", before},
			pair{"reason", optional(r.Reason)}, pair{"owner", optional(r.Owner)},
		))
	}
	return texts
}

func useTexts(uses []ResolvedUse) []string {
	var texts []string
	for _, u := range uses {
		texts = append(texts, flow(pair{"place", quote(u.Place)}, pair{"media_id", quote(string(u.MediaID))}, pair{"sha256", quote(u.SHA256)}))
	}
	return texts
}

func approvalTexts(approvals []Approval) []string {
	var texts []string
	for _, a := range approvals {
		texts = append(texts, flow(pair{"changes", quote(a.Changes)}, pair{"until", lastDayBefore(a.Until)}, pair{"reason", optional(a.Reason)}))
	}
	return texts
}
