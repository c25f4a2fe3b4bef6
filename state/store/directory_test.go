package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOpenDirectory(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		files map[string]string
		want  string // in the error; empty for none
	}{
		{name: "an absent directory may become a ledger"},
		{name: "a fresh volume may become a ledger", files: map[string]string{"lost+found/x": ""}},
		{name: "what a writer killed at its first write left is no hindrance", files: map[string]string{".tmp/123": "", ".lock": ""}},
		{name: "a ledger is opened", files: map[string]string{"wxkeep": `{"wxkeep_ledger": 1}`, "a": ""}},
		{name: "a directory of other things is refused", files: map[string]string{"notes.txt": ""}, want: "no ledger"},
		{name: "a directory of hidden things is refused", files: map[string]string{".ssh/key": ""}, want: "no ledger"},
		{name: "a directory that has the marker's name is none", files: map[string]string{"wxkeep/x": ""}, want: "no ledger"},
		{name: "another format is refused", files: map[string]string{"wxkeep": `{"wxkeep_ledger": 2}`}, want: "format 2"},
		{name: "a broken marker is refused", files: map[string]string{"wxkeep": ``}, want: "not one of wxkeep's"},
		{name: "a marker of something else is refused", files: map[string]string{"wxkeep": `{}`}, want: "not one of wxkeep's"},
		{name: "a bucket's copy with generations is refused", files: map[string]string{"wxkeep": `{"wxkeep_ledger":1,"generations":true}`}, want: "forbid-overwrite-header"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			root := filepath.Join(t.TempDir(), "state")
			for name, content := range tt.files {
				write(t, filepath.Join(root, name), content)
			}
			s, err := Open(t.Context(), root, Options{})
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("Open() = %v, want an error with %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			put(t, s, "b", "", IfAbsent)
			open(t, root)
		})
	}
}

func TestOpeningADirectoryMakesNothing(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "deep", "state")
	s := open(t, root)
	if keys, err := s.List(t.Context(), ""); err != nil || len(keys) > 0 {
		t.Errorf("List() = %q, %v", keys, err)
	}
	if _, _, err := s.Get(t.Context(), "a"); !errors.Is(err, ErrNotExist) {
		t.Errorf("Get() = %v, want ErrNotExist", err)
	}
	if _, err := os.Stat(filepath.Dir(root)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stat() = %v, want that nothing was made", err)
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "deep", "state")
	s := open(t, "file://"+root)
	put(t, s, "a/b", "", IfAbsent)
	put(t, s, "c", "", Always)
	got := map[string]string{}
	err := filepath.WalkDir(filepath.Dir(root), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		name, _ := filepath.Rel(root, path)
		got[name] = info.Mode().String()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"..": "drwx------", ".": "drwx------", ".tmp": "drwx------", "a": "drwx------",
		"wxkeep": "-rw-------", ".lock": "-rw-------", "a/b": "-rw-------", "c": "-rw-------",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("modes (-want +got):\n%s", diff)
	}
}

func TestWhatDeadWritersLeftIsSweptWhenOld(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "state")
	put(t, open(t, root), "a", "", Always)
	for name, age := range map[string]time.Duration{"new": tempLife / 2, "old": 2 * tempLife} {
		path := filepath.Join(root, tempName, name)
		write(t, path, "half of")
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, root)
	put(t, s, "a", "", Always)
	left, err := os.ReadDir(filepath.Join(root, tempName))
	if err != nil || len(left) != 1 || left[0].Name() != "new" {
		t.Errorf("left are %v, %v; want the new one", left, err)
	}
	if keys, err := s.List(t.Context(), ""); err != nil || !cmp.Equal(keys, []string{"a"}) {
		t.Errorf("List() = %q, %v", keys, err)
	}
}

func TestAVanishedDirectoryIsNotMadeAnew(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "state")
	s := open(t, root)
	put(t, s, "a", "", Always)
	if err := os.RemoveAll(root); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(t.Context(), "b/c", nil, Always); err == nil || !strings.Contains(err.Error(), "vanished") {
		t.Errorf("Put() = %v, want that it has vanished", err)
	}
	if _, err := os.Stat(root); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stat() = %v, want that nothing is there", err)
	}
}

// Where there are no hard links, IfAbsent goes the way of the others.
func TestCreatingWithoutHardLinks(t *testing.T) {
	t.Parallel()
	d := open(t, filepath.Join(t.TempDir(), "state")).(*Directory)
	if err := d.prepare(); err != nil {
		t.Fatal(err)
	}
	create := func() error {
		temp, err := d.writeTemp([]byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		return d.replace(t.Context(), temp, d.path("a"), IfAbsent)
	}
	if err := create(); err != nil {
		t.Error(err)
	}
	if err := create(); !errors.Is(err, ErrConflict) {
		t.Errorf("replace() = %v, want ErrConflict", err)
	}
}

func TestALockHeldByAnotherIsWaitedForUntilCancelled(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "state")
	s := open(t, root)
	put(t, s, "a", "1", Always)
	unlock, err := lock(t.Context(), filepath.Join(root, lockName))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Put(ctx, "a", []byte("2"), Always); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Put() = %v, want context.DeadlineExceeded", err)
	}
	unlock()
	put(t, s, "a", "3", Always)
}

func TestExplain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"a full disk", &fs.PathError{Op: "write", Path: "/s/.tmp/1", Err: syscall.ENOSPC}, "write: no space left on device: make room there; the object is as it was before"},
		{"a used-up quota", &fs.PathError{Op: "sync", Path: "/s/.tmp/1", Err: syscall.EDQUOT}, "sync: disk quota exceeded: make room there; the object is as it was before"},
		{"a read-only file system", &fs.PathError{Op: "open", Path: "/s/.tmp/1", Err: syscall.EROFS}, "open: read-only file system: the state directory must be this user's to read and write"},
		{"a foreign directory", &fs.PathError{Op: "open", Path: "/s/.tmp/1", Err: syscall.EACCES}, "open: permission denied: the state directory must be this user's to read and write"},
		{"a mount within", &os.LinkError{Op: "rename", Old: "/s/.tmp/1", New: "/s/a", Err: syscall.EXDEV}, "rename: invalid cross-device link: the state directory must lie within one file system"},
	}
	for _, tt := range tests {
		if got := explain(tt.err); got.Error() != tt.want || !errors.Is(got, errors.Unwrap(tt.err)) {
			t.Errorf("%s: explain() = %q, want %q", tt.name, got, tt.want)
		}
	}
}

// writeTooMuch runs in a child process whose files may have 100,000 bytes. To
// the writer that is a disk that fills up in the middle of a file.
func writeTooMuch(location string) error {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 100_000, Max: 100_000}); err != nil {
		return err
	}
	s, err := Open(context.Background(), location, Options{})
	if err != nil {
		return err
	}
	for _, c := range []Condition{Always, IfAbsent, IfVersion(contentVersion([]byte("before")))} {
		key := "replaced"
		if c == IfAbsent {
			key = "created"
		}
		_, err := s.Put(context.Background(), key, make([]byte, 150_000), c)
		if !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), "make room") {
			return fmt.Errorf("Put(%s) = %w, want that there is no room", c, err)
		}
	}
	_, err = s.Put(context.Background(), "small", []byte("fits"), IfAbsent)
	return err
}

func TestAFullDiskLeavesNothingHalfWritten(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "state")
	s := open(t, root)
	put(t, s, "replaced", "before", Always)
	if out, err := child(t.Context(), t, "write a large file", root).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if keys, err := s.List(t.Context(), ""); err != nil || !cmp.Equal(keys, []string{"replaced", "small"}) {
		t.Errorf("List() = %q, %v", keys, err)
	}
	if content, _ := get(t, s, "replaced"); content != "before" {
		t.Errorf("the object is %d bytes, want it as before", len(content))
	}
	if left, err := os.ReadDir(filepath.Join(root, tempName)); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}

// writeUnprivileged runs in a child process that is not the super-user, for
// whom nothing is read-only.
func writeUnprivileged(location string) error {
	if os.Getuid() == 0 {
		if err := syscall.Setuid(65534); err != nil {
			return err
		}
	}
	s, err := Open(context.Background(), location, Options{})
	if err != nil {
		return err
	}
	if data, _, err := s.Get(context.Background(), "a"); err != nil || string(data) != "before" {
		return fmt.Errorf("Get() = %q, %w", data, err)
	}
	_, err = s.Put(context.Background(), "a", nil, Always)
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "must be this user's") {
		return fmt.Errorf("Put() = %w, want that it is read-only", err)
	}
	return nil
}

func TestAReadOnlyDirectoryIsReadAndSaysSo(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	root := filepath.Join(parent, "state")
	put(t, open(t, root), "a", "before", Always)
	for path, mode := range map[string]os.FileMode{filepath.Dir(parent): 0o755, parent: 0o755, root: 0o555, root + "/.tmp": 0o555, root + "/a": 0o444, root + "/wxkeep": 0o444} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = os.Chmod(root, 0o700); _ = os.Chmod(root+"/.tmp", 0o700) })
	if out, err := child(t.Context(), t, "write unprivileged", root).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
