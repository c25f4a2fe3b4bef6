package sandbox

import (
	"fmt"
	"math/rand/v2"
	"time"

	"wxkeep/state/material"
)

// A Fault makes some calls to an account go wrong. The first fields choose
// calls, the next say which of the chosen it hits, the rest say what happens
// to those; several may happen at once. Faults that hit one call add up; of two
// that set the same thing the later wins.
type Fault struct {
	Path string        `yaml:"path"`     // this endpoint; empty: all that take a token
	Type material.Type `yaml:"type"`     // only calls that name this type; get_materialcount names none
	ID   material.ID   `yaml:"media_id"` // only calls that name this media_id

	Every       int     `yaml:"every"`       // each nth chosen call
	At          int     `yaml:"at"`          // the nth alone, from 1
	From        int     `yaml:"from"`        // the nth and later ones
	To          int     `yaml:"to"`          // the nth and earlier ones
	Probability float64 `yaml:"probability"` // that a call, so far hit, really is; in order of arrival
	Seed        uint64  `yaml:"seed"`        // of the probability

	Latency time.Duration `yaml:"latency"` // wait before anything else
	Status  int           `yaml:"status"`  // HTTP status with an HTML body; nothing else happens
	Cut     Cut           `yaml:"cut"`     // the connection is cut
	Errcode int           `yaml:"errcode"` // refuse with this code; nothing else happens
	Errmsg  string        `yaml:"errmsg"`  // the message with Errcode; the code's own when empty
	Lost    Lost          `yaml:"lost"`    // the effect happens, the answer does not say so

	// TokenUses lets a token answer that many calls. Every later one with it is
	// refused with Errcode, 42001 when that is 0, and stable_token gives
	// another token. It takes no other field.
	TokenUses int `yaml:"token_uses"`

	Upload int `yaml:"upload"` // before the call: so many uploads at the front of the type it names
	Remove int `yaml:"remove"` // before the call: the so many newest of that type are deleted by somebody else

	IgnoreOffset bool `yaml:"ignore_offset"` // batchget_material: give the first page whatever is asked
	PageCap      int  `yaml:"page_cap"`      // batchget_material: give no more than this
	PageExtra    int  `yaml:"page_extra"`    // batchget_material: give so many more than asked
	NoItem       bool `yaml:"no_item"`       // batchget_material: leave item out
	TotalOff     int  `yaml:"total_off"`     // add this to total_count, and to the counts of get_materialcount
	BadBytes     bool `yaml:"bad_bytes"`     // batchget_material, get_material: raw control characters and invalid UTF-8 in texts
}

// A Cut says when the connection is cut.
type Cut string

// The cuts.
const (
	CutBefore Cut = "before" // before the call has any effect; no answer
	CutBody   Cut = "body"   // after its effect, in the middle of the body
)

// A Lost says what comes instead of an answer, after the call's effect.
type Lost string

// The lost answers.
const (
	LostBusy Lost = "busy" // errcode -1
	LostCut  Lost = "cut"  // the connection is cut
)

// check reports what of f cannot be.
func (f Fault) check(known map[string]endpoint) error {
	if _, ok := known[f.Path]; f.Path != "" && !ok {
		return fmt.Errorf("path %q is not an endpoint of the sandbox", f.Path)
	}
	if f.Type != "" {
		if _, err := material.ParseType(string(f.Type)); err != nil {
			return err
		}
	}
	if min(f.Every, f.At, f.From, f.To, f.TokenUses, f.Upload, f.Remove, f.PageCap, f.PageExtra) < 0 || f.Latency < 0 {
		return fmt.Errorf("a number is negative")
	}
	if f.Probability < 0 || f.Probability > 1 {
		return fmt.Errorf("probability %v is not between 0 and 1", f.Probability)
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("status %d is not an HTTP status from 200 to 599", f.Status)
	}
	if f.Cut != "" && f.Cut != CutBefore && f.Cut != CutBody {
		return fmt.Errorf("cut %q is neither before nor body", f.Cut)
	}
	if f.Lost != "" && f.Lost != LostBusy && f.Lost != LostCut {
		return fmt.Errorf("lost %q is neither busy nor cut", f.Lost)
	}
	if f.TokenUses > 0 && f != (Fault{TokenUses: f.TokenUses, Errcode: f.Errcode}) {
		return fmt.Errorf("token_uses goes with errcode alone")
	}
	if f.effect() == (Fault{}) && f.TokenUses == 0 {
		return fmt.Errorf("it does nothing; give it an effect such as errcode: -1")
	}
	return nil
}

// effect returns f without what chooses calls.
func (f Fault) effect() Fault {
	f.Path, f.Type, f.ID = "", "", ""
	f.Every, f.At, f.From, f.To, f.Probability, f.Seed = 0, 0, 0, 0, 0, 0
	f.TokenUses = 0
	return f
}

// merge adds the effects of other to f.
func (f *Fault) merge(other Fault) {
	f.Latency += other.Latency
	f.Upload += other.Upload
	f.Remove += other.Remove
	f.PageExtra += other.PageExtra
	f.TotalOff += other.TotalOff
	f.IgnoreOffset = f.IgnoreOffset || other.IgnoreOffset
	f.NoItem = f.NoItem || other.NoItem
	f.BadBytes = f.BadBytes || other.BadBytes
	replace(&f.Status, other.Status)
	replace(&f.Cut, other.Cut)
	replace(&f.Lost, other.Lost)
	replace(&f.PageCap, other.PageCap)
	if other.Errcode != 0 {
		f.Errcode, f.Errmsg = other.Errcode, other.Errmsg
	}
}

func replace[T comparable](old *T, new T) {
	var zero T
	if new != zero {
		*old = new
	}
}

// A fault is a Fault at work. Sandbox.mu guards it.
type fault struct {
	Fault
	seen int // chosen calls so far
	dice *rand.Rand
}

func newFault(f Fault) *fault { return &fault{Fault: f, dice: rand.New(rand.NewPCG(f.Seed, 0))} }

// chooses reports whether the fault looks at this call at all.
func (f *fault) chooses(c *call, login bool) bool {
	switch {
	case f.TokenUses > 0:
		return false
	case f.Path == "" && login, f.Path != "" && f.Path != c.path:
		return false
	case f.ID != "" && f.ID != c.hint.MediaID:
		return false
	}
	return f.Type == "" || f.Type == c.named()
}

// hits counts a chosen call and reports whether the fault hits it.
func (f *fault) hits() bool {
	f.seen++
	switch {
	case f.Every > 0 && f.seen%f.Every != 0,
		f.At > 0 && f.seen != f.At,
		f.From > 0 && f.seen < f.From,
		f.To > 0 && f.seen > f.To:
		return false
	}
	return f.Probability == 0 || f.dice.Float64() < f.Probability
}

// named returns the type that the call names, in its body or its query.
func (c *call) named() material.Type {
	if c.hint.Type != "" {
		return c.hint.Type
	}
	return material.Type(c.query.Get("type"))
}

// strike lets the account's faults look at a call, does what they do before it
// and returns the sum of the rest.
func (s *Sandbox) strike(c *call) Fault {
	if c.account == nil {
		return Fault{}
	}
	sum := s.sumFaults(c)
	t := c.named()
	if t == "" {
		t = material.Image
	}
	for range sum.Upload {
		_, _ = c.account.shelf.upload(Material{Type: t}, c.now) // a type that does not exist has no list to move
	}
	if sum.Remove > 0 {
		c.account.shelf.removeNewest(t, sum.Remove)
	}
	return sum
}

func (s *Sandbox) sumFaults(c *call) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var sum Fault
	for _, f := range c.account.faults {
		if f.chooses(c, s.endpoints[c.path].login) && f.hits() {
			sum.merge(f.effect())
		}
	}
	return sum
}
