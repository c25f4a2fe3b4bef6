package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A fault is what befalls one operation of a memory store.
type fault int

const (
	none fault = iota
	fail       // an error, and no effect
	lose       // an error, although it had its effect
)

var errFault = errors.New("connection reset")

// memory is a store in memory, of which operations can be made to fail.
type memory struct {
	mu      sync.Mutex
	objects map[string][]byte
	writes  map[string]int // versions
	ops     []string
	faults  func(op int, what string) fault // nil for none; op counts from 0
}

func newMemory() *memory {
	return &memory{objects: map[string][]byte{}, writes: map[string]int{}}
}

// do counts an operation and has its effect, unless a fault befalls it.
func (m *memory) do(ctx context.Context, what, key string, effect func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	f := none
	if m.faults != nil {
		f = m.faults(len(m.ops), what+" "+key)
	}
	m.ops = append(m.ops, what+" "+key)
	if f == fail {
		return errFault
	}
	if err := effect(); err != nil {
		return fmt.Errorf("%s %s: %w", what, key, err)
	}
	if f == lose {
		return errFault
	}
	return nil
}

func (m *memory) version(key string) string { return fmt.Sprint(m.writes[key]) }

func (m *memory) set(key string, data []byte) {
	m.objects[key] = bytes.Clone(data)
	m.writes[key]++
}

func (m *memory) Get(ctx context.Context, key string) (data []byte, version string, err error) {
	err = m.do(ctx, "get", key, func() error {
		there, ok := m.objects[key]
		if !ok {
			return fs.ErrNotExist
		}
		data, version = bytes.Clone(there), m.version(key)
		return nil
	})
	return data, version, err
}

func (m *memory) Create(ctx context.Context, key string, data []byte) (version string, err error) {
	err = m.do(ctx, "create", key, func() error {
		if _, ok := m.objects[key]; ok {
			return fs.ErrExist
		}
		m.set(key, data)
		version = m.version(key)
		return nil
	})
	return version, err
}

func (m *memory) Replace(ctx context.Context, key string, data []byte, old string) (version string, err error) {
	err = m.do(ctx, "replace", key, func() error {
		if _, ok := m.objects[key]; !ok {
			return fs.ErrNotExist
		}
		if m.version(key) != old {
			return fs.ErrExist
		}
		m.set(key, data)
		version = m.version(key)
		return nil
	})
	return version, err
}

func (m *memory) Put(ctx context.Context, key string, data []byte) (version string, err error) {
	err = m.do(ctx, "put", key, func() error {
		m.set(key, data)
		version = m.version(key)
		return nil
	})
	return version, err
}

func (m *memory) List(ctx context.Context, prefix string) (keys []string, err error) {
	err = m.do(ctx, "list", prefix, func() error {
		for key := range m.objects {
			if strings.HasPrefix(key, prefix) {
				keys = append(keys, key)
			}
		}
		return nil
	})
	return keys, err
}

// copied is a store with the same objects, and no faults.
func (m *memory) copied() *memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &memory{objects: maps.Clone(m.objects), writes: maps.Clone(m.writes)}
}

func (m *memory) befall(faults func(op int, what string) fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults, m.ops = faults, nil
}

func (m *memory) keys() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.objects))
}

// directory is a store in a directory, for one process.
type directory struct {
	mu   sync.Mutex
	root string
}

func (d *directory) path(key string) string { return filepath.Join(d.root, filepath.FromSlash(key)) }

func (d *directory) Get(_ context.Context, key string) ([]byte, string, error) {
	data, err := os.ReadFile(d.path(key))
	return data, digest(data), err
}

func (d *directory) write(key string, data []byte, may func(version string, err error) error) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, version, err := d.Get(context.Background(), key)
	if err := may(version, err); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(d.path(key)), 0o700); err != nil {
		return "", err
	}
	temp := filepath.Join(d.root, ".temp")
	if err := os.WriteFile(temp, data, 0o600); err != nil {
		return "", err
	}
	return digest(data), os.Rename(temp, d.path(key))
}

func (d *directory) Create(_ context.Context, key string, data []byte) (string, error) {
	return d.write(key, data, func(_ string, err error) error {
		if err == nil {
			return fs.ErrExist
		}
		return nil
	})
}

func (d *directory) Replace(_ context.Context, key string, data []byte, old string) (string, error) {
	return d.write(key, data, func(version string, err error) error {
		if err == nil && version != old {
			return fs.ErrExist
		}
		return err
	})
}

func (d *directory) Put(_ context.Context, key string, data []byte) (string, error) {
	return d.write(key, data, func(string, error) error { return nil })
}

func (d *directory) List(_ context.Context, prefix string) ([]string, error) {
	var keys []string
	err := filepath.WalkDir(d.root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		key, err := filepath.Rel(d.root, path)
		if key = filepath.ToSlash(key); !e.IsDir() && strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
		return err
	})
	return keys, err
}

// onEveryStore runs a test on each kind of store. alter overwrites an object, or
// removes it when data is nil, as nothing that goes through a Store can.
func onEveryStore(t *testing.T, test func(t *testing.T, s Store, alter func(key string, data []byte))) {
	t.Run("in memory", func(t *testing.T) {
		t.Parallel()
		m := newMemory()
		test(t, m, func(key string, data []byte) {
			if m.set(key, data); data == nil {
				delete(m.objects, key)
			}
		})
	})
	t.Run("in a directory", func(t *testing.T) {
		t.Parallel()
		d := &directory{root: t.TempDir()}
		test(t, d, func(key string, data []byte) {
			err := os.Remove(d.path(key))
			if data != nil {
				err = os.WriteFile(d.path(key), data, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		})
	})
}
