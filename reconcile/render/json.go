package render

import (
	"bytes"
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
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(document); err != nil {
		return err
	}
	_, err := w.Write(plan.Escape(b.Bytes()))
	return err
}
