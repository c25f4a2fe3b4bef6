package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
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
	return writeThrough(path, mode, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// writeThrough is writeMode for what content writes, piece by piece.
func writeThrough(path string, mode fs.FileMode, content func(io.Writer) error) error {
	write := replace
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		write = fill
	}
	if err := write(path, mode, content); err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			err = e.Err // its path may be that of the temporary file
		}
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// fill writes into what is there, once all of it is known.
func fill(path string, mode fs.FileMode, content func(io.Writer) error) error {
	var b bytes.Buffer
	if err := content(&b); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), mode)
}

func replace(path string, mode fs.FileMode, content func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 64<<10)
	if err = content(w); err == nil {
		err = w.Flush()
	}
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
