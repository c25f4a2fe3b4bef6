package render

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
)

// mostResults is how many results GitHub takes of one run; with more it refuses
// the file.
//
// Source: docs.github.com, SARIF support for code scanning, "Validating your
// SARIF file".
const mostResults = 25_000

// A sarifFinding is something to say about a place in a file, in the words of
// this program.
type sarifFinding struct {
	rule, level, message string
	file                 string // relative to the repository's root, with slashes
	line, column         int    // from 1; 0 when the whole file is meant
}

// A sarifRule is a kind of finding.
type sarifRule struct{ id, name, text, help string }

// sarif writes findings as SARIF 2.1.0. Those that GitHub would not take are
// counted in a notification, never dropped in silence. Columns count
// characters.
func sarif(w io.Writer, version string, rules []sarifRule, findings []sarifFinding) error {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}, Invocations: []sarifInvocation{{Successful: true}}}
	run.Tool.Driver = sarifDriver{Name: "wxkeep", Version: version}
	for _, r := range rules {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifDescriptor{ID: r.id, Name: r.name, Short: sarifText{r.text}, Help: sarifText{r.help}})
	}
	for _, f := range findings[:min(len(findings), mostResults)] {
		run.Results = append(run.Results, f.result(rules))
	}
	if more := len(findings) - mostResults; more > 0 {
		run.Invocations[0].Notifications = []sarifNotification{{Level: "error", Message: sarifText{fmt.Sprintf("%d of %d findings are not in this file, which holds the first %d", more, len(findings), mostResults)}}}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}})
}

func (f sarifFinding) result(rules []sarifRule) sarifResult {
	return sarifResult{
		RuleID: f.rule, RuleIndex: slices.IndexFunc(rules, func(r sarifRule) bool { return r.id == f.rule }),
		Level: f.level, Message: sarifText{sarifPlain(f.message)},
		Locations: []sarifLocation{{sarifPhysical{ // GitHub wants one, with a line
			Artifact: sarifArtifact{URI: (&url.URL{Path: f.file}).String()},
			Region:   sarifRegion{StartLine: max(f.line, 1), StartColumn: max(f.column, 1)},
		}}},
	}
}

// sarifPlain returns a text in which nothing is a link and nothing acts: SARIF
// takes [text](target) for a link in plain messages, too.
func sarifPlain(s string) string { return strings.ReplaceAll(Inert(s), "](", "] (") }

// What follows are the objects of SARIF 2.1.0 by the names of its specification.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		ColumnKind  string            `json:"columnKind"`
		Invocations []sarifInvocation `json:"invocations"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string            `json:"name"`
		Version string            `json:"version,omitempty"`
		Rules   []sarifDescriptor `json:"rules"`
	}
	sarifDescriptor struct {
		ID    string    `json:"id"`
		Name  string    `json:"name"`
		Short sarifText `json:"shortDescription"`
		Help  sarifText `json:"help"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level   string    `json:"level"`
		Message sarifText `json:"message"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
)
