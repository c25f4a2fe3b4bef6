package cli

import (
	"io"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"wxkeep/state"
)

// patience is how long a run is silent before bars appear.
const patience = time.Second

// narrowest is how many columns a terminal needs for bars. A pseudo-terminal
// that nobody looks at has none.
const narrowest = 40

// A terminal shows Ctrl-C as ^C, and mpb goes on at the column behind that.
const (
	startOfLine = "\r"
	eraseBelow  = "\x1b[J"
)

// bars has a bar for each account and stage that is under way.
type bars struct {
	w io.Writer

	mu     sync.Mutex
	stages stages
	timer  *time.Timer // of patience; nil while nothing happens
	began  time.Time
	all    *mpb.Progress // nil while nothing is shown
	shown  map[string]*mpb.Bar
}

// Progress moves a bar forward.
func (b *bars) Progress(e state.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	title := b.stages.note(e)
	if b.timer == nil {
		b.began = time.Now()
		b.timer = time.AfterFunc(patience, b.open)
	}
	if b.all != nil {
		b.draw(title)
	}
}

// open shows the bars.
func (b *bars) open() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.timer == nil || b.all != nil {
		return // cleared meanwhile
	}
	b.all = mpb.New(mpb.WithOutput(b.w), mpb.WithAutoRefresh())
	b.shown = map[string]*mpb.Bar{}
	for _, title := range b.stages.order {
		b.draw(title)
	}
}

// draw shows how far a stage is. One that is at its end makes room for others.
func (b *bars) draw(title string) {
	e := b.stages.last[title]
	bar, known := b.shown[title]
	if !known && e.Done < e.Total {
		// Without a total at first a bar never completes by itself: what is
		// complete stays on the screen.
		bar = b.all.AddBar(0,
			mpb.BarWidth(30),
			mpb.PrependDecorators(decor.Name(title, decor.WCSyncWidthR)),
			mpb.AppendDecorators(
				decor.CountersNoUnit("%d of %d", decor.WCSyncWidth),
				decor.NewElapsed(decor.ET_STYLE_MMSS, b.began, decor.WCSyncSpace),
			))
		bar.SetTotal(int64(e.Total), false)
		b.shown[title] = bar
	}
	if bar == nil {
		return
	}
	bar.SetCurrent(int64(e.Done))
	if e.Done >= e.Total {
		bar.Abort(true)
	}
}

// Say writes a line above the bars.
func (b *bars) Say(line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all != nil {
		_, _ = io.WriteString(b.all, startOfLine)
		say(b.all, line)
		return
	}
	say(b.w, line)
}

// Clear takes the bars away.
func (b *bars) Clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.timer == nil {
		return
	}
	b.timer.Stop()
	if b.all != nil {
		for _, bar := range b.shown {
			bar.Abort(true)
		}
		b.all.Wait()
		_, _ = io.WriteString(b.w, startOfLine+eraseBelow)
	}
	b.timer, b.all, b.stages = nil, nil, stages{}
}
