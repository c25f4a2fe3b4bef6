package ledger

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"time"

	"github.com/klauspost/compress/s2"
)

// streamHead is the first line of the snapshot, the pages and the scans, within the
// compressed stream; what the caller wrote follows it. Behind the stream stands
// its CRC-32C, 4 bytes, big-endian.
type streamHead struct {
	Version  int       `json:"version"`
	Observed time.Time `json:"observed"`
}

// headSize is how long the first line may be.
const headSize = 4096

// earlierMagic is what such an object began with in an earlier form: that of
// zstd, of 100,000 materials a third shorter, and three times as long in the
// making. A listing of that form is as good as none: the next run lists anew.
const earlierMagic = "\x28\xb5\x2f\xfd"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// SaveSnapshot remembers what the account held at observed, which snapshot
// writes. What the bytes mean is the caller's business.
func (l *Ledger) SaveSnapshot(ctx context.Context, observed time.Time, snapshot func(io.Writer) error) error {
	return l.saveStream(ctx, l.key("snapshot"), observed, snapshot)
}

func (l *Ledger) saveStream(ctx context.Context, key string, observed time.Time, content func(io.Writer) error) error {
	data, err := compress(streamHead{Version: format, Observed: observed.UTC().Round(0)}, content)
	if err != nil {
		return fmt.Errorf("compress %s: %w", key, err)
	}
	if _, err := l.store.Put(ctx, key, data); err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	return nil
}

// compress spends little: ids are as good as random, and there is one more
// listing to remember in every run.
func compress(head streamHead, content func(io.Writer) error) ([]byte, error) {
	line, err := encode(head)
	if err != nil {
		return nil, err
	}
	var all pieces
	z := s2.NewWriter(&all, s2.WriterConcurrency(1), s2.WriterBlockSize(streamBlock))
	_, err = z.Write(line)
	if err == nil {
		err = content(z)
	}
	if err := errors.Join(err, z.Close()); err != nil {
		return nil, err
	}
	b := all.join(crc32.Size)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli)), nil
}

// pieces are what was written, in as much memory: a buffer that doubles takes up to
// three times that.
type pieces [][]byte

func (p *pieces) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		last := len(*p) - 1
		if last < 0 || len((*p)[last]) == cap((*p)[last]) {
			*p, last = append(*p, make([]byte, 0, streamBlock)), last+1
		}
		piece := (*p)[last]
		some := min(len(b), cap(piece)-len(piece))
		(*p)[last], b = append(piece, b[:some]...), b[some:]
	}
	return n, nil
}

// join puts the pieces together, with room for more behind them.
func (p pieces) join(more int) []byte {
	n := more
	for _, piece := range p {
		n += len(piece)
	}
	all := make([]byte, 0, n)
	for i, piece := range p {
		all = append(all, piece...)
		p[i] = nil // what is joined can be collected
	}
	return all
}

// streamBlock is how much is compressed at once.
const streamBlock = 256 << 10

// Snapshot gives the last snapshot to read, with when it was observed. The error
// is read's, fs.ErrNotExist when there is no snapshot, or [*Corrupt] when it was
// altered or cut; then read is not called.
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
	if bytes.HasPrefix(data, []byte(earlierMagic)) {
		return fmt.Errorf("%s is that of an earlier wxkeep: %w", key, fs.ErrNotExist)
	}
	end := len(data) - crc32.Size
	if end < 0 || binary.BigEndian.Uint32(data[end:]) != crc32.Checksum(data[:end], castagnoli) {
		return corrupt(key, "its %d bytes were altered or cut", len(data))
	}
	r := bufio.NewReaderSize(s2.NewReader(bytes.NewReader(data[:end]), s2.ReaderMaxBlockSize(streamBlock)), headSize)
	line, err := r.ReadSlice('\n')
	if err != nil {
		return corrupt(key, "it cannot be decompressed: %v", err)
	}
	var head streamHead
	if err := decode(key, line, &head); err != nil {
		return err
	}
	if head.Observed.IsZero() {
		return corrupt(key, "it has no time")
	}
	return read(head.Observed, r)
}
