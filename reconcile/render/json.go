package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"

	"wxkeep/reconcile/plan"
)

// JSON writes the plan as its file, digest included.
func JSON(w io.Writer, p *plan.Plan) error {
	b := bufio.NewWriterSize(w, 64<<10)
	if err := p.Write(b); err != nil {
		return err
	}
	return b.Flush()
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
