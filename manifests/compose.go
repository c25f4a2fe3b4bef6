package manifests

import (
	"strconv"
	"strings"
)

// text returns everything that the account document says but parts, keep and
// retire. What has its default is left out.
func (a *Account) text() string {
	c := &composer{}
	c.line("apiVersion", version)
	c.WriteString("account:\n")
	c.line("  name", word(a.Name))
	c.line("  appid", word(a.AppID))
	c.line("  auth", a.Auth.text())
	c.list("  endpoints", words(a.Endpoints))
	c.line("state", word(a.State))
	c.list("types", words(a.Types))
	c.block("keep_rules", ruleTexts(a.Rules))
	if a.References.Given {
		c.line("references", a.References.text())
	}
	c.block("resolved_uses", useTexts(a.ResolvedUses))
	c.list("canaries", quotes(a.Canaries))
	c.guards(a.Guards)
	c.block("approvals", approvalTexts(a.Approvals))
	if a.Grace > 0 {
		c.line("grace", durationText(a.Grace))
	}
	if !a.Archive {
		c.line("archive", "off")
	}
	if a.Freeze {
		c.line("freeze", "true")
	}
	c.block("notify", channelTexts(a.Notify))
	return c.String()
}

// A composer writes a mapping in lines.
type composer struct{ strings.Builder }

func (c *composer) line(key, value string) {
	if value != "" {
		c.WriteString(key + ": " + value + "\n")
	}
}

func (c *composer) list(key string, items []string) {
	if len(items) > 0 {
		c.line(key, "["+strings.Join(items, ", ")+"]")
	}
}

func (c *composer) block(key string, items []string) {
	if len(items) > 0 {
		c.WriteString(key + ":\n  - " + strings.Join(items, "\n  - ") + "\n")
	}
}

// guards writes the limits that are not the default.
func (c *composer) guards(g Guards) {
	d, lines := DefaultGuards(), &composer{}
	for _, p := range []struct {
		key           string
		value, normal float64
	}{
		{"max_delete_percent", g.MaxDeletePercent, d.MaxDeletePercent},
		{"max_deletes", float64(g.MaxDeletes), float64(d.MaxDeletes)},
		{"min_keep_live_percent", g.MinKeepLivePercent, d.MinKeepLivePercent},
		{"quota_reserve_percent", g.QuotaReservePercent, d.QuotaReservePercent},
	} {
		if p.value != p.normal {
			lines.line("  "+p.key, strconv.FormatFloat(p.value, 'f', -1, 64))
		}
	}
	if g.MinAge != d.MinAge {
		lines.line("  min_age", durationText(g.MinAge))
	}
	if g.AllowEmpty {
		lines.line("  allow_empty", "true")
	}
	lines.list("  allow_irreversible", words(g.AllowIrreversible))
	if g.DayLimited {
		lines.line("  max_deletes_per_day", strconv.Itoa(g.MaxDeletesPerDay))
	}
	if lines.Len() > 0 {
		c.WriteString("guards:\n" + lines.String())
	}
}
