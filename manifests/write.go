package manifests

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

// Write writes the files one after another, each as [Rewritten.Write] does.
// Stopped in between, the manifests are whole and valid, and the same edits
// can be made again.
func (r *Rewriting) Write() error {
	for _, f := range r.Files {
		if err := f.Write(); err != nil {
			return err
		}
	}
	return nil
}

// Write puts the new text in the place of the old one, wholly or not at all.
// It refuses to when the file is no longer as it was read.
func (f Rewritten) Write() error {
	now, err := os.ReadFile(f.Path)
	if err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	if !bytes.Equal(now, f.Before) {
		return fmt.Errorf("write manifest: %s was changed since it was read; nothing is written to it; try again", f.Path)
	}
	return WriteFile(f.Path, func(w io.Writer) error {
		_, err := w.Write(f.After)
		return err
	})
}

// newMode is the mode of a file that was not there. A manifest holds no
// secret.
const newMode = 0o644

// WriteFile makes the file at path what text writes, wholly or not at all: a
// temporary file beside it is synced and then takes its name. A file that was
// there keeps its mode, and a symbolic link still leads to it.
func WriteFile(path string, text func(io.Writer) error) error {
	target, mode, err := destination(path)
	if err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(target), ".wxkeep-*.tmp")
	if err != nil {
		return fmt.Errorf("write manifest %s: %w", path, err)
	}
	err = errors.Join(fill(temp, mode, text), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), target)
	}
	if err != nil {
		return fmt.Errorf("write manifest %s: %w", path, errors.Join(err, os.Remove(temp.Name())))
	}
	return syncDirectory(filepath.Dir(target))
}

// destination returns the file that path leads to, and the mode it is to have.
func destination(path string) (string, fs.FileMode, error) {
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, newMode, nil
	}
	if err != nil {
		return "", 0, err
	}
	info, err := os.Stat(target)
	if err != nil {
		return "", 0, err
	}
	if !info.Mode().IsRegular() {
		return "", 0, fmt.Errorf("%s is not a regular file", path)
	}
	return target, info.Mode().Perm(), nil
}

func fill(temp *os.File, mode fs.FileMode, text func(io.Writer) error) error {
	w := bufio.NewWriter(temp)
	if err := text(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := temp.Chmod(mode); err != nil {
		return err
	}
	return temp.Sync()
}

// syncDirectory makes a rename in dir outlast a crash.
func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}
