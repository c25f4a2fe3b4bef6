package ledger

import (
	"context"
	"io"
	"time"
)

// SaveScans remembers what a run read, at read, of lists in which materials are
// used, for a later run to go on with or to build on. What the bytes mean is the
// caller's business. The caller holds the lease.
func (l *Ledger) SaveScans(ctx context.Context, read time.Time, scans func(io.Writer) error) error {
	return l.saveStream(ctx, l.key("scans"), read, scans)
}

// Scans gives what SaveScans remembered to read. The error is read's,
// fs.ErrNotExist when nothing is remembered, or [*Corrupt] when it was altered or
// cut; then what read was given may have been wrong.
func (l *Ledger) Scans(ctx context.Context, read func(scans io.Reader) error) error {
	return l.readStream(ctx, l.key("scans"), func(_ time.Time, content io.Reader) error { return read(content) })
}
