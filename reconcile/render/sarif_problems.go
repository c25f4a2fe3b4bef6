package render

import (
	"cmp"
	"io"

	"wxkeep/reconcile/plan"
)

// manifestMistake is the one rule of what validate finds.
var manifestMistake = sarifRule{
	id: "manifest-mistake", name: "ManifestMistake",
	text: "The manifest has a mistake, and nothing is deleted before it is mended.",
	help: "An entry that is not understood would be a deletion too many, so a manifest with a mistake is refused as a whole. wxkeep validate finds all mistakes at once; wxkeep schema has the format.",
}

// ProblemsSARIF writes the mistakes of manifests as SARIF 2.1.0, each at its
// line. One that is in no file stands in the manifest that is read by default.
func ProblemsSARIF(w io.Writer, doc plan.Problems, version string) error {
	const defaultFile = "wxkeep.yaml"
	var findings []sarifFinding
	for _, p := range doc.Problems {
		findings = append(findings, sarifFinding{
			rule: manifestMistake.id, level: "error", message: p.Message,
			file: cmp.Or(p.File, defaultFile), line: p.Line, column: p.Column,
		})
	}
	return sarif(w, version, []sarifRule{manifestMistake}, findings)
}
