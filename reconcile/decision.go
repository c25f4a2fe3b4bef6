package reconcile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"
	"time"

	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/ledger"
	"wxkeep/state/material"
)

// A Decision is what a run decided about one account, and after Apply what
// became of it.
type Decision struct {
	Account *Account
	Summary plan.Account // everything but the changes
	// Changes has one for every live material of a governed type, but for those that
	// an entry or a rule keeps: they are counted, and among the changes only with
	// Options.All.
	Changes []plan.Change

	packed     *Account        // the account as it was given
	others     int             // kept materials that are not among Changes
	live       *material.Index // of the snapshot's items
	roll       roll            // of the manifest's entries
	snapshot   *state.Snapshot // without its items, once they are given up
	remains    remains
	places     []searched
	base       sight // what is used in the places of the base
	facts      Facts
	budget     budget
	listing    shortage // the list calls needed, and what there was for them
	used       usage
	approved   material.Set // the exact ids that the guards saw
	forbidden  material.Set // those of them that are not sent all the same
	doomed     material.Set // the news among them
	history    *ledger.History
	lease      *ledger.Lease  // held by this run
	planDigest string         // of the saved plan that is applied
	past       *unfinished    // what an earlier run could not finish; nil for nothing
	scans      scans          // what was read of drafts and publications, by an earlier run or this one
	scanned    bool           // this run read some
	partly     map[string]int // places of which this run looked at the ends alone, and how many rows they have
	found      sight          // what was found in the places that the API knows
	again      error          // why pages of an earlier run could not be read again
	opt        Options
}

// newDecision is a decision about which nothing is known yet.
func newDecision(a *Account, opt Options) *Decision {
	opt = opt.withDefaults()
	m := a.Manifest
	d := &Decision{Account: a, opt: opt, budget: budget{known: map[string]quotaAt{}}, scans: scans{}, partly: map[string]int{}, Summary: plan.Account{
		Name: m.Name, AppID: m.AppID,
		Manifest:   plan.Manifest{Digest: m.Digest(), SettingsDigest: m.SettingsDigest(), Paths: m.Files},
		Listing:    plan.Listing{Total: map[material.Type]int{}, Listed: map[material.Type]int{}},
		References: []plan.Reference{}, Findings: []plan.Finding{}, Guards: []plan.Guard{}, Calls: plan.Calls{},
	}}
	if b := a.Base; b != nil {
		d.Summary.Base = &plan.Base{Digest: b.Digest(), SettingsDigest: b.SettingsDigest()}
	}
	return d
}

// decide lists the account and decides about everything in it. It deletes
// nothing. Trouble does not end it: what could not be done stands in
// Summary.Error and Summary.Status, beside everything that could.
//
// saved is nil, or the plan that was approved: then only its deletions are left.
func (d *Decision) decide(ctx context.Context, saved *plan.Plan) {
	opt, m := d.opt, d.Account.Manifest
	if saved != nil {
		d.planDigest = saved.Digest
		if err := fresh(saved, m, opt.Now()); err != nil {
			d.Refuse(plan.Stale, err)
			return
		}
	}
	if err := d.recall(ctx, saved); err != nil {
		d.Refuse(ledgerStatus(err), err)
		return
	}
	err := d.observe(ctx)
	if opt.Remembered && err != nil {
		d.Refuse(plan.Error, err) // nothing was seen, about which guards could speak
		return
	}
	d.facts.Now, d.facts.Details = opt.Now(), opt.All
	d.unpack()
	if r := d.choose(ctx, saved); saved != nil {
		d.tell(r)
	}
	d.unread()
	d.measureDeletions(ctx)
	d.conclude(d.unseen(err))
	d.repack()
	if d.lease != nil && !opt.Remembered {
		if err := d.record(ctx); err != nil {
			d.Refuse(ledgerStatus(err), fmt.Errorf("write down what was seen: %w", err))
		}
	}
	if err := d.keepScans(ctx); err != nil {
		d.Refuse(ledgerStatus(err), fmt.Errorf("write down what was read of drafts and publications: %w", err))
	}
	if err := d.keepPages(ctx, err); err != nil {
		d.Refuse(ledgerStatus(err), fmt.Errorf("write down what is to be gone on with: %w", err))
	}
}

// unseen is the exit status of an incomplete listing. One that failed refuses the
// account, but for news as a reference: then that place is unknown.
func (d *Decision) unseen(err error) plan.Status {
	var failed *state.ListError
	switch {
	case err == nil:
		return plan.Unseen
	case errors.As(err, &failed) && slices.Contains(whole(d.Account.searched()), failed.Type):
		return plan.Worst(unknownStatus(d.places), unknownStatus(d.base.places))
	}
	status := statusOf(err)
	d.Refuse(status, d.kept(err))
	return status
}

// observe lists the account and searches for uses, at the same time.
func (d *Decision) observe(ctx context.Context) error {
	a, m := d.Account, d.Account.searched()
	if d.opt.Remembered {
		return d.observeRemembered(ctx)
	}
	var recalled []state.Remembered
	var recalling sync.WaitGroup // while the account is counted
	recalling.Go(func() { recalled = d.recallListing(ctx) })
	remembered := func() []state.Remembered {
		recalling.Wait()
		return recalled
	}
	lister := d.measureListing(ctx, remembered)
	var found sight
	var searching sync.WaitGroup
	for _, s := range a.Searchers {
		d.resumeScan(s)
	}
	searching.Go(func() { found = d.search(ctx) })
	var err error
	d.snapshot, err = state.Observe(ctx, lister, listedTypes(m), state.Options{
		Account: m.Name, Parallelism: d.opt.Parallelism, Progress: d.opt.Progress, Now: d.opt.Now, Whole: whole(m),
		Pages: d.pages(), Remembered: remembered(),
	})
	d.listing.needed = d.listed()
	d.facts.Earlier = d.snapshot.Earlier
	searching.Wait()
	if slices.Contains(m.References.Places, state.PlaceNews) {
		found.uses = append(found.uses, d.snapshot.Uses...)
		found.places = append(found.places, searchedNews(d.snapshot, err))
	}
	d.see(ctx, found)
	return err
}

// observeRemembered takes what the last run saw. What that did not see is
// unknown.
func (d *Decision) observeRemembered(ctx context.Context) error {
	var o observation
	var err error
	if l := d.Account.Ledger; l == nil {
		err = errors.New("no listing is remembered: there is no ledger")
	} else {
		err = l.Snapshot(ctx, func(_ time.Time, r io.Reader) (err error) {
			o, err = readObservation(r)
			return err
		})
		if errors.Is(err, fs.ErrNotExist) {
			err = errors.New("no listing is remembered: make one with wxkeep plan --record")
		}
	}
	d.adopt(ctx, o)
	return err
}

// tell says what is left of the saved plan.
func (d *Decision) tell(r remainder) {
	if r.message != "" {
		d.Summary.Findings = append(d.Summary.Findings, plan.Finding{Kind: plan.PlanShrunk, Message: "of the saved plan " + r.message})
	}
	if r.left+r.waiting == 0 && r.total > 0 {
		d.Refuse(plan.Stale, fmt.Errorf("nothing is left of the saved plan (%s): it is used up, make a new one", r.message))
	}
}

// conclude evaluates the guards on the exact deletions and sums up. unseen is
// the exit status of an incomplete listing.
func (d *Decision) conclude(unseen plan.Status) {
	m, s, now := d.Account.Manifest, &d.Summary, d.facts.Now
	deletions := d.Deletions()
	d.approved = make(material.Set, len(deletions))
	for _, c := range deletions {
		if !d.snapshot.Earlier(c.Item.ID) { // of a plan that is blocked: this run did not see it
			d.approved.Add(c.Item.ID)
		}
	}
	d.doomed = doomed(deletions)
	d.forbid()
	s.ChangesDigest = plan.ChangesDigest(map[string]string{m.Name: m.AppID}, deletions)
	used := d.Account.Reader.Calls()
	allowances := d.budget.allowances(used, m.Guards)
	s.Guards = guard(check{
		manifest: m, base: d.Account.Base, snapshot: d.snapshot, live: d.live, roll: d.roll, changes: d.Changes, deletions: deletions, digest: s.ChangesDigest, places: d.places, history: d.history, now: now,
		allowances: allowances, unmeasured: d.budget.failed, listing: d.listing, pictured: d.pictured,
	})
	s.Findings = append(s.Findings, findings(d.snapshot, d.roll)...)
	s.Listing.ObservedAt = d.snapshot.ObservedAt.UTC().Truncate(time.Second)
	s.Listing.Complete = d.snapshot.Complete()
	for _, l := range d.snapshot.Listings {
		s.Listing.Total[l.Type], s.Listing.Listed[l.Type] = l.Counted, l.Listed
		if l.Reused {
			if s.Listing.Reused == nil {
				s.Listing.Reused = map[material.Type]time.Time{}
			}
			s.Listing.Reused[l.Type] = l.Full.UTC().Truncate(time.Second)
		}
	}
	s.References = references(d.places)
	for _, r := range s.References {
		if r.Status == plan.Off {
			s.Findings = append(s.Findings, plan.Finding{Kind: plan.NotChecked, Message: r.Source + " is left out of references"})
		}
	}
	d.divide()
	s.Summary = plan.Sum(d.Changes)
	s.Summary.Live, s.Summary.Keep = s.Summary.Live+d.others, s.Summary.Keep+d.others
	for _, f := range s.Findings {
		if f.Kind == plan.Missing {
			s.Summary.Missing++
		}
	}
	s.Calls = calls(used, len(deletions), m.Archive, allowances)
	s.Applicable = s.Error == ""
	for _, g := range s.Guards {
		s.Applicable = s.Applicable && g.Status != plan.Blocked
	}
	s.Status = plan.Worst(s.Status, guardStatus(s.Guards, unseen, unknownStatus(d.places), d.opt.Applying))
	if _, ok := d.limited(); ok && !d.opt.Applying {
		s.Status = plan.Worst(s.Status, plan.QuotaUsed)
	}
}

// Refuse notes why the account is not applied, and with which exit status.
func (d *Decision) Refuse(status plan.Status, err error) {
	d.Summary.Status = plan.Worst(d.Summary.Status, status)
	d.Summary.Applicable = false
	if d.Summary.Error != "" {
		d.Summary.Error += "; "
	}
	d.Summary.Error += err.Error()
}

// Deletions returns the changes that delete.
func (d *Decision) Deletions() []plan.Change {
	var deletions []plan.Change
	for _, c := range d.Changes {
		if c.Action == plan.Delete {
			deletions = append(deletions, c)
		}
	}
	return deletions
}

// The paths that a run calls.
const (
	pathCount  = "/cgi-bin/material/get_materialcount"
	pathList   = "/cgi-bin/material/batchget_material"
	pathGet    = "/cgi-bin/material/get_material"
	pathDelete = "/cgi-bin/material/del_material"

	pathMenu      = "/cgi-bin/menu/get"
	pathSelfMenu  = "/cgi-bin/get_current_selfmenu_info"
	pathAutoReply = "/cgi-bin/get_current_autoreply_info"
	pathDrafts    = "/cgi-bin/draft/batchget"
	pathPublished = "/cgi-bin/freepublish/batchget"
)

// calls says what was called until now, what an apply calls in all, and what is
// left today of the quotas that are known.
func calls(used map[string]int, deletions int, archived bool, allowances map[string]allowance) plan.Calls {
	c := plan.Calls{}
	for path, n := range used {
		c[path] = plan.Call{Used: n, Needed: n}
	}
	if deletions > 0 {
		for path, n := range deletionNeeds(deletions, archived) {
			call := c[path]
			call.Needed += n
			c[path] = call
		}
	}
	for path, a := range allowances {
		call := c[path]
		call.Left = &a.left
		c[path] = call
	}
	return c
}
