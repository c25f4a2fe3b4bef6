package render

import (
	"encoding/json"
	"io"

	"wxkeep/reconcile/plan"
)

// JSON writes the plan as its file, digest included.
func JSON(w io.Writer, p *plan.Plan) error {
	b, err := p.Encode()
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// ProblemsJSON writes the document of validate.
func ProblemsJSON(w io.Writer, p plan.Problems) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(p)
}
