package wechat

import (
	"context"

	"golang.org/x/time/rate"
)

// DefaultParallelism is how many requests are in flight unless said otherwise.
const DefaultParallelism = 8

// A Pace bounds the requests in flight and the requests a second. Clients of
// several accounts share one.
type Pace struct {
	slots chan struct{}
	rate  *rate.Limiter // nil: no limit
}

// NewPace returns a Pace of at most parallelism requests in flight
// ([DefaultParallelism] when that is not positive) and at most rps requests a
// second (no limit when that is not positive).
func NewPace(parallelism int, rps float64) *Pace {
	if parallelism <= 0 {
		parallelism = DefaultParallelism
	}
	p := &Pace{slots: make(chan struct{}, parallelism)}
	if rps > 0 {
		p.rate = rate.NewLimiter(rate.Limit(rps), 1)
	}
	return p
}

// enter waits until a request may be sent. After a nil error leave has to
// follow.
func (p *Pace) enter(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if p.rate == nil {
		return nil
	}
	if err := p.rate.Wait(ctx); err != nil {
		p.leave()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return context.DeadlineExceeded // the wait would outlast the context
	}
	return nil
}

func (p *Pace) leave() { <-p.slots }

// parallelism returns how many requests of c may be in flight.
func (c *Client) parallelism() int { return cap(c.wire.config.Pace.slots) }
