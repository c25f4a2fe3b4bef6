package reconcile

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/ledger"
)

// A Meter tells what WeChat says about the quota of an API path.
type Meter interface {
	Quota(ctx context.Context, path string) (state.Quota, error)
}

// A budget is what is known about an account's quotas: what WeChat said in this
// run, or what the ledger remembers of the day.
type budget struct {
	known  map[string]quotaAt // by path
	failed error              // why nothing more is asked for in this run
}

// A quotaAt is a quota as it was told.
type quotaAt struct {
	state.Quota
	asked  time.Time // when WeChat said so
	before int       // calls of this run on the path until then
	fresh  bool      // WeChat said so in this run
}

// An allowance is what a run may take of a quota.
type allowance struct {
	limit    int // calls a day
	left     int // of them, less the run's own calls since
	reserved int // of them, for production
}

// room is how many more calls the run may make.
func (a allowance) room() int { return max(0, a.left-a.reserved) }

// remember takes what the ledger has of today. What it cannot read is not known,
// which stops no run.
func (b *budget) remember(quotas map[string]ledger.Quota) {
	for path, q := range quotas {
		b.known[path] = quotaAt{asked: q.Asked, Quota: state.Quota{
			Limit: q.Limit, Used: q.Limit - q.Left, Left: q.Left,
			Rate: state.Rate{Calls: q.CallCount, Window: time.Duration(q.RefreshSecond) * time.Second},
		}}
	}
}

// allowances is what is known of each path, after calls.
func (b *budget) allowances(calls map[string]int, guards manifests.Guards) map[string]allowance {
	all := make(map[string]allowance, len(b.known))
	for path, q := range b.known {
		all[path] = allowance{limit: q.Limit, left: q.now(calls[path]), reserved: reserved(q.Limit, guards)}
	}
	return all
}

// reserved is how many calls of a daily limit are production's.
func reserved(limit int, guards manifests.Guards) int {
	return int(math.Ceil(float64(limit) * guards.QuotaReservePercent / 100))
}

// now is what is left after so many calls of this run.
func (q quotaAt) now(calls int) int { return max(0, q.Left-(calls-q.before)) }

// measure asks for the quotas of paths that so many more calls are to be made of.
// What was asked for today is not asked for again while there is plenty: others
// use it, too. After the first failure nothing is.
func (d *Decision) measure(ctx context.Context, needs map[string]int) {
	m := d.Account.Meter
	if m == nil || d.opt.Remembered {
		return
	}
	for _, path := range slices.Sorted(maps.Keys(needs)) {
		if d.budget.failed != nil || d.plenty(path, needs[path]) {
			continue
		}
		before := d.Account.Reader.Calls()[path]
		q, err := m.Quota(ctx, path)
		if err != nil {
			d.budget.failed = err
			continue
		}
		d.budget.known[path] = quotaAt{Quota: q, asked: d.opt.Now(), before: before, fresh: true}
	}
}

// plenty reports whether a path need not be asked for: that was done in this run,
// or twice as many calls as needed are left of what was known today.
func (d *Decision) plenty(path string, need int) bool {
	q, ok := d.budget.known[path]
	if !ok || q.fresh {
		return ok
	}
	return q.now(d.Account.Reader.Calls()[path])-reserved(q.Limit, d.Account.Manifest.Guards) >= 2*max(1, need)
}

// measureListing counts the account, asks for the quotas of what listing and
// searching it takes, and returns what lists it without counting again. It counts
// first because that tells how many pages there are, and whether the account can
// be called at all.
func (d *Decision) measureListing(ctx context.Context, remembered func() []state.Remembered) state.Lister {
	a := d.Account
	if a.Meter == nil {
		return a.Reader
	}
	counts, err := a.Reader.Counts(ctx)
	if err != nil {
		return &counted{Lister: a.Reader, err: err}
	}
	needs := listingNeeds(a.searched(), counts, remembered())
	d.measure(ctx, needs)
	if q, ok := d.budget.known[pathList]; ok {
		list := allowance{limit: q.Limit, left: q.now(a.Reader.Calls()[pathList]), reserved: reserved(q.Limit, a.Manifest.Guards)}
		d.listing = shortage{path: pathList, needed: needs[pathList], allowance: list}
	}
	return &counted{Lister: a.Reader, counts: counts}
}

// listingNeeds is how many calls listing and searching an account still takes,
// once it is counted, of the paths that may need many. How many drafts and
// publications there are is not known before they are read; nor is it whether
// what is remembered still fits, for which it is taken.
func listingNeeds(m *manifests.Account, counts state.Counts, remembered []state.Remembered) map[string]int {
	needs := map[string]int{pathCount: 0, pathList: 0}
	for _, t := range listedTypes(m) {
		needs[pathList] += state.PageCount(counts[t])
		for _, r := range remembered {
			if r.Type == t && !slices.Contains(whole(m), t) {
				needs[pathList] += r.Calls(counts[t]) - state.PageCount(counts[t])
			}
		}
	}
	for place, path := range map[string]string{state.PlaceDrafts: pathDrafts, state.PlacePublished: pathPublished} {
		if slices.Contains(m.References.Places, place) {
			needs[path] = 1
		}
	}
	return needs
}

// A counted lister gives the counts that were already had, once; the next are
// those of another call.
type counted struct {
	state.Lister
	counts state.Counts
	err    error
	given  bool
}

// Counts returns what get_materialcount said.
func (c *counted) Counts(ctx context.Context) (state.Counts, error) {
	if c.given {
		return c.Lister.Counts(ctx)
	}
	c.given = true
	return c.counts, c.err
}

// measureDeletions asks for the quotas of what an apply takes.
func (d *Decision) measureDeletions(ctx context.Context) {
	if n := len(d.Deletions()); n > 0 {
		d.measure(ctx, deletionNeeds(n, d.Account.Manifest.Archive))
	}
}

// deletionNeeds is how many calls it takes to delete n materials: one count for
// one, two for more, and the content of each if it is archived.
func deletionNeeds(n int, archived bool) map[string]int {
	needs := map[string]int{pathCount: min(n, 2), pathDelete: n}
	if archived {
		needs[pathGet] = n
	}
	return needs
}

// recount brings the calls up to date after an apply. What it left undone is
// still needed.
func (d *Decision) recount() {
	used := d.Account.Reader.Calls()
	now := calls(used, 0, false, d.budget.allowances(used, d.Account.Manifest.Guards))
	for path, c := range now {
		c.Needed = max(c.Needed, d.Summary.Calls[path].Needed)
		now[path] = c
	}
	for path, c := range d.Summary.Calls {
		if _, ok := now[path]; !ok {
			now[path] = c // needed, and never called
		}
	}
	d.Summary.Calls = now
}

// remembered is what the ledger is to know of the budget: nothing after a run
// that ended for want of a quota, so that the next one asks WeChat.
func (d *Decision) remembered() map[string]ledger.Quota {
	all := map[string]ledger.Quota{}
	if d.Summary.Status == plan.QuotaUsed {
		return all
	}
	calls := d.Account.Reader.Calls()
	for path, q := range d.budget.known {
		all[path] = ledger.Quota{
			Limit: q.Limit, Left: q.now(calls[path]), CallCount: q.Rate.Calls, RefreshSecond: int(q.Rate.Window / time.Second), Asked: q.asked.UTC().Round(0),
		}
	}
	return all
}
