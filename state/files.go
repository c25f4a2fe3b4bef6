package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"

	"github.com/bmatcuk/doublestar/v4"

	"wxkeep/state/material"
)

// A FileSearch looks for media_ids and image URLs in local files: the only way
// to see what mass-sent articles, customer-service programs and other
// repositories use. It is a [Searcher] whose errors are [ErrFiles].
type FileSearch struct {
	root     string
	patterns []string

	// Live tells which ids to look for. When it is nil every run of the
	// characters of an id is one that is as long as an id may be (20 to 128):
	// the caller picks those that are live.
	Live func(material.ID) bool
}

// Files returns a search of the files that the patterns name, which are
// relative to the directory root and may hold *, ?, [class], {a,b} and ** for
// any number of directories. Links are followed.
func Files(root string, patterns []string) *FileSearch {
	return &FileSearch{root: root, patterns: patterns}
}

var _ Searcher = (*FileSearch)(nil)

// Place returns [PlaceFiles].
func (s *FileSearch) Place() string { return PlaceFiles }

// Search reads every file as it streams. A pattern that matches no file is an
// error, as is a file that cannot be read: a mistyped path must not look like a
// site that uses nothing.
func (s *FileSearch) Search(ctx context.Context) (Search, error) {
	r := &fileReader{live: s.Live, seen: map[string]bool{}, buf: make([]byte, 64<<10)}
	r.urls.Found = func(key string) { r.use(Use{URL: key}) }
	for _, pattern := range s.patterns {
		if err := s.match(ctx, pattern, r); err != nil {
			return Search{Place: PlaceFiles, Uses: r.uses.List(), Seen: len(r.seen)}, err
		}
	}
	return Search{Place: PlaceFiles, Uses: r.uses.List(), Seen: len(r.seen)}, nil
}

// match reads the files that one pattern names.
func (s *FileSearch) match(ctx context.Context, pattern string, r *fileReader) error {
	if pattern == "" || !doublestar.ValidatePattern(filepath.ToSlash(pattern)) {
		return fmt.Errorf("%w: pattern %q is not well formed; write one such as site/**/*.html", ErrFiles, pattern)
	}
	base, rest := doublestar.SplitPattern(filepath.ToSlash(pattern))
	dir := filepath.FromSlash(base)
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(s.root, dir)
	}
	matches := 0
	visit := func(name string, _ fs.DirEntry) error {
		read, err := r.file(ctx, filepath.Join(dir, filepath.FromSlash(name)), path.Join(base, name))
		if read {
			matches++
		}
		return err
	}
	err := doublestar.GlobWalk(os.DirFS(dir), rest, visit, doublestar.WithFilesOnly(), doublestar.WithFailOnIOErrors())
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("searching files: %w", ctx.Err())
	case errors.Is(err, ErrFiles):
		return err
	case err != nil:
		return fmt.Errorf("%w: pattern %q: %w", ErrFiles, pattern, err)
	case matches == 0:
		return fmt.Errorf("%w: pattern %q matches no file; correct it, or take it out of references", ErrFiles, pattern)
	}
	return nil
}

// A fileReader reads one file after the other.
type fileReader struct {
	live func(material.ID) bool
	seen map[string]bool // by the name shown
	uses Uses
	buf  []byte

	name string // of the file being read
	line int
	urls material.URLFinder
	word []byte // the run of an id's characters being read, no longer than an id may be
	long bool   // it is longer
}

// Runs shorter than this are taken for words of a language or program, unless
// it is known which ids are live. Real ids have 43 or 64 characters.
const plausibleID = 20

// maxPlausible is the most different runs that are kept when it is not known
// which ids are live.
const maxPlausible = 250_000

// file reads a file once, and reports whether it is one: not a pipe or device.
func (r *fileReader) file(ctx context.Context, file, name string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if r.seen[name] {
		return true, nil
	}
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return false, unread(name, err)
	}
	f, err := os.Open(file)
	if err != nil {
		return false, unread(name, err)
	}
	defer func() { _ = f.Close() }()
	r.seen[name], r.name, r.line = true, name, 1
	for {
		n, err := f.Read(r.buf)
		r.lines(r.buf[:n])
		switch {
		case errors.Is(err, io.EOF):
			r.endWord()
			r.urls.Close()
			return true, nil
		case err != nil:
			return true, unread(name, err)
		case ctx.Err() != nil:
			return true, ctx.Err()
		case r.live == nil && r.uses.Len() > maxPlausible:
			return true, fmt.Errorf("%w: more than %d words that may be media_ids, up to %s; name fewer files", ErrFiles, maxPlausible, name)
		}
	}
}

func unread(name string, err error) error {
	if err == nil {
		return nil
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("%w: %s: %w", ErrFiles, name, err)
}

// lines reads a part of the file, and counts its lines on the way: a newline
// ends every id and URL.
func (r *fileReader) lines(part []byte) {
	for len(part) > 0 {
		end := bytes.IndexByte(part, '\n') + 1
		if end == 0 {
			end = len(part)
		}
		_, _ = r.urls.Write(part[:end])
		r.ids(part[:end])
		if part[end-1] == '\n' {
			r.line++
		}
		part = part[end:]
	}
}

// ids finds the runs of an id's characters.
func (r *fileReader) ids(part []byte) {
	for len(part) > 0 {
		end := 0
		for end < len(part) && ofID(part[end]) {
			end++
		}
		n := min(end, material.MaxID-len(r.word))
		r.long = r.long || n < end
		r.word = append(r.word, part[:n]...)
		if end < len(part) {
			r.endWord()
			end++
		}
		part = part[end:]
	}
}

func (r *fileReader) endWord() {
	word, long := r.word, r.long
	r.word, r.long = r.word[:0], false
	if long || len(word) == 0 || r.live == nil && len(word) < plausibleID {
		return
	}
	if id := material.ID(word); r.live == nil || r.live(id) {
		r.use(Use{ID: id})
	}
}

func (r *fileReader) use(u Use) {
	u.Place, u.Where = PlaceFiles, r.name+":"+strconv.Itoa(r.line)
	r.uses.Add(u)
}

func ofID(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}
