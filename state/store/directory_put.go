package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Put writes an object on a condition, and returns its version, or
// ErrConflict.
func (d *Directory) Put(ctx context.Context, key string, data []byte, c Condition) (string, error) {
	if err := errors.Join(checkKey(key), ctx.Err()); err != nil {
		return "", fmt.Errorf("%s: put: %w", d, err)
	}
	if err := d.prepare(); err != nil {
		return "", fmt.Errorf("%s: %w", d, explain(err))
	}
	if err := d.put(ctx, key, data, c); err != nil {
		return "", fmt.Errorf("%s: put %q: %w", d, key, explain(err))
	}
	return contentVersion(data), nil
}

func (d *Directory) put(ctx context.Context, key string, data []byte, c Condition) error {
	// First of all, for it fails when the whole directory has vanished, which
	// must not be made anew.
	temp, err := d.writeTemp(data)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp) }() // fails once it was renamed
	path := d.path(key)
	if err := makeDirectory(filepath.Dir(path)); err != nil {
		return err
	}
	if c == IfAbsent {
		err = d.create(ctx, temp, path)
	} else {
		err = d.replace(ctx, temp, path, c)
	}
	if err != nil {
		return err
	}
	return syncDirectory(filepath.Dir(path))
}

// writeTemp writes a file that nobody looks for, and syncs it.
func (d *Directory) writeTemp(data []byte) (path string, err error) {
	f, err := os.CreateTemp(filepath.Join(d.root, tempName), "")
	if errors.Is(err, fs.ErrNotExist) {
		return "", errors.New("the state directory has vanished; stop, and bring it back")
	}
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// create gives the file its name if nothing has that name.
func (d *Directory) create(ctx context.Context, temp, path string) error {
	err := os.Link(temp, path)
	switch {
	case err == nil || sameFile(temp, path): // NFS may answer "exists" to its own retry
		return nil
	case errors.Is(err, fs.ErrExist):
		return ErrConflict
	}
	// A file system without hard links: FAT, some network and user-space ones.
	return d.replace(ctx, temp, path, IfAbsent)
}

// replace gives the file its name on a condition, while no other writer does.
// Always takes the lock too: it must not come between another's look and leap.
func (d *Directory) replace(ctx context.Context, temp, path string, c Condition) error {
	unlock, err := lock(ctx, filepath.Join(d.root, lockName))
	if err != nil {
		return err
	}
	defer unlock()
	if err := holds(c, path); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

// holds returns ErrConflict when the condition does not hold for a file.
func holds(c Condition, path string) error {
	if c == Always {
		return nil
	}
	want, isVersion := c.version()
	if c != IfAbsent && !isVersion {
		return fmt.Errorf("%q is no condition", c)
	}
	data, err := read(path)
	absent := errors.Is(err, ErrNotExist)
	switch {
	case err != nil && !absent:
		return err
	case c == IfAbsent && absent, isVersion && !absent && contentVersion(data) == want:
		return nil
	}
	return ErrConflict
}

func sameFile(a, b string) bool {
	x, errX := os.Lstat(a)
	y, errY := os.Lstat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}
