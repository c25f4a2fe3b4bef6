package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// A temporary file as old as this was left by a writer that died.
const tempLife = 24 * time.Hour

// prepare makes the directory and its marker, once.
func (d *Directory) prepare() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.made {
		return nil
	}
	found, err := d.findMarker()
	if err != nil {
		return err
	}
	if err := makeDirectory(filepath.Join(d.root, tempName)); err != nil {
		return err
	}
	if !found {
		err = d.writeMarker()
	}
	if err == nil {
		err = d.sweep()
	}
	d.made = err == nil
	return err
}

// findMarker tells whether the marker is there. It refuses a directory that
// holds something and no marker, and a ledger of another format. A directory
// that is absent or empty may become a ledger.
func (d *Directory) findMarker() (bool, error) {
	data, err := read(d.path(markerKey))
	if err == nil {
		return true, marker{}.check(data)
	}
	if !errors.Is(err, ErrNotExist) {
		return false, err
	}
	entries, err := os.ReadDir(d.root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case errors.Is(err, syscall.ENOTDIR):
		return false, errors.New("it is a file: name a directory")
	case err != nil:
		return false, err
	}
	for _, entry := range entries {
		switch name := entry.Name(); {
		case name == tempName, name == lockName, name == "lost+found": // the last one is in every fresh volume
		case name == markerKey && entry.Type().IsRegular(): // another process made it just now
			return d.findMarker()
		default:
			return false, errNoMarker
		}
	}
	return false, nil
}

// writeMarker makes the marker, unless another process just did.
func (d *Directory) writeMarker() error {
	temp, err := d.writeTemp(marker{}.encode())
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp) }()
	path := d.path(markerKey)
	if err := os.Link(temp, path); err != nil && !errors.Is(err, fs.ErrExist) {
		// No hard links here. All markers are alike, so replacing does no harm.
		if err := os.Rename(temp, path); err != nil {
			return err
		}
	}
	return syncDirectory(d.root)
}

// sweep removes the temporary files that dead writers left.
func (d *Directory) sweep() error {
	temps, err := os.ReadDir(filepath.Join(d.root, tempName))
	if err != nil {
		return err
	}
	for _, temp := range temps {
		info, err := temp.Info()
		if err != nil || time.Since(info.ModTime()) < tempLife {
			continue // gone meanwhile, or a writer's at work
		}
		if err := os.Remove(filepath.Join(d.root, tempName, temp.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a left-over file: %w", err)
		}
	}
	return nil
}

// makeDirectory makes a directory and those above it, and sees to it that they
// outlive a crash of the machine.
func makeDirectory(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return &fs.PathError{Op: "mkdir", Path: path, Err: syscall.ENOTDIR}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	parent := filepath.Dir(path)
	if err := makeDirectory(parent); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDirectory(parent)
}
