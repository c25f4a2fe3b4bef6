package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// Names that a Directory keeps for itself, in its root.
const (
	tempName = ".tmp"  // a directory: files that are not whole yet
	lockName = ".lock" // held while an object is compared and replaced
)

// A Directory is a store in a local directory, or on a network file system
// that has locks. Directories are made with mode 0700 and files with 0600.
//
// A version is the SHA-256 of the content. On a file system that ignores case,
// keys that differ only in case are one.
type Directory struct {
	root string

	mu   sync.Mutex
	made bool // whether the directory and its marker are known to be there
}

func openDirectory(path string) (*Directory, error) {
	root, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("state directory %s: %w", path, err)
	}
	d := &Directory{root: root}
	if _, err := d.findMarker(); err != nil {
		return nil, fmt.Errorf("%s: %w", d, explain(err))
	}
	return d, nil
}

// String returns the directory's absolute path.
func (d *Directory) String() string { return d.root }

// Get returns an object and its version, or ErrNotExist.
func (d *Directory) Get(ctx context.Context, key string) ([]byte, string, error) {
	if err := errors.Join(checkKey(key), ctx.Err()); err != nil {
		return nil, "", fmt.Errorf("%s: get: %w", d, err)
	}
	data, err := read(d.path(key))
	if err != nil {
		return nil, "", fmt.Errorf("%s: get %q: %w", d, key, explain(err))
	}
	return data, contentVersion(data), nil
}

// List returns the keys that begin with prefix, sorted.
func (d *Directory) List(ctx context.Context, prefix string) ([]string, error) {
	if err := checkPrefix(prefix); err != nil {
		return nil, fmt.Errorf("%s: list: %w", d, err)
	}
	var keys []string
	start := d.path(prefix[:strings.LastIndex(prefix, "/")+1])
	err := filepath.WalkDir(start, func(path string, entry fs.DirEntry, err error) error {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		relative, err := filepath.Rel(d.root, path)
		if err != nil {
			return err
		}
		key := filepath.ToSlash(relative)
		switch {
		case entry.IsDir() && path != start && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.Type().IsRegular() && strings.HasPrefix(key, prefix) && checkKey(key) == nil:
			keys = append(keys, key)
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		return nil, fmt.Errorf("%s: list %q: %w", d, prefix, explain(err))
	}
	slices.Sort(keys)
	return keys, nil
}

func (d *Directory) path(key string) string {
	return filepath.Join(d.root, filepath.FromSlash(key))
}

// read returns a file, or ErrNotExist, also where a directory is in its place
// or a file in the place of a directory above it.
func read(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ENOTDIR) {
		return nil, ErrNotExist
	}
	return data, err
}

func contentVersion(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// explain cuts the path, which the error around it names already, from an
// error of the file system, and adds what to do.
func explain(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = fmt.Errorf("%s: %w", path.Op, path.Err)
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		err = fmt.Errorf("%s: %w", link.Op, link.Err)
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return fmt.Errorf("%w: make room there; the object is as it was before", err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w: the state directory must be this user's to read and write", err)
	case errors.Is(err, syscall.EXDEV):
		return fmt.Errorf("%w: the state directory must lie within one file system", err)
	}
	return err
}
