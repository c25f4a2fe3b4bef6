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
		Tool:        findingTool{findingDriver{Name: "wxkeep", Version: p.WxkeepVersion, URI: "https://developers.weixin.qq.com/doc/offiaccount/Asset_Management/Deleting_Permanent_Assets.html", Rules: findingRules(results)}},
		ColumnKind:  "unicodeCodePoints",
		Invocations: []findingInvocation{{Successful: true}},
		Results:     results[:min(len(results), SARIFLimit)],
	}
	if n := len(results) - SARIFLimit; n > 0 {
		run.Invocations[0].Notifications = []findingNotice{{Level: "warning", Message: sarifText{fmt.Sprintf("%d of %d findings had no room in this file", n, len(results))}}}
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
	Short sarifText    `json:"shortDescription"`
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
	Level   string    `json:"level"`
	Message sarifText `json:"message"`
}

type sarifText struct {
	Text string `json:"text"`
}
