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
	"time"

	"wxkeep/state/material"
)

// Archived is one material of which the content was saved.
type Archived struct {
	material.Item
	Kind   string          `json:"kind"`            // of the content, such as "image/jpeg"
	SHA256 string          `json:"sha256"`          // hex, of the content
	Size   int             `json:"size"`            // of the content, in bytes
	Extra  json.RawMessage `json:"extra,omitempty"` // what else is known, such as where the content came from
	Saved  time.Time       `json:"saved"`
	Run    string          `json:"run"` // the run that saved it
}

type archiveObject struct {
	Version int `json:"version"`
	Archived
}

// Save archives the content of one material: the bytes, once however many
// materials have them, then what says whose they are. Both are read back and
// compared before it returns, so when the error is nil they are in the store. It
// returns the SHA-256 of the content in hex.
//
// kind says what the content is, such as "image/jpeg"; extra may be nil.
func (r *Run) Save(ctx context.Context, item material.Item, kind string, content []byte, extra json.RawMessage) (sha string, err error) {
	l := r.lease.ledger
	a, err := l.save(ctx, Archived{Item: item, Kind: kind, Extra: extra, Run: r.id}, content)
	if err != nil {
		return "", fmt.Errorf("archive %s: %w", item.ID, err)
	}
	return a.SHA256, nil
}

func (l *Ledger) save(ctx context.Context, a Archived, content []byte) (Archived, error) {
	if _, err := material.ParseID(string(a.ID)); err != nil {
		return a, err
	}
	sha, err := l.SaveBlob(ctx, content)
	if err != nil {
		return a, err
	}
	a.SHA256, a.Size, a.Saved = sha, len(content), l.now()
	key := l.archiveKey(a.ID)
	data, err := encode(archiveObject{Version: format, Archived: a})
	if err != nil {
		return a, err
	}
	err = l.update(ctx, key, func(old []byte) ([]byte, error) {
		if old == nil {
			return data, nil
		}
		_, err := l.decodeArchived(a.ID, old)
		if c := (*Corrupt)(nil); errors.As(err, &c) {
			return data, nil // the content is at hand: written anew
		}
		return data, err
	})
	if err != nil {
		return a, err
	}
	return a, l.compare(ctx, key, data)
}

// compare reads an object back.
func (l *Ledger) compare(ctx context.Context, key string, data []byte) error {
	there, _, err := l.get(ctx, key)
	if err != nil {
		return err
	}
	if !bytes.Equal(there, data) {
		return corrupt(key, "read back, it is not what was written")
	}
	return nil
}

// SaveBlob saves bytes under their SHA-256, which it returns in hex, and reads
// them back. A blob that was damaged is written anew.
func (l *Ledger) SaveBlob(ctx context.Context, content []byte) (sha string, err error) {
	if len(content) == 0 {
		return "", errors.New("the content is empty")
	}
	sha = digest(content)
	key := l.blobKey(sha)
	if err := l.update(ctx, key, func([]byte) ([]byte, error) { return content, nil }); err != nil {
		return "", err
	}
	return sha, l.compare(ctx, key, content)
}

// Blob returns the bytes with this SHA-256. The error is [*Corrupt] when they
// have another one, or are missing.
func (l *Ledger) Blob(ctx context.Context, sha string) ([]byte, error) {
	key := l.blobKey(sha)
	content, _, err := l.get(ctx, key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, corrupt(key, "it is missing")
	case err != nil:
		return nil, err
	case digest(content) != sha:
		return nil, corrupt(key, "its %d bytes have the SHA-256 %s: it was altered or cut", len(content), digest(content))
	}
	return content, nil
}

// Load returns what is archived of a material, and its content. The error is
// fs.ErrNotExist when it never was, and [*Corrupt] when the content is not what
// was saved.
func (l *Ledger) Load(ctx context.Context, id material.ID) (Archived, []byte, error) {
	a, err := l.Archived(ctx, id)
	if err != nil {
		return a, nil, err
	}
	content, err := l.Blob(ctx, a.SHA256)
	return a, content, err
}

// Archived returns what is archived of a material, without its content. The
// error is fs.ErrNotExist when it never was.
func (l *Ledger) Archived(ctx context.Context, id material.ID) (Archived, error) {
	var o archiveObject
	if _, err := material.ParseID(string(id)); err != nil {
		return o.Archived, err
	}
	data, _, err := l.get(ctx, l.archiveKey(id))
	if errors.Is(err, fs.ErrNotExist) {
		return o.Archived, fmt.Errorf("%s is not in the archive: %w", id, fs.ErrNotExist)
	}
	if err != nil {
		return o.Archived, err
	}
	return l.decodeArchived(id, data)
}

func (l *Ledger) decodeArchived(id material.ID, data []byte) (Archived, error) {
	key := l.archiveKey(id)
	var o archiveObject
	if err := decode(key, data, &o); err != nil {
		return Archived{}, err
	}
	if len(o.SHA256) != hex.EncodedLen(sha256.Size) || o.Size == 0 || o.Type == "" {
		return Archived{}, corrupt(key, "it does not say which content it is about")
	}
	if o.ID != id {
		return Archived{}, fmt.Errorf("%s is about %s, not %s: keep the ledger where names tell A from a", key, o.ID, id)
	}
	return o.Archived, nil
}
