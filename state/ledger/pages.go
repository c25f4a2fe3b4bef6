package ledger

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"time"
)

// SavePages remembers what a run read before its quota was used up, the last of
// it at read, for the next run to go on with. What the bytes mean is the
// caller's business; there has to be one at least.
func (l *Ledger) SavePages(ctx context.Context, read time.Time, pages func(io.Writer) error) error {
	return l.saveStream(ctx, l.key("pages"), read, pages)
}

// ForgetPages empties what SavePages remembered.
func (l *Ledger) ForgetPages(ctx context.Context) error {
	return l.saveStream(ctx, l.key("pages"), l.now(), func(io.Writer) error { return nil })
}

// Pages gives what SavePages remembered to read. The error is read's,
// fs.ErrNotExist when nothing is remembered, or [*Corrupt] when it was altered or
// cut; then read is not called.
func (l *Ledger) Pages(ctx context.Context, read func(pages io.Reader) error) error {
	return l.readStream(ctx, l.key("pages"), func(_ time.Time, content io.Reader) error {
		r := bufio.NewReader(content)
		if _, err := r.Peek(1); errors.Is(err, io.EOF) {
			return fs.ErrNotExist
		}
		return read(r)
	})
}
