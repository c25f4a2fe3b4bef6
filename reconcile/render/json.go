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

// Document writes any other document: problems, a history, an explanation, a
// restoration.
func Document(w io.Writer, document any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(document)
}
