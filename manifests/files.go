package manifests

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxFile is the most bytes that a manifest may have. A list of 100,000
// media_ids, the most an account can hold, takes 5 MB, with names and reasons
// about 15 MB.
const maxFile = 64 << 20

// path reads the file or directory that a PATH names.
func (l *loader) path(path string) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		l.problems.add(Position{File: path}, "cannot be read: %v", cause(err))
	case !info.IsDir():
		l.read(path)
	case !l.directory(path):
		l.problems.add(Position{File: path}, "holds no manifest (*.yaml, *.yml)")
	}
}

// directory reads the manifests in path and below it, and reports whether
// there is one.
//
// Symbolic links are followed: a keep list must not vanish unnoticed, and it
// is how a Kubernetes ConfigMap is mounted.
func (l *loader) directory(path string) bool {
	name, err := realPath(path)
	if err == nil && l.walked[name] {
		return true
	}
	l.walked[name] = true
	entries, err := os.ReadDir(path) // sorted by name
	if err != nil {
		l.problems.add(Position{File: path}, "cannot be read: %v", cause(err))
		return true
	}
	found := false
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), ".") && l.entry(filepath.Join(path, entry.Name())) {
			found = true
		}
	}
	return found
}

// entry reads one thing that a directory holds, and reports whether it is or
// holds a manifest.
func (l *loader) entry(path string) bool {
	ext := filepath.Ext(path)
	manifest := ext == ".yaml" || ext == ".yml"
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return l.directory(path)
	case !manifest:
		return false
	case err != nil:
		l.problems.add(Position{File: path}, "cannot be read: %v", cause(err))
	case !info.Mode().IsRegular():
		l.problems.add(Position{File: path}, "cannot be read: not a regular file")
	default:
		l.read(path)
	}
	return true
}

// read reads the file at path, unless it was met before. What is wrong with it
// is reported once, whoever names it.
func (l *loader) read(path string) *file {
	f := &file{path: path}
	text, err := l.open(f)
	if known := l.met[f.real]; known != nil {
		return known
	}
	l.met[f.real] = f
	l.files = append(l.files, f)
	if err != nil {
		l.problems.add(Position{File: path}, "%v", err)
		return f
	}
	if !l.opts.Pack {
		f.text = text // for who writes it again
	}
	l.decode(f, text)
	return f
}

// open returns the bytes of f, or nothing when it was met before.
func (l *loader) open(f *file) ([]byte, error) {
	var err error
	if f.real, err = realPath(f.path); err != nil {
		f.real = f.path
		return nil, fmt.Errorf("cannot be read: %w", cause(err))
	}
	if l.met[f.real] != nil {
		return nil, nil
	}
	if text, ok := l.instead[f.real]; ok {
		if int64(len(text)) > l.limit {
			return nil, tooLarge(l.limit)
		}
		return text, nil
	}
	return readFile(f.path, l.limit)
}

// readFile reads at most limit bytes: the size is looked at first, and not
// trusted.
func readFile(path string, limit int64) ([]byte, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", cause(err))
	}
	defer func() { _ = r.Close() }()
	info, err := r.Stat()
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", cause(err))
	}
	if info.Mode().IsRegular() && info.Size() > limit {
		return nil, tooLarge(limit)
	}
	var text bytes.Buffer
	if info.Mode().IsRegular() {
		text.Grow(int(info.Size()) + bytes.MinRead) // or reading would double it again and again
	}
	if _, err := text.ReadFrom(io.LimitReader(r, limit+1)); err != nil {
		return nil, fmt.Errorf("cannot be read: %w", cause(err))
	}
	if int64(text.Len()) > limit {
		return nil, tooLarge(limit)
	}
	return text.Bytes(), nil
}

func tooLarge(limit int64) error {
	return fmt.Errorf("has more than the %d bytes that a manifest may have; split the keep list into parts", limit)
}

// realPath returns one name for a file, however it is spelt.
func realPath(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

// cause drops the operation and the path, which a Position already says.
func cause(err error) error {
	var perr *fs.PathError
	if errors.As(err, &perr) {
		return perr.Err
	}
	return err
}
