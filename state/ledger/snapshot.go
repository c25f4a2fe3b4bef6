package ledger

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/klauspost/compress/zstd"
)

// streamHead is the first line of the snapshot, the pages and the scans, within the
// compressed stream; what the caller wrote follows it.
type streamHead struct {
	Version  int       `json:"version"`
	Observed time.Time `json:"observed"`
}

// streamFormat is the version of the snapshot and of the pages, with what the
// caller writes there. Version 1 had the materials as JSON. A listing of another
// form is as good as none: the next run lists anew. An earlier wxkeep that finds
// this version asks for a newer one.
const streamFormat = 2

// headSize is how long the first line may be.
const headSize = 4096

// SaveSnapshot remembers what the account held at observed, which snapshot
// writes. What the bytes mean is the caller's business.
func (l *Ledger) SaveSnapshot(ctx context.Context, observed time.Time, snapshot func(io.Writer) error) error {
	return l.saveStream(ctx, l.key("snapshot"), observed, snapshot)
}

func (l *Ledger) saveStream(ctx context.Context, key string, observed time.Time, content func(io.Writer) error) error {
	data, err := compress(streamHead{Version: streamFormat, Observed: observed.UTC().Round(0)}, content)
	if err != nil {
		return fmt.Errorf("compress %s: %w", key, err)
	}
	if _, err := l.store.Put(ctx, key, data); err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	return nil
}

// compress uses the fastest level: ids are as good as random, and there is one
// more listing to remember in every run.
func compress(head streamHead, content func(io.Writer) error) ([]byte, error) {
	line, err := encode(head)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	if err != nil {
		return nil, err
	}
	_, err = z.Write(line)
	if err == nil {
		err = content(z)
	}
	if err := errors.Join(err, z.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Snapshot gives the last snapshot to read, with when it was observed. The error
// is read's, fs.ErrNotExist when there is no snapshot, or [*Corrupt] when it was
// altered or cut; then what read was given may have been wrong.
func (l *Ledger) Snapshot(ctx context.Context, read func(observed time.Time, snapshot io.Reader) error) error {
	err := l.readStream(ctx, l.key("snapshot"), read)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no snapshot of %s was saved: %w", l.opt.Account, fs.ErrNotExist)
	}
	return err
}

func (l *Ledger) readStream(ctx context.Context, key string, read func(observed time.Time, content io.Reader) error) error {
	data, _, err := l.get(ctx, key)
	if err != nil {
		return err
	}
	z, err := zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20))
	if err != nil {
		return fmt.Errorf("decompress %s: %w", key, err)
	}
	defer z.Close()
	r := bufio.NewReaderSize(z, headSize)
	line, err := r.ReadSlice('\n')
	if err != nil {
		return corrupt(key, "it cannot be decompressed: %v", err)
	}
	var head streamHead
	if err := decodeVersion(key, line, streamFormat, &head); err != nil {
		return err
	}
	if head.Observed.IsZero() {
		return corrupt(key, "it has no time")
	}
	failed := read(head.Observed, r)
	// To the end, where the checksum is.
	if _, err := io.Copy(io.Discard, r); err != nil {
		return corrupt(key, "it cannot be decompressed: %v", err)
	}
	return failed
}
