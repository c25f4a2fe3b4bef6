package wechat

import (
	"sync"
	"time"

	"wxkeep/state"
)

// A window paces the calls of one path so that no more than its rate allows fall
// into any window, wherever the server's own begin. It does not spread them: what
// fits goes at once. A token bucket (x/time/rate) can do only one of both.
//
// What rate_limit means is not documented, and holding a large account's listing
// to a number that WeChat does not enforce takes minutes. So calls are counted
// from the first on, and held back from the first 45011 on.
type window struct {
	mu    sync.Mutex
	rate  state.Rate  // not known at first
	sent  []time.Time // of the last calls, rate.Calls at most, and then a ring
	next  int         // where the oldest of a full ring stands
	holds bool        // WeChat refused a call for it
}

// hold makes it keep calls to the rate from now on.
func (w *window) hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.holds = true
}

// set makes it the rate from now on. Calls made before are forgotten when it is
// another one.
func (w *window) set(r state.Rate) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r == w.rate {
		return
	}
	w.rate, w.sent, w.next = r, nil, 0
}

// take books a call that is sent now and returns 0, or returns how long to wait
// before asking again.
func (w *window) take(now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !w.rate.Known():
		return 0
	case len(w.sent) < w.rate.Calls:
		w.sent = append(w.sent, now)
		return 0
	}
	if wait := w.sent[w.next].Add(w.rate.Window).Sub(now); wait > 0 && w.holds {
		return wait
	}
	w.sent[w.next] = now
	w.next = (w.next + 1) % len(w.sent)
	return 0
}

// refresh returns how long a minute is on this path, or other when WeChat did
// not say.
func (w *window) refresh(other time.Duration) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rate.Known() {
		return w.rate.Window
	}
	return other
}

// window returns the window of a path.
func (w *wire) window(path string) *window {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.windows[path] == nil {
		w.windows[path] = &window{}
	}
	return w.windows[path]
}

// Paced tells the client the limit of a path in a short time. Its calls keep to it
// once one was refused with 45011. [Reader.Quota] tells it, too.
func (c *Client) Paced(path string, r state.Rate) { c.wire.window(path).set(r) }
