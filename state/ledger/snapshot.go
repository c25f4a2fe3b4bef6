package ledger

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// snapshotHead is the first line of the snapshot, within the gzip stream; the
// bytes follow it.
type snapshotHead struct {
	Version  int       `json:"version"`
	Observed time.Time `json:"observed"`
}

// SaveSnapshot remembers what the account held at observed. What the bytes mean
// is the caller's business.
func (l *Ledger) SaveSnapshot(ctx context.Context, observed time.Time, snapshot []byte) error {
	key := l.key("snapshot")
	data, err := compress(snapshotHead{Version: format, Observed: observed.UTC().Round(0)}, snapshot)
	if err != nil {
		return err
	}
	if _, err := l.store.Put(ctx, key, data); err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	return nil
}

func compress(head snapshotHead, snapshot []byte) ([]byte, error) {
	line, err := encode(head)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err1 := z.Write(line)
	_, err2 := z.Write(snapshot)
	if err := errors.Join(err1, err2, z.Close()); err != nil {
		return nil, fmt.Errorf("compress the snapshot: %w", err)
	}
	return b.Bytes(), nil
}

// Snapshot returns the last snapshot and when it was observed. The error is
// fs.ErrNotExist when there is none, and [*Corrupt] when it was altered or cut.
func (l *Ledger) Snapshot(ctx context.Context) (snapshot []byte, observed time.Time, err error) {
	key := l.key("snapshot")
	data, _, err := l.get(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, time.Time{}, fmt.Errorf("no snapshot of %s was saved: %w", l.opt.Account, fs.ErrNotExist)
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	all, err := decompress(data)
	if err != nil {
		return nil, time.Time{}, corrupt(key, "it cannot be decompressed: %v", err)
	}
	line, snapshot, _ := bytes.Cut(all, []byte("\n"))
	var head snapshotHead
	if err := decode(key, line, &head); err != nil {
		return nil, time.Time{}, err
	}
	if head.Observed.IsZero() {
		return nil, time.Time{}, corrupt(key, "it has no time")
	}
	return snapshot, head.Observed, nil
}

// decompress checks the stream's CRC at its end, too.
func decompress(data []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
