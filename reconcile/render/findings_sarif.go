package render

import (
	"io"
	"slices"
	"strings"

	"wxkeep/reconcile/plan"
)

// FindingsSARIF writes the findings of a plan as SARIF 2.1.0, at their lines in the
// manifests, the most severe first: what GitHub does not take is left out at the
// end, and counted. A finding that has no line stands at the begin of its account's
// manifest, since GitHub shows none without a place.
func FindingsSARIF(w io.Writer, p *plan.Plan) error {
	var findings []sarifFinding
	for _, a := range p.Accounts {
		for _, f := range a.Findings {
			findings = append(findings, sarifOf(a, f))
		}
	}
	slices.SortStableFunc(findings, func(a, b sarifFinding) int { return strings.Compare(b.level, a.level) }) // warning, then note
	return sarif(w, Inert(p.WxkeepVersion), findingRules(findings), findings)
}

func sarifOf(a plan.Account, f plan.Finding) sarifFinding {
	at := placeOf(a, f)
	said := a.Name + ": "
	if f.MediaID != "" {
		said += string(f.MediaID) + ": "
	}
	return sarifFinding{rule: ruleOf(f.Kind), level: levelOf(f.Kind), message: said + f.Message, file: at.file, line: at.line, column: at.column}
}

// ruleOf is a kind of finding as SARIF's rules are called: not-checked.
func ruleOf(kind string) string { return strings.ReplaceAll(Inert(kind), "_", "-") }

// findingRules describes the kinds that findings have.
func findingRules(findings []sarifFinding) []sarifRule {
	rules := []sarifRule{}
	for _, f := range findings {
		if !slices.ContainsFunc(rules, func(r sarifRule) bool { return r.id == f.rule }) {
			rules = append(rules, findingRule(f.rule))
		}
	}
	return rules
}

func findingRule(id string) sarifRule {
	rule := sarifRule{id: id, name: "Finding", text: "A finding of a newer wxkeep.", help: "Its message says what it is."}
	for kind, k := range findingKinds {
		if ruleOf(kind) == id {
			rule.name, rule.text, rule.help = k.name, k.text, k.help
		}
	}
	return rule
}

// The levels of SARIF for findings, which decide nothing and so are no errors.
const (
	levelWarning = "warning"
	levelNote    = "note"
)

// findingKinds are the levels and descriptions of findings.
var findingKinds = map[string]struct{ level, name, text, help string }{
	plan.Missing:       {levelWarning, "Missing", "A kept material is not in the account.", "Somebody deleted it, or the entry is another account's. Take the entry out of the manifest, or restore the material."},
	plan.Expired:       {levelWarning, "Expired", "The entry's until is past, and it keeps nothing.", "Take it out of the manifest, or set a later day."},
	plan.ExpiresSoon:   {levelNote, "ExpiresSoon", "The entry's until is at most 14 days away.", "The material is deleted after that day unless the manifest keeps it longer."},
	plan.NameChanged:   {levelNote, "NameChanged", "The name in the account differs from the entry's.", "Somebody renamed the material. Write its new name into the manifest if it is the one that is meant."},
	plan.KeptTwice:     {levelNote, "KeptTwice", "Two documents keep one material.", "It is kept until neither does."},
	plan.ForeignPrefix: {levelWarning, "ForeignPrefix", "The media_id looks like another account's.", "Look whether the entry belongs into another manifest."},
	plan.CountDiffers:  {levelNote, "CountDiffers", "More or fewer materials were listed than counted.", "Somebody uploaded or deleted while the account was listed."},
	plan.NotChecked:    {levelWarning, "NotChecked", "A place is left out of the search for uses.", "What is used there alone is deleted. Name the place in references to have it searched."},
	plan.TakenFromBase: {levelNote, "TakenFromBase", "A setting of the change says where secrets are or go, and was taken from its base.", "A plan of a change never lets it choose that. The setting counts once the change is merged."},
	plan.BaseUnknown:   {levelWarning, "BaseUnknown", "A place that the base of a change searches could not be read.", "What the base would delete is not known, so every deletion counts as this change's."},
	plan.PlanShrunk:    {levelNote, "PlanShrunk", "Less is left to delete than the saved plan has.", "Materials were kept, changed or deleted since it was made."},
}

// levelOf is how severe a finding is. One that this version does not know may be
// anything.
func levelOf(kind string) string {
	if k, known := findingKinds[kind]; known {
		return k.level
	}
	return levelWarning
}
