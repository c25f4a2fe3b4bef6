package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// format is the version of every JSON object. Readers ignore unknown fields and
// refuse another version.
const format = 1

// tries is how often a write is repeated when another one came before it.
const tries = 8

// Corrupt means that an object of the ledger is missing, altered or cut. What it
// said is not guessed.
type Corrupt struct {
	Key     string // the object's key in the store
	Problem string
}

func (e *Corrupt) Error() string {
	return fmt.Sprintf("corrupt ledger: %s: %s; %s", e.Key, e.Problem, e.advice())
}

// advice says what to do next, and what it costs if there is no copy.
func (e *Corrupt) advice() string {
	name := e.Key
	if words := strings.SplitN(e.Key, "/", 3); len(words) == 3 {
		name = words[2]
	}
	const restore = "put back a copy of it"
	switch kind, _, _ := strings.Cut(name, "/"); kind {
	case "lease":
		return "remove it when no run is under way"
	case "seen.json":
		return restore + ", or remove it: then every grace starts again"
	case "uses.json":
		return restore + ", or remove it: then uses seen in earlier runs no longer protect anything"
	case "journal":
		return restore + ", or move the account's journal away: then refusals, restored ids and the daily count are forgotten"
	case "quotas.json":
		return "remove it: the next run asks WeChat again"
	case "snapshot", "pages":
		return "remove it: the next run lists anew"
	case "scans":
		return "remove it: the next run searches anew"
	case "archive", "blobs":
		return restore + ": it may be the only one"
	}
	return restore
}

func corrupt(key, problem string, args ...any) error {
	return &Corrupt{Key: key, Problem: fmt.Sprintf(problem, args...)}
}

// errRace means that another run wrote an object at the same time.
var errRace = errors.New("another run writes at the same time")

// encode makes an object of v: JSON with a newline at its end, on one line.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode an object of the ledger: %w", err)
	}
	return b.Bytes(), nil
}

// decode reads an object of this version into v.
func decode(key string, data []byte, v any) error {
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return corrupt(key, "%d bytes that are not its JSON: %v", len(data), err)
	}
	switch {
	case head.Version == 0:
		return corrupt(key, "it has no version")
	case head.Version != format:
		return fmt.Errorf("%s has version %d, this wxkeep reads version %d: use a newer wxkeep", key, head.Version, format)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return corrupt(key, "%v", err)
	}
	return nil
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// get reads an object. A missing one is fs.ErrNotExist.
func (l *Ledger) get(ctx context.Context, key string) ([]byte, string, error) {
	data, version, err := l.store.Get(ctx, key)
	if err != nil {
		return nil, "", fmt.Errorf("read %s: %w", key, err)
	}
	return data, version, nil
}

// create writes an object that never changes. That it is there already with the
// same bytes is success: the answer to an earlier try was lost.
func (l *Ledger) create(ctx context.Context, key string, data []byte) error {
	_, err := l.store.Create(ctx, key, data)
	if err == nil {
		return nil
	}
	there, _, getErr := l.store.Get(ctx, key)
	if getErr == nil && bytes.Equal(there, data) {
		return nil
	}
	return fmt.Errorf("write %s: %w", key, err)
}

// update changes an object, on condition that nobody else did meanwhile; then it
// reads it again. change is given nil when there is no object, and may be called
// several times.
func (l *Ledger) update(ctx context.Context, key string, change func(old []byte) ([]byte, error)) error {
	for range tries {
		old, version, err := l.store.Get(ctx, key)
		absent := errors.Is(err, fs.ErrNotExist)
		if err != nil && !absent {
			return fmt.Errorf("read %s: %w", key, err)
		}
		if absent {
			old = nil
		}
		data, err := change(old)
		if err != nil {
			return err
		}
		if !absent && bytes.Equal(old, data) {
			return nil
		}
		if absent {
			_, err = l.store.Create(ctx, key, data)
		} else {
			_, err = l.store.Replace(ctx, key, data, version)
		}
		if err == nil {
			return nil
		}
		if there, _, getErr := l.store.Get(ctx, key); getErr == nil && bytes.Equal(there, data) {
			return nil // the answer was lost
		}
		if !conflict(err) {
			return fmt.Errorf("write %s: %w", key, err)
		}
	}
	return fmt.Errorf("write %s: %w", key, errRace)
}

// conflict reports whether a conditional write failed because of its condition.
func conflict(err error) bool {
	return errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist)
}

// stem is the last word of a key without its extension.
func stem(key string) string { return strings.TrimSuffix(path.Base(key), ".json") }
