package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/reconcile/plan"
)

// written is the document of problems as SARIF, decoded.
func written(t *testing.T, problems ...plan.Problem) sarifRun {
	t.Helper()
	var b bytes.Buffer
	if err := ProblemsSARIF(&b, plan.Problems{Problems: problems}, "v1.2.3"); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsFunc(b.String(), func(r rune) bool { return r != '\n' && acts(r) }) {
		t.Errorf("something acts in:\n%s", b.String())
	}
	var log sarifLog
	d := json.NewDecoder(&b)
	d.DisallowUnknownFields()
	if err := d.Decode(&log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 {
		t.Fatalf("version %s with %d runs", log.Version, len(log.Runs))
	}
	return log.Runs[0]
}

func TestProblemsStandAtTheirLines(t *testing.T) {
	t.Parallel()
	got := written(t,
		plan.Problem{Position: "m.yaml:3:8", Message: `keep: media_id "a b" has ' ' at character 2`, File: "素 材/m.yaml", Line: 3, Column: 8},
		plan.Problem{Position: "m.yaml", Message: "cannot be read: no such file or directory", File: "m.yaml"},
		plan.Problem{Message: "no manifest: there is no wxkeep.yaml here"},
		plan.Problem{Message: "see [this](http://example.com)\u202e\x1b[31m", File: "a:b.yaml", Line: 1, Column: 1},
	)
	at := func(uri string, line, column int) []sarifLocation {
		return []sarifLocation{{sarifPhysical{sarifArtifact{uri}, sarifRegion{line, column}}}}
	}
	result := func(message string, at []sarifLocation) sarifResult {
		return sarifResult{RuleID: "manifest-mistake", Level: "error", Message: sarifText{message}, Locations: at}
	}
	want := sarifRun{
		Tool: sarifTool{sarifDriver{Name: "wxkeep", Version: "v1.2.3", Rules: []sarifDescriptor{{
			ID: "manifest-mistake", Name: "ManifestMistake", Short: sarifText{manifestMistake.text}, Help: sarifText{manifestMistake.help},
		}}}},
		ColumnKind: "unicodeCodePoints", Invocations: []sarifInvocation{{Successful: true}},
		Results: []sarifResult{
			result(`keep: media_id "a b" has ' ' at character 2`, at("%E7%B4%A0%20%E6%9D%90/m.yaml", 3, 8)),
			result("cannot be read: no such file or directory", at("m.yaml", 1, 1)),
			result("no manifest: there is no wxkeep.yaml here", at("wxkeep.yaml", 1, 1)),
			result(`see [this] (http://example.com)\u202e\x1b[31m`, at("./a:b.yaml", 1, 1)),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("run (-want +got):\n%s", diff)
	}
}

func TestSARIFOfProblemsHoldsWhatGitHubTakesAndCountsTheRest(t *testing.T) {
	t.Parallel()
	for _, over := range []int{0, 1} {
		problems := make([]plan.Problem, mostResults+over)
		for i := range problems {
			problems[i] = plan.Problem{Message: fmt.Sprint(i), File: "m.yaml", Line: i + 1, Column: 1}
		}
		run := written(t, problems...)
		var want []sarifNotification
		if over > 0 {
			want = []sarifNotification{{"error", sarifText{"1 of 25001 findings are not in this file, which holds the first 25000"}}}
		}
		if diff := cmp.Diff(want, run.Invocations[0].Notifications); diff != "" || len(run.Results) != mostResults {
			t.Errorf("%d results; notifications (-want +got):\n%s", len(run.Results), diff)
		}
	}
	if run := written(t); run.Results == nil {
		t.Error("without a problem there is no list of results, which says that there was no search")
	}
}
