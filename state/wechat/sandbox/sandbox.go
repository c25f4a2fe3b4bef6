package sandbox

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"wxkeep/state/material"
)

// A Sandbox holds pretend accounts and answers for them as the API does. All
// its methods may be called at any time from any goroutine.
type Sandbox struct {
	endpoints map[string]endpoint
	accounts  map[string]*account // by appid; the map itself never changes
	order     []string            // appids as given
	answers   atomic.Int64        // refusals so far, for their rid
	sequence  atomic.Int64        // calls through the open-interface service so far

	mu     sync.Mutex // guards what follows, and the accounts
	clock  func() time.Time
	tokens map[string]*token // by value

	components      map[string]*component      // by appid; the map itself never changes
	componentTokens map[string]*componentToken // by value

	calls   map[string]int // by path
	deletes []material.ID
}

// New returns a sandbox with these accounts, on the real clock. It panics when
// they cannot be, since a test wrote them; [Parse] returns an error instead.
func New(accounts ...Account) *Sandbox { return NewAt(time.Now, accounts...) }

// NewAt is New on another clock: ages count from it, tokens expire and quotas
// begin again by it, and it is in the Date of every answer.
func NewAt(clock func() time.Time, accounts ...Account) *Sandbox {
	s, err := build(clock, accounts)
	if err != nil {
		panic(fmt.Sprintf("sandbox: %v", err))
	}
	return s
}

// SetClock puts the sandbox on another clock.
func (s *Sandbox) SetClock(clock func() time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = clock
}

// SetNow stops the clock at now.
func (s *Sandbox) SetNow(now time.Time) { s.SetClock(func() time.Time { return now }) }

// Now returns what the sandbox's clock shows.
func (s *Sandbox) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock()
}

// Accounts returns the appids in the order given.
func (s *Sandbox) Accounts() []string { return slices.Clone(s.order) }

// AppSecret returns the AppSecret of an account, and whether there is one with
// that appid.
func (s *Sandbox) AppSecret(appid string) (string, bool) {
	a, ok := s.accounts[appid]
	if !ok {
		return "", false
	}
	return a.secret, true
}

// Secrets returns every secret, ticket and refresh token there was, and every
// token ever issued, sorted: what must not be found in any output.
func (s *Sandbox) Secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.AppendSeq(slices.Collect(maps.Keys(s.tokens)), maps.Keys(s.componentTokens))
	for _, a := range s.accounts {
		out = append(append(out, a.secret), a.refreshes...)
	}
	for _, c := range s.components {
		out = append(out, c.ComponentAppSecret, c.ComponentVerifyTicket)
	}
	slices.Sort(out)
	return out
}

// Calls returns how often each endpoint was called, refused and cut calls
// included. Images are counted under "picture", other paths under "unknown".
func (s *Sandbox) Calls() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.calls)
}

func (s *Sandbox) count(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[path]++
}

// Deletes returns every id that del_material was called with, in order,
// whatever was answered: refused calls, cut calls and repeats are among them.
func (s *Sandbox) Deletes() []material.ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.deletes)
}

// Live returns what an account holds now: by type in the order of
// [material.Types], newest first. It is nil for an unknown appid.
func (s *Sandbox) Live(appid string) []material.Item {
	a, ok := s.accounts[appid]
	if !ok {
		return nil
	}
	return a.shelf.live()
}

// Upload adds m as the newest material of its type, last changed now unless it
// says otherwise, as if somebody had used the website.
func (s *Sandbox) Upload(appid string, m Material) (material.Item, error) {
	a, ok := s.accounts[appid]
	if !ok {
		return material.Item{}, fmt.Errorf("the sandbox has no account %q", appid)
	}
	it, err := a.shelf.upload(m, s.Now())
	if err != nil {
		return material.Item{}, err
	}
	return a.shelf.listed(it), nil
}

// Remove deletes a material as if somebody had used the website, and reports
// whether it was there.
func (s *Sandbox) Remove(appid string, id material.ID) bool {
	a, ok := s.accounts[appid]
	return ok && a.shelf.remove(id)
}

// Rename gives a material another name as if somebody had used the website,
// which moves its update time, and reports whether it was there.
func (s *Sandbox) Rename(appid string, id material.ID, name string) bool {
	a, ok := s.accounts[appid]
	return ok && a.shelf.rename(id, name, s.Now())
}

// Inject adds faults to an account.
func (s *Sandbox) Inject(appid string, faults ...Fault) error {
	a, ok := s.accounts[appid]
	if !ok {
		return fmt.Errorf("the sandbox has no account %q", appid)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		if err := f.check(s.endpoints); err != nil {
			return err
		}
		a.faults = append(a.faults, newFault(f))
	}
	return nil
}

// Heal removes all faults of an account.
func (s *Sandbox) Heal(appid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.accounts[appid]; ok {
		a.faults = nil
	}
}

// ServeHTTP answers for the API, for the images' host and for the sandbox's
// own paths /_sandbox/calls and /_sandbox/midnight.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", s.Now().UTC().Format(http.TimeFormat))
	if s.serveOwn(w, r) {
		return
	}
	if e, ok := s.endpoints[r.URL.Path]; ok {
		s.serveEndpoint(w, r, e)
		return
	}
	s.servePicture(w, r)
}
