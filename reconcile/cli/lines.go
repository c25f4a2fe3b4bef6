package cli

import (
	"fmt"
	"io"
	"sync"
	"time"

	"wxkeep/state"
)

// lines says every ten seconds how far each stage is, if it moved.
type lines struct {
	w     io.Writer
	every func() (ticks <-chan time.Time, stop func())

	mu     sync.Mutex
	stages stages
	said   map[string]int
	stop   chan struct{} // closed by Clear; nil while nothing is shown
	ended  chan struct{} // closed when no further line comes
}

// ticks is the clock of lines.
func ticks() (<-chan time.Time, func()) {
	t := time.NewTicker(10 * time.Second)
	return t.C, t.Stop
}

// Progress remembers how far a stage is.
func (l *lines) Progress(e state.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop == nil {
		l.stages, l.said = stages{}, map[string]int{}
		l.stop, l.ended = make(chan struct{}), make(chan struct{})
		go l.run(l.stop, l.ended)
	}
	l.stages.note(e)
}

func (l *lines) run(stop <-chan struct{}, ended chan<- struct{}) {
	defer close(ended)
	c, end := l.every()
	defer end()
	for {
		select {
		case <-c:
			l.write()
		case <-stop:
			return
		}
	}
}

func (l *lines) write() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, title := range l.stages.order {
		e := l.stages.last[title]
		if l.said[title] != e.Done {
			l.said[title] = e.Done
			say(l.w, fmt.Sprintf("%s %d of %d", title, e.Done, e.Total))
		}
	}
}

// Say writes a line between the others.
func (l *lines) Say(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	say(l.w, line)
}

// Clear ends the lines.
func (l *lines) Clear() {
	l.mu.Lock()
	stop, ended := l.stop, l.ended
	l.stop = nil
	l.mu.Unlock()
	if stop != nil {
		close(stop)
		<-ended
	}
}
