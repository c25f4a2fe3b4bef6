package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"wxkeep/reconcile/plan"
	"wxkeep/state"
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
// which is looked after, then batches that double up to Options.Parallelism, and
// counts the account again at the end. Outcomes go into d.Changes and
// d.Summary.Result.
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
	if d.lease == nil || d.history == nil || len(d.history.Runs) == 0 {
		return false
	}
	last := d.history.Runs[len(d.history.Runs)-1]
	return len(d.told(last.Open)) > 0
}

// sets returns the ids that may be sent, which are those that the guards saw,
// and those that never may. The latter are asked of the manifest again, so that
// no mistake in the decisions can send one of them.
func (d *Decision) sets() (approved, kept material.Set) {
	kept = material.Set{}
	p := protect(d.Account.Manifest, d.facts)
	for id := range p.entries {
		kept.Add(id)
	}
	for _, it := range d.snapshot.Items {
		_, used := d.used.protects(it.ID, d.doomed)
		if used || p.rule(it) != nil {
			kept.Add(it.ID)
		}
	}
	for _, c := range d.Changes {
		if c.Action != plan.Delete {
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

// send sends what of the queue fits into the day, until something stops it.
func (a *application) send(ctx context.Context, queue []*plan.Change) {
	whole, limit := queue, ""
	if g, ok := a.limited(); ok {
		queue, limit = a.fitting(queue), g.Message
	}
	rest := a.canary(ctx, queue)
	news := slices.IndexFunc(rest, func(c *plan.Change) bool { return c.Item.Type != material.News })
	if news < 0 {
		news = len(rest)
	}
	size := a.batches(ctx, rest[:news], 2, len(queue))
	a.batches(ctx, rest[news:], size, len(queue))
	if len(queue) < len(whole) {
		a.stop(plan.QuotaUsed, errors.New(limit))
	}
	for _, c := range whole {
		if c.Outcome == "" {
			c.Outcome, c.Note = plan.Deferred, a.stopped.Error()
		}
	}
}

// batches sends changes in batches of size at first, doubled up to the
// parallelism, and returns the size to go on with.
func (a *application) batches(ctx context.Context, changes []*plan.Change, size, total int) int {
	for len(changes) > 0 && a.goesOn(ctx) {
		size = min(size, a.opt.Parallelism)
		n := min(size, len(changes))
		a.batch(ctx, changes[:n], total)
		changes = changes[n:]
		size *= 2
	}
	return size
}

// batch archives what it can, notes what it is about to delete, deletes it, and
// notes what became of it: in this order, so that a crash at any instant leaves
// what tells the next run.
func (a *application) batch(ctx context.Context, changes []*plan.Change, total int) {
	var free []*plan.Change
	for _, c := range changes {
		if a.free(c) {
			free = append(free, c)
		}
	}
	safe := a.archive(free)
	if !a.goesOn(ctx) || !a.intend(safe) {
		return
	}
	var calls sync.WaitGroup
	for _, c := range safe {
		calls.Go(func() { a.delete(c, total) })
	}
	calls.Wait()
	if err := a.journal(safe); err != nil {
		a.stop(plan.Error, err)
	}
}

// free reports whether the news that uses c is gone. If not, c is left alone.
func (a *application) free(c *plan.Change) bool {
	for _, id := range a.used.needs(c.Item.ID) {
		if a.doomed.Has(id) && !a.vanished.Has(id) {
			c.Outcome, c.Note = plan.Changed, fmt.Sprintf("news %s still uses it", id)
			return false
		}
	}
	return true
}

// goesOn reports whether another call may begin.
func (a *application) goesOn(ctx context.Context) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stopped == nil && ctx.Err() != nil {
		a.stopped, a.status = errors.New("interrupted"), plan.Interrupted
	}
	return a.stopped == nil
}

// delete sends one id and notes what became of it.
func (a *application) delete(c *plan.Change, total int) {
	unclear, err := a.del.Delete(a.calls, c.Item.ID)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.note(c, unclear, err)
	a.sent++
	a.opt.Progress.Progress(state.Event{Account: a.Summary.Name, Stage: "deleting", Done: a.sent, Total: total})
}

// note turns an answer into an outcome. An answer that was lost leaves it
// unknown until a new listing tells.
func (a *application) note(c *plan.Change, unclear bool, err error) {
	if err == nil {
		c.Outcome = plan.Deleted
		a.gone, a.lost = 0, 0
		a.vanished.Add(c.Item.ID)
		return
	}
	c.Note = err.Error()
	switch {
	case errors.Is(err, state.ErrGone):
		c.Outcome = plan.Undecided
		a.notValid(c, unclear, err)
	case errors.Is(err, state.ErrInUse), errors.Is(err, state.ErrProtected):
		c.Outcome = plan.Refused
		a.gone, a.lost = 0, 0
	case errors.Is(err, state.ErrItem):
		c.Outcome = plan.Failed
	case errors.Is(err, state.ErrNotApproved):
		c.Outcome = plan.Failed
		a.stop(plan.Error, fmt.Errorf("this is a mistake in wxkeep, please report it: %w", err))
	case a.barred(c, err), a.interrupted(c):
	case a.unanswered(err):
		c.Outcome = plan.Failed
	default:
		c.Outcome = plan.Undecided
		a.stop(plan.Error, err)
	}
	if unclear {
		a.refused[c.Item.ID] = c.Outcome == plan.Refused
		c.Outcome = plan.Undecided
	}
	if c.Outcome == plan.Undecided {
		a.doubts[c.Item.Type] = struct{}{}
	}
}

// barred reports whether err is one with which every further call would end, too.
// Then c is deferred and the run stops.
func (a *application) barred(c *plan.Change, err error) bool {
	switch {
	case errors.Is(err, state.ErrQuota):
		a.stop(plan.QuotaUsed, err)
	case errors.Is(err, state.ErrCredential), errors.Is(err, state.ErrNotGranted):
		a.stop(plan.Denied, err)
	default:
		return false
	}
	c.Outcome = plan.Deferred
	return true
}

// interrupted reports whether the calls in flight were cut. Then c is deferred.
func (a *application) interrupted(c *plan.Change) bool {
	if a.calls.Err() == nil {
		return false
	}
	c.Outcome = plan.Deferred
	a.stop(plan.Interrupted, errors.New("interrupted"))
	return true
}

// unanswered reports whether a call got no answer of its own, and stops the run
// when that happens too often in a row.
func (a *application) unanswered(err error) bool {
	if !errors.Is(err, state.ErrBusy) && !errors.Is(err, state.ErrUnreachable) && !errors.Is(err, state.ErrRate) {
		return false
	}
	if a.lost++; a.lost == streak {
		a.stop(plan.Incomplete, err)
	}
	return true
}

// notValid notes a 40007: gone, foreign or malformed look the same.
func (a *application) notValid(c *plan.Change, unclear bool, err error) {
	a.unclear[c.Item.ID] = unclear
	a.lost = 0
	if unclear {
		return // most likely our own deletion, of which the answer was lost
	}
	if a.gone++; a.gone == streak {
		a.stop(plan.Incomplete, fmt.Errorf("%d media_ids in a row are not valid: %w", streak, err))
	}
}

// stop ends the run after the calls in flight; the first reason stays.
func (a *application) stop(status plan.Status, err error) {
	a.status = plan.Worst(a.status, status)
	if a.stopped == nil {
		a.stopped = err
	}
}

// sumUp counts the outcomes, makes them the account's status, and says why the
// run stopped, if it did.
func (a *application) sumUp(queue []*plan.Change) {
	status := a.status
	for _, c := range a.Changes {
		if c.Outcome != "" {
			a.result.Outcomes[c.Outcome]++
		}
		if c.Outcome == plan.Failed || c.Outcome == plan.Undecided || c.Outcome == plan.ArchiveFailed {
			status = plan.Worst(status, plan.Incomplete)
		}
	}
	switch n := a.result.Outcomes[plan.Deferred]; {
	case n > 0 && a.stopped == nil:
		a.result.Say("%d of %d deferred, since their content cannot be had: %v; run again to go on", n, len(queue), a.noContent)
	case n > 0:
		a.result.Say("stopped: %v; %d of %d deferred, run again to go on", a.stopped, n, len(queue))
	case a.stopped != nil:
		a.result.Say("stopped: %v", a.stopped)
	}
	if a.again != nil {
		status = plan.Worst(status, statusOf(a.again))
		a.result.Say("not all pages of earlier runs were read again: %v; what stands on the others is held", a.kept(a.again))
	}
	a.Summary.Status = plan.Worst(a.Summary.Status, status)
	a.recount()
	a.result.FinishedAt = a.opt.Now().UTC().Truncate(time.Second)
}
