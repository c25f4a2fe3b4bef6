package ledger

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"
)

func pagesOf(ctx context.Context, l *Ledger) (pages string, err error) {
	err = l.Pages(ctx, func(r io.Reader) error {
		b, err := io.ReadAll(r)
		pages = string(b)
		return err
	})
	return pages, err
}

func TestPagesAreKeptUntilTheyAreForgotten(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s Store, alter func(string, []byte)) {
		ctx, c := t.Context(), newClock()
		l := open(s, c)
		if _, err := pagesOf(ctx, l); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("pages never saved: %v", err)
		}
		big := strings.Repeat("{\"media_id\":\"x\"}\n", 1000)
		check(t, l.SavePages(ctx, c.Now(), bytesOf("old")), l.SavePages(ctx, c.Now(), bytesOf(big)))
		if got, err := pagesOf(ctx, l); err != nil || got != big {
			t.Errorf("%d bytes came back, want %d; %v", len(got), len(big), err)
		}
		check(t, l.ForgetPages(ctx))
		if got, err := pagesOf(ctx, l); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%d bytes are left, %v", len(got), err)
		}
		alter(root+"pages", []byte("no pages"))
		var c2 *Corrupt
		if _, err := pagesOf(ctx, l); !errors.As(err, &c2) || !strings.Contains(err.Error(), "remove it: the next run lists anew") {
			t.Errorf("altered pages: %v", err)
		}
	})
}

// TestAListingOfAnEarlierFormIsNoneAtAll holds that what an earlier wxkeep
// remembered stops no run, and what a later one did is not misread.
func TestAListingOfAnEarlierFormIsNoneAtAll(t *testing.T) {
	t.Parallel()
	ctx, c, m := t.Context(), newClock(), newMemory()
	l := open(m, c)
	for version, want := range map[int]string{1: "file does not exist", streamFormat + 1: "use a newer wxkeep"} {
		data, err := compress(streamHead{Version: version, Observed: c.Now()}, bytesOf(`{"items":1}`+"\n"+`{"media_id":"a"}`+"\n"))
		check(t, err)
		m.set(root+"pages", data)
		m.set(root+"snapshot", data)
		_, pages := pagesOf(ctx, l)
		snapshot := l.Snapshot(ctx, func(time.Time, io.Reader) error { return nil })
		for _, err := range []error{pages, snapshot} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("version %d: %v, want %q", version, err, want)
			}
		}
	}
}
