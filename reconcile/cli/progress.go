package cli

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"wxkeep/state"
)

// every is how often a line of progress is written where there is no terminal.
const every = 10 * time.Second

// patience is how long a run is silent before bars appear on a terminal.
const patience = time.Second

// A display shows progress on standard error: bars on a terminal, elsewhere a
// line every ten seconds. Clear ends what is shown, so that something else can
// be printed; the next event begins anew.
type display interface {
	state.Progress
	Clear()
}

// display returns the one that fits standard error.
func (r *run) display() display {
	switch {
	case r.quiet:
		return silent{}
	case terminal(r.Stderr) && r.Getenv("CI") == "":
		return &bars{w: r.Stderr}
	}
	return &lines{w: r.Stderr}
}

type silent struct{ state.Quiet }

func (silent) Clear() {}

// bars has a bar for each account and stage.
type bars struct {
	w io.Writer

	mu    sync.Mutex
	all   *mpb.Progress
	timer *time.Timer
	shown map[string]*mpb.Bar
}

// Progress moves a bar forward; it never moves back.
func (b *bars) Progress(e state.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all == nil {
		delay := make(chan struct{})
		b.timer = time.AfterFunc(patience, func() { close(delay) })
		b.all = mpb.New(mpb.WithOutput(b.w), mpb.WithWidth(40), mpb.WithRenderDelay(delay), mpb.WithAutoRefresh())
		b.shown = map[string]*mpb.Bar{}
	}
	title := e.Account + ": " + e.Stage
	bar := b.shown[title]
	if bar == nil {
		bar = b.all.AddBar(int64(e.Total),
			mpb.PrependDecorators(decor.Name(title, decor.WCSyncSpaceR)),
			mpb.AppendDecorators(decor.CountersNoUnit("%d / %d", decor.WCSyncSpace), decor.Elapsed(decor.ET_STYLE_MMSS, decor.WCSyncSpace)))
		b.shown[title] = bar
	}
	if int64(e.Done) > bar.Current() {
		bar.SetCurrent(int64(e.Done))
	}
}

// Clear takes the bars away.
func (b *bars) Clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all == nil {
		return
	}
	b.timer.Stop()
	b.all.Shutdown()
	b.all = nil
}

// lines says every ten seconds how far each stage is.
type lines struct {
	w io.Writer

	mu    sync.Mutex
	stop  chan struct{}
	last  map[string]state.Event
	order []string
	said  map[string]int
}

// Progress remembers how far a stage is.
func (l *lines) Progress(e state.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop == nil {
		l.stop = make(chan struct{})
		l.last, l.said, l.order = map[string]state.Event{}, map[string]int{}, nil
		go l.tick(l.stop)
	}
	title := e.Account + ": " + e.Stage
	if _, known := l.last[title]; !known {
		l.order = append(l.order, title)
	}
	if e.Done >= l.last[title].Done {
		l.last[title] = e
	}
}

func (l *lines) tick(stop <-chan struct{}) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			l.write()
		case <-stop:
			return
		}
	}
}

func (l *lines) write() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, title := range l.order {
		e := l.last[title]
		if l.said[title] == e.Done {
			continue
		}
		l.said[title] = e.Done
		fmt.Fprintf(l.w, "wxkeep: %s %d of %d\n", title, e.Done, e.Total)
	}
}

// Clear ends the lines.
func (l *lines) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop != nil {
		close(l.stop)
		l.stop = nil
	}
}
