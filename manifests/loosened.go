package manifests

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Loosening is a setting with which a change lets more be deleted, or checks
// less before it is, than the manifest that it changes.
type Loosening struct {
	Setting  string   // its path, such as guards.max_deletes
	Was, Is  string   // as a manifest would say it
	Position Position // where the change says it; of one that was taken out, where it was
	Gone     bool     // it was taken out, and has its default
}

// String says what was loosened, from what to what, and where that stands.
func (l Loosening) String() string {
	if l.Gone {
		return fmt.Sprintf("%s from %s to %s, the default (it was at %s)", l.Setting, l.Was, l.Is, l.Position)
	}
	return fmt.Sprintf("%s from %s to %s (%s)", l.Setting, l.Was, l.Is, l.Position)
}

// A strictness is a setting of which one value lets more be deleted than another.
type strictness struct {
	setting string
	looser  func(base, a *Account) bool // whether a lets more be deleted than base
	value   func(*Account) string
}

// strict are all such settings, in the order of the format.
//
// Not among them are keep, keep_rules and retire, which are what a change is about;
// resolved_uses and approvals, each of which names exactly what it lets go, and is
// how a plan says to do that; and auth, account.endpoints and notify, which let
// nothing be deleted and are never taken from a change.
var strict = []strictness{
	{"state", func(b, a *Account) bool { return b.State != a.State }, func(a *Account) string { return orWord(a.State, "the default place") }},
	{"types", func(b, a *Account) bool { return lacks(b.Types, a.Types) }, func(a *Account) string { return set(a.Types) }},
	{"references", looserReferences, func(a *Account) string { return set(append(slices.Clone(a.References.Places), a.References.Files...)) }},
	{"canaries", func(b, a *Account) bool { return lacks(a.Canaries, b.Canaries) }, func(a *Account) string { return set(a.Canaries) }},
	percentGuard("max_delete_percent", func(b, a Guards) bool { return a.MaxDeletePercent > b.MaxDeletePercent }, func(g Guards) float64 { return g.MaxDeletePercent }),
	guard("max_deletes", func(b, a Guards) bool { return a.MaxDeletes > b.MaxDeletes }, func(g Guards) string { return strconv.Itoa(g.MaxDeletes) }),
	percentGuard("min_keep_live_percent", func(b, a Guards) bool { return a.MinKeepLivePercent < b.MinKeepLivePercent }, func(g Guards) float64 { return g.MinKeepLivePercent }),
	guard("min_age", func(b, a Guards) bool { return a.MinAge < b.MinAge }, func(g Guards) string { return durationText(g.MinAge) }),
	percentGuard("quota_reserve_percent", func(b, a Guards) bool { return a.QuotaReservePercent < b.QuotaReservePercent }, func(g Guards) float64 { return g.QuotaReservePercent }),
	guard("allow_empty", func(b, a Guards) bool { return a.AllowEmpty && !b.AllowEmpty }, func(g Guards) string { return strconv.FormatBool(g.AllowEmpty) }),
	guard("allow_irreversible", func(b, a Guards) bool { return lacks(b.AllowIrreversible, a.AllowIrreversible) }, func(g Guards) string { return set(g.AllowIrreversible) }),
	guard("max_deletes_per_day", looserDay, dayText),
	{"grace", func(b, a *Account) bool { return a.Grace < b.Grace }, func(a *Account) string { return durationText(a.Grace) }},
	{"archive", func(b, a *Account) bool { return b.Archive && !a.Archive }, func(a *Account) string { return choose(a.Archive, "required", "off") }},
	{"freeze", func(b, a *Account) bool { return b.Freeze && !a.Freeze }, func(a *Account) string { return strconv.FormatBool(a.Freeze) }},
}

// guard is a key of guards.
func guard(key string, looser func(base, a Guards) bool, value func(Guards) string) strictness {
	return strictness{
		"guards." + key,
		func(b, a *Account) bool { return looser(b.Guards, a.Guards) },
		func(a *Account) string { return value(a.Guards) },
	}
}

func percentGuard(key string, looser func(base, a Guards) bool, value func(Guards) float64) strictness {
	return guard(key, looser, func(g Guards) string { return strconv.FormatFloat(value(g), 'f', -1, 64) })
}

func looserReferences(base, a *Account) bool {
	return lacks(a.References.Places, base.References.Places) || lacks(a.References.Files, base.References.Files)
}

// looserDay compares limits of which there may be none.
func looserDay(base, a Guards) bool {
	return base.DayLimited && (!a.DayLimited || a.MaxDeletesPerDay > base.MaxDeletesPerDay)
}

func dayText(g Guards) string {
	if !g.DayLimited {
		return "no limit"
	}
	return strconv.Itoa(g.MaxDeletesPerDay)
}

// Loosened returns the settings with which a lets more be deleted than base, the
// manifest of the same account that it is to take the place of. It does not look
// at what is kept.
func (a *Account) Loosened(base *Account) []Loosening {
	var all []Loosening
	for _, s := range strict {
		if !s.looser(base, a) {
			continue
		}
		l := Loosening{Setting: s.setting, Was: s.value(base), Is: s.value(a)}
		var written bool
		if l.Position, written = a.Written[s.setting]; !written {
			l.Position, l.Gone = base.Written[s.setting], true
		}
		all = append(all, l)
	}
	return all
}

// lacks reports whether some of these are not among those.
func lacks[S comparable](those, these []S) bool {
	return slices.ContainsFunc(these, func(s S) bool { return !slices.Contains(those, s) })
}

func set[S ~string](words []S) string { return "[" + strings.Join(sorted(words), ", ") + "]" }

func orWord(s, word string) string {
	if s == "" {
		return word
	}
	return s
}

func choose(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}
