package manifests

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheExamplesAreAsAnEditorWantsThem holds that each example's manifest names
// the schema that lies beside, fits it, and is in its form.
func TestTheExamplesAreAsAnEditorWantsThem(t *testing.T) {
	t.Parallel()
	s, found := compiled(t, Schema()), 0
	err := filepath.WalkDir("../examples", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(text, []byte("\napiVersion: wxkeep/")) && !bytes.HasPrefix(text, []byte("apiVersion: wxkeep/")) {
			return err
		}
		found++
		line, _, _ := strings.Cut(string(text), "\n")
		named, ok := strings.CutPrefix(line, "# yaml-language-server: $schema=")
		if !ok || filepath.Join(filepath.Dir(path), filepath.FromSlash(named)) != filepath.FromSlash(publishedSchema) {
			t.Errorf("%s: the first line is %q; it has to name %s, relative to the file", path, line, publishedSchema)
		}
		for _, document := range values(t, string(text)) {
			if err := s.Validate(document); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		if after, err := FormatText(path, text, false); err != nil || !bytes.Equal(text, after) {
			t.Errorf("%s is not in its form, wxkeep fmt mends it: %v", path, err)
		}
		return nil
	})
	if err != nil || found == 0 {
		t.Errorf("%d manifests, %v", found, err)
	}
}
