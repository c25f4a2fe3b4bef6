package ledger

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
)

func scansOf(ctx context.Context, l *Ledger) (scans string, err error) {
	err = l.Scans(ctx, func(r io.Reader) error {
		b, err := io.ReadAll(r)
		scans = string(b)
		return err
	})
	return scans, err
}

func TestScansAreTheLastOnesSaved(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s Store, alter func(string, []byte)) {
		ctx, c := t.Context(), newClock()
		l := open(s, c)
		if _, err := scansOf(ctx, l); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("scans never saved: %v", err)
		}
		check(t, l.SaveScans(ctx, c.Now(), bytesOf("old")), l.SaveScans(ctx, c.Now(), bytesOf("new")))
		if got, err := scansOf(ctx, l); err != nil || got != "new" {
			t.Errorf("%q came back, %v", got, err)
		}
		alter(root+"scans", []byte("no scans"))
		var c2 *Corrupt
		if _, err := scansOf(ctx, l); !errors.As(err, &c2) || !strings.Contains(err.Error(), "remove it: the next run searches anew") {
			t.Errorf("altered scans: %v", err)
		}
	})
}
