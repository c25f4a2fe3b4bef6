package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// writeFile puts b into path at once or not at all: a full disk leaves what was
// there before. What is no regular file, such as a pipe, is written to and never
// replaced.
func writeFile(path string, b []byte) error { return writeMode(path, b, 0o600) }

// writeMode is writeFile for a file of another mode.
func writeMode(path string, b []byte, mode fs.FileMode) error {
	write := replace
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		write = os.WriteFile
	}
	if err := write(path, b, mode); err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			err = e.Err // its path may be that of the temporary file
		}
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func replace(path string, b []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
