package manifests

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

// contents returns the names and texts of the files in dir.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found[e.Name()] = string(text)
	}
	return found
}

func TestAFileIsWrittenWithTheModeItHadThroughALink(t *testing.T) {
	t.Parallel()
	dir := write(t, "-- m.yaml --\nold\n")
	path, link := filepath.Join(dir, "m.yaml"), filepath.Join(dir, "link.yaml")
	if err := errors.Join(os.Chmod(path, 0o640), os.Symlink("m.yaml", link)); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(link, text("new\n")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"m.yaml": "new\n", "link.yaml": "new\n"}, contents(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o640 {
		t.Errorf("mode %v, %v; want -rw-r-----", info.Mode(), err)
	}
	if info, err = os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is one no longer: %v, %v", info.Mode(), err)
	}
}

func TestANewFileIsReadable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "m.yaml")
	if err := WriteFile(path, text("new\n")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != newMode {
		t.Errorf("mode %v, %v; want -rw-r--r--", info.Mode(), err)
	}
}

func TestAWriteThatFailsLeavesWhatWasThere(t *testing.T) {
	t.Parallel()
	dir := write(t, "-- m.yaml --\nold\n")
	full := errors.New("disk full")
	err := WriteFile(filepath.Join(dir, "m.yaml"), func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return full
	})
	if !errors.Is(err, full) {
		t.Errorf("error %v, want that of the disk", err)
	}
	if diff := cmp.Diff(map[string]string{"m.yaml": "old\n"}, contents(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if err := WriteFile(dir, text("new")); err == nil {
		t.Error("a directory was written")
	}
	if err := WriteFile(filepath.Join(dir, "nowhere", "m.yaml"), text("new")); err == nil {
		t.Error("a file was written where there is no directory")
	}
}

func TestAFileThatWasChangedMeanwhileIsNotWritten(t *testing.T) {
	t.Parallel()
	dir := write(t, head+"keep: [a]\n")
	path := filepath.Join(dir, "m.yaml")
	r, err := Rewrite([]string{path}, "brand-main", []Edit{{ID: "b"}})
	if err != nil {
		t.Fatal(err)
	}
	const other = head + "keep: [a, c]\n"
	if err := os.WriteFile(path, []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	want := "write manifest: " + path + " was changed since it was read; nothing is written to it; try again"
	if err := r.Write(); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if diff := cmp.Diff(map[string]string{"m.yaml": other}, contents(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}
