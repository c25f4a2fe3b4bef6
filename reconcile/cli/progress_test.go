package cli

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state"
)

func listing(account string, done, total int) state.Event {
	return state.Event{Account: account, Stage: "listing image", Done: done, Total: total}
}

func TestLinesSayAtEachTickWhatMoved(t *testing.T) {
	t.Parallel()
	ticks := make(chan time.Time)
	var out bytes.Buffer
	l := &lines{w: &out, every: func() (<-chan time.Time, func()) { return ticks, func() {} }}
	// The second of two ticks is taken only when the first one's lines are
	// written, and its own find nothing new.
	tick := func() {
		ticks <- time.Time{}
		ticks <- time.Time{}
	}

	l.Progress(listing("brand-main", 20, 60))
	l.Progress(listing("brand-shop", 1, 9))
	tick()
	l.Progress(listing("brand-main", 60, 60))
	l.Progress(listing("brand-main", 40, 60)) // came late
	tick()
	l.Say("interrupted")
	l.Clear()
	l.Clear()
	l.Progress(state.Event{Account: "brand-main", Stage: "deleting", Done: 1, Total: 2})
	tick()
	l.Clear()

	want := strings.Join([]string{
		"wxkeep: brand-main: listing image 20 of 60",
		"wxkeep: brand-shop: listing image 1 of 9",
		"wxkeep: brand-main: listing image 60 of 60",
		"wxkeep: interrupted",
		"wxkeep: brand-main: deleting 1 of 2",
		"",
	}, "\n")
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("lines mismatch (-want +got):\n%s", diff)
	}
}

func TestLinesOfAShortRunAreNone(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := &lines{w: &out, every: ticks}
	l.Progress(listing("brand-main", 20, 60))
	l.Clear()
	if out.Len() > 0 {
		t.Errorf("got %q, want nothing", &out)
	}
}

// erased is what a writer that mpb takes for no terminal gets before each frame.
var erased = regexp.MustCompile(`\x1b\[\d+A\x1b\[J`)

func TestBarsShowWhatIsUnderWayAndVanish(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	b := &bars{w: &out}
	b.Progress(listing("brand-main", 20, 60))
	b.Progress(listing("brand-shop", 9, 9)) // done before anything is shown
	b.open()
	b.Progress(listing("brand-main", 40, 60))
	b.Progress(listing("brand-main", 30, 60)) // came late
	b.Say("interrupted")
	b.Clear()
	frames := erased.Split(out.String(), -1)
	last := frames[len(frames)-1]
	if last != startOfLine+eraseBelow || len(frames) < 2 {
		t.Errorf("this stays on the screen: %q", last)
	}
	if !strings.Contains(out.String(), "brand-main: listing image [") || !strings.Contains(out.String(), "] 40 of 60 ") {
		t.Errorf("there is no bar at 40 of 60 in %q", &out)
	}
	if strings.Contains(out.String(), "brand-shop") {
		t.Errorf("a stage at its end has a bar: %q", &out)
	}
	if !strings.Contains(out.String(), "wxkeep: interrupted\n") {
		t.Errorf("the line is not shown: %q", &out)
	}
}

func TestBarsOfAShortRunAreNone(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	b := &bars{w: &out}
	b.Progress(listing("brand-main", 20, 60))
	b.Say("interrupted")
	b.Clear()
	b.open() // the timer had gone off already
	if diff := cmp.Diff("wxkeep: interrupted\n", out.String()); diff != "" {
		t.Errorf("output mismatch (-want +got):\n%s", diff)
	}
}
