package ledger

import (
	"bytes"
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

// TestAListingOfAnotherFormIsNotMisread holds that what an earlier wxkeep
// remembered stops no run, and what a later one did is refused.
func TestAListingOfAnotherFormIsNotMisread(t *testing.T) {
	t.Parallel()
	ctx, c, m := t.Context(), newClock(), newMemory()
	l := open(m, c)
	later, err := compress(streamHead{Version: format + 1, Observed: c.Now()}, bytesOf("later"))
	check(t, err)
	for want, data := range map[string][]byte{"file does not exist": []byte(earlierMagic + "and so on"), "use a newer wxkeep": later} {
		m.set(root+"pages", data)
		m.set(root+"snapshot", data)
		_, pages := pagesOf(ctx, l)
		_, _, snapshot := snapshotOf(ctx, l)
		for _, err := range []error{pages, snapshot} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q", err, want)
			}
		}
	}
}

// TestAnAlteredListingIsNotRead holds that no byte of it can be changed or be
// missing without being found before anything is read.
func TestAnAlteredListingIsNotRead(t *testing.T) {
	t.Parallel()
	ctx, c, m := t.Context(), newClock(), newMemory()
	l := open(m, c)
	check(t, l.SaveSnapshot(ctx, c.Now(), bytesOf(strings.Repeat("all of it\n", 20))))
	whole := bytes.Clone(m.objects[root+"snapshot"])
	refused := func(what string, at int, data []byte) {
		m.set(root+"snapshot", data)
		read := false
		err := l.Snapshot(ctx, func(time.Time, io.Reader) error { read = true; return nil })
		var corrupt *Corrupt
		if read || !errors.As(err, &corrupt) {
			t.Errorf("%s at %d of %d bytes: read: %t, %v", what, at, len(whole), read, err)
		}
	}
	for at := range whole {
		refused("cut", at, whole[:at])
		changed := bytes.Clone(whole)
		changed[at] ^= 1
		refused("changed", at, changed)
	}
}
