package render

import (
	"fmt"
	"io"

	"wxkeep/reconcile/plan"
)

// GitLab writes how many materials the plan deletes as a report of GitLab's type
// terraform, which shows it in the merge request. Nothing is ever created or
// updated. GitLab reads three numbers and no text; it shows those over 999,999 as
// that.
//
// Source: docs.gitlab.com, Terraform integration in merge requests; the reader is
// lib/gitlab/ci/parsers/terraform/tfplan.rb.
func GitLab(w io.Writer, p *plan.Plan) error {
	_, err := fmt.Fprintf(w, "{\"create\":0,\"update\":0,\"delete\":%d}\n", p.Deletions())
	return err
}
