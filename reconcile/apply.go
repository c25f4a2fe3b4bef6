package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"wxkeep/reconcile/plan"
	"wxkeep/state/ledger"
	"wxkeep/state/material"
)

// maxSkew is how far the local clock may be off the server's: ages and dates
// are decided by it.
const maxSkew = 5 * time.Minute

// streak is how many calls in a row may end the same bad way before a run
// stops.
const streak = 3

// Apply deletes what was decided, if every guard passed: one material first,
// which is looked after, then batches that double, with at most
// Options.Parallelism calls in flight, and counts the account again at the end.
// Outcomes go into d.Changes and d.Summary.Result.
//
// When ctx is done no new call is begun, and the rest is deferred. Calls in
// flight end when calls is done; then nobody knows whether they had their
// effect.
func (d *Decision) Apply(ctx, calls context.Context) {
	if !d.appliable() {
		return
	}
	queue := d.queue()
	if len(queue) == 0 && !d.LeftOpen() {
		return
	}
	if err := d.equipped(); err != nil {
		d.Refuse(plan.Error, err)
		return
	}
	r := &plan.Result{StartedAt: d.opt.Now().UTC().Truncate(time.Second), Outcomes: map[plan.Outcome]int{}, Messages: []string{}}
	d.Summary.Result = r
	if skew, ok := d.Account.Reader.Skew(); ok && skew.Abs() > maxSkew {
		d.Refuse(plan.Error, fmt.Errorf("this machine's clock is %s off the server's: set it, then run again", skew.Abs().Round(time.Second)))
		d.Summary.Result = nil
		return
	}
	a := newApplication(d, calls)
	if err := a.begin(); err != nil {
		d.Refuse(ledgerStatus(err), err)
		d.Summary.Result = nil
		return
	}
	a.send(ctx, queue)
	a.verify(queue)
	a.sumUp(queue)
	if err := a.close(queue); err != nil {
		d.Refuse(plan.Error, err)
	}
}

// equipped returns why nothing may be deleted with what this run has. The
// command line does not let it come to that.
func (d *Decision) equipped() error {
	a := d.Account
	switch {
	case a.Deleter == nil, d.opt.Remembered:
		return errors.New("this run can only plan")
	case a.Ledger != nil && d.lease == nil:
		return errors.New("this run does not hold the lease")
	case a.Manifest.Archive && (a.Ledger == nil || a.Fetcher == nil):
		return errors.New("archive is required, and this run has nowhere to save what it deletes")
	}
	return nil
}

// LeftOpen reports whether an earlier run was cut between a call and its
// outcome, and this run's listing tells what became of it: then Apply writes that
// down, even if there is nothing to delete.
func (d *Decision) LeftOpen() bool {
	return d.lease != nil && len(d.remains.told) > 0
}

// forbid finds out which of the approved ids may never be sent all the same. The
// manifest and the uses are asked again, and nothing that was decided, so that no
// mistake in the decisions can send one of them. No other id can be: what is not
// approved is refused, whatever it is.
func (d *Decision) forbid() {
	d.forbidden = material.Set{}
	if len(d.approved) == 0 {
		return
	}
	m, now := d.Account.Manifest, d.facts.Now
	for _, e := range m.Entries() {
		if d.approved.Has(e.ID) && !e.Expired(now) {
			d.forbidden.Add(e.ID)
		}
	}
	p := protect(m, d.facts)
	for i := range d.snapshot.Items {
		it := &d.snapshot.Items[i]
		if !d.approved.Has(it.ID) {
			continue
		}
		if _, used := d.used.protects(it.ID, d.doomed); used || p.rule(it) != nil {
			d.forbidden.Add(it.ID)
		}
	}
}

// sets returns the ids that may be sent, which are those that the guards saw, and
// those of them that never may: what forbid found, and what is not, or no longer,
// decided to be deleted.
func (d *Decision) sets() (approved, kept material.Set) {
	kept = maps.Clone(d.forbidden)
	for i := range d.Changes {
		if c := &d.Changes[i]; c.Action != plan.Delete {
			kept.Add(c.Item.ID)
		}
	}
	return d.approved, kept
}

// An application is one Apply.
type application struct {
	*Decision
	result *plan.Result
	calls  context.Context
	del    Deleter

	run    *ledger.Run                  // nil without a ledger
	hashes map[material.ID]string       // of what was archived
	scarce bool                         // the quota for contents would not reach
	noted  map[material.ID]plan.Outcome // as the journal has them

	mu        sync.Mutex
	noContent error // that the quota for contents is used up
	sent      int
	gone      int                        // clean answers in a row that an id is not valid
	lost      int                        // calls in a row without an answer
	unclear   map[material.ID]bool       // 40007, and whether an answer was lost before it
	refused   map[material.ID]bool       // refused after an answer was lost
	stopped   error                      // why no further call is begun
	status    plan.Status                // what the stop means
	vanished  material.Set               // deletions that WeChat accepted
	settled   bool                       // the only deletion was verified already
	doubts    map[material.Type]struct{} // types that need a new listing
}

func newApplication(d *Decision, calls context.Context) *application {
	return &application{
		Decision: d, result: d.Summary.Result, calls: calls, del: d.Account.Deleter(d.sets()),
		hashes: map[material.ID]string{}, noted: map[material.ID]plan.Outcome{}, vanished: material.Set{},
		scarce: d.contentRoom() < d.Summary.Summary.Delete, unclear: map[material.ID]bool{}, refused: map[material.ID]bool{}, doubts: map[material.Type]struct{}{},
	}
}
