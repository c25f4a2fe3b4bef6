package cli

import (
	"github.com/spf13/cobra"

	"wxkeep/manifests"
)

func (r *run) schema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "print the JSON Schema of the manifest, for editors",
		Long: `schema prints the JSON Schema (2020-12) of a manifest, account document or part.
An editor with a YAML language server then completes keys, explains them, and
marks mistakes while they are written. Save it beside the manifests and name it
in the first line of each:

  # yaml-language-server: $schema=wxkeep.schema.json

What a schema cannot say, such as that an id is listed twice, validate finds.

` + plainStatus,
		Example: "  wxkeep schema > wxkeep.schema.json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := r.Stdout.Write(manifests.Schema())
			return err
		},
	}
}
