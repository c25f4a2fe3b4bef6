package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"wxkeep/reconcile/plan"
)

// SARIFLimit is how many results a run may have: GitHub refuses a file with more.
// It shows the 5,000 most severe.
//
// Source: docs.github.com, SARIF results exceed limit.
const SARIFLimit = 25_000

// FindingsSARIF writes the findings of a plan as SARIF 2.1.0, at their lines in the
// manifests, the most severe first. One that has no line stands at the begin of its
// account's manifest, since GitHub shows none without a place. What is over
// [SARIFLimit] is counted in a notification.
func FindingsSARIF(w io.Writer, p *plan.Plan) error {
	results := findingResults(p)
	run := findingRun{
		Tool:        findingTool{findingDriver{Name: "wxkeep", Version: Inert(p.WxkeepVersion), Rules: findingRules(results)}},
		ColumnKind:  "unicodeCodePoints",
		Invocations: []findingInvocation{{Successful: true}},
		Results:     results[:min(len(results), SARIFLimit)],
	}
	if n := len(results) - SARIFLimit; n > 0 {
		run.Invocations[0].Notifications = []findingNotice{{Level: "warning", Message: findingText{fmt.Sprintf("%d of %d findings had no room in this file", n, len(results))}}}
	}
	log := findingLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []findingRun{run}}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", " ")
	if err := e.Encode(log); err != nil {
		return fmt.Errorf("write SARIF: %w", err)
	}
	_, err := w.Write(plan.Escape(b.Bytes()))
	return err
}

type findingLog struct {
	Schema  string       `json:"$schema"`
	Version string       `json:"version"`
	Runs    []findingRun `json:"runs"`
}

type findingRun struct {
	Tool        findingTool         `json:"tool"`
	ColumnKind  string              `json:"columnKind"`
	Invocations []findingInvocation `json:"invocations"`
	Results     []findingResult     `json:"results"`
}

type findingTool struct {
	Driver findingDriver `json:"driver"`
}

type findingDriver struct {
	Name    string        `json:"name"`
	Version string        `json:"version,omitempty"`
	Rules   []findingRule `json:"rules"`
}

type findingRule struct {
	ID    string       `json:"id"`
	Short findingText  `json:"shortDescription"`
	Level findingLevel `json:"defaultConfiguration"`
}

type findingLevel struct {
	Level string `json:"level"`
}

type findingInvocation struct {
	Successful    bool            `json:"executionSuccessful"`
	Notifications []findingNotice `json:"toolExecutionNotifications,omitempty"`
}

type findingNotice struct {
	Level   string      `json:"level"`
	Message findingText `json:"message"`
}

type findingText struct {
	Text string `json:"text"`
}

type findingResult struct {
	Rule         string            `json:"ruleId"`
	Level        string            `json:"level"`
	Message      findingText       `json:"message"`
	Locations    []findingLocation `json:"locations,omitempty"`
	Fingerprints map[string]string `json:"partialFingerprints"`
}

type findingLocation struct {
	Place findingPlace `json:"physicalLocation"`
}

type findingPlace struct {
	File   findingFile   `json:"artifactLocation"`
	Region findingRegion `json:"region"`
}

type findingFile struct {
	URI string `json:"uri"`
}

type findingRegion struct {
	Line   int `json:"startLine"`
	Column int `json:"startColumn"`
}

// The levels of SARIF, the most severe first. A finding decides nothing, so it is
// never an error.
const (
	levelWarning = "warning"
	levelNote    = "note"
)

// findingKinds are the levels and descriptions of findings.
var findingKinds = map[string]struct{ level, text string }{
	plan.Missing:       {levelWarning, "A kept material is not in the account"},
	plan.Expired:       {levelWarning, "An entry's until is past, and it keeps nothing"},
	plan.ExpiresSoon:   {levelNote, "An entry's until is at most 14 days away"},
	plan.NameChanged:   {levelNote, "The name in the account differs from the entry's"},
	plan.KeptTwice:     {levelNote, "Two documents keep one material"},
	plan.ForeignPrefix: {levelWarning, "The media_id looks like another account's"},
	plan.CountDiffers:  {levelNote, "More or fewer materials were listed than counted"},
	plan.NotChecked:    {levelWarning, "A place is left out of the search for uses"},
	plan.PlanShrunk:    {levelNote, "Less is left to delete than the saved plan has"},
}

// levelOf is how severe a finding is. One that this version does not know may be
// anything.
func levelOf(kind string) string {
	if k, known := findingKinds[kind]; known {
		return k.level
	}
	return levelWarning
}

func findingResults(p *plan.Plan) []findingResult {
	results := []findingResult{}
	for _, a := range p.Accounts {
		for _, f := range a.Findings {
			results = append(results, findingResultOf(a, f))
		}
	}
	slices.SortStableFunc(results, func(a, b findingResult) int { return strings.Compare(b.Level, a.Level) }) // warning, then note
	return results
}

func findingResultOf(a plan.Account, f plan.Finding) findingResult {
	said := Inert(a.Name) + ": "
	if f.MediaID != "" {
		said += Inert(string(f.MediaID)) + ": "
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{a.AppID, f.Kind, string(f.MediaID), f.Message}, "\x00")))
	r := findingResult{
		Rule: Inert(f.Kind), Level: levelOf(f.Kind), Message: findingText{unlinked(said + Inert(f.Message))},
		Fingerprints: map[string]string{"wxkeep/v1": hex.EncodeToString(sum[:])},
	}
	if at, ok := placeOf(a, f); ok {
		uri := url.URL{Path: at.file}
		r.Locations = []findingLocation{{findingPlace{findingFile{uri.String()}, findingRegion{at.line, at.column}}}}
	}
	return r
}

// unlinked breaks up what SARIF takes for a link in a plain message (section
// 3.11.6, embedded links).
func unlinked(text string) string { return strings.ReplaceAll(text, "](", `]\x28`) }

// findingRules describes the kinds that results have.
func findingRules(results []findingResult) []findingRule {
	rules := []findingRule{}
	for _, r := range results {
		if slices.ContainsFunc(rules, func(known findingRule) bool { return known.ID == r.Rule }) {
			continue
		}
		text := findingKinds[r.Rule].text
		if text == "" {
			text = r.Rule
		}
		rules = append(rules, findingRule{ID: r.Rule, Short: findingText{text}, Level: findingLevel{r.Level}})
	}
	return rules
}
