package reconcile

import (
	"strings"

	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/ledger"
	"wxkeep/state/material"
)

// remains are what Apply needs of a listing that its Decision gave up: a run
// decides about all accounts before it deletes from the first, and to hold what
// hundreds of them list would take as much memory as all of them together.
type remains struct {
	offsets map[material.ID]int         // where the deletions stood in the lists
	known   material.Marks              // of everything listed, if something is to be deleted
	told    map[material.ID]ledger.Item // what became of what an earlier run left open
	again   string                      // says why pages of an earlier run could not be read again
}

// unpack gives the decision those keep lists whole of which details are told: its
// own with Options.All, and its base's.
func (d *Decision) unpack() {
	d.packed = d.Account
	whole := *d.Account
	if d.opt.All {
		whole.Manifest = whole.Manifest.Unpacked()
	}
	if whole.Base != nil {
		whole.Base = whole.Base.Unpacked()
	}
	d.Account = &whole
}

// repack gives the keep lists up again, once all is decided by them. With
// Options.All they stay, for Explain.
func (d *Decision) repack() {
	if !d.opt.All {
		d.Account, d.roll = d.packed, roll{}
	}
}

// settleDown gives up the listing, and everything as long as it, once all is
// decided. With Options.All it stays: then nothing is too long to be shown, and
// Explain and Find ask for it.
func (d *Decision) settleDown() {
	if d.live == nil { // nothing was decided
		return
	}
	d.remains = remains{told: d.findOpen()}
	if d.again != nil {
		d.remains.again = d.kept(d.again).Error()
	}
	if len(d.approved) > 0 && d.opt.Applying {
		d.remains.offsets = d.snapshot.Offsets(d.approved)
		d.remains.known = material.MarksOf(d.snapshot.Items)
	}
	d.history = nil
	if d.opt.All {
		return
	}
	d.snapshot = &state.Snapshot{ObservedAt: d.snapshot.ObservedAt, Listings: d.snapshot.Listings}
	d.live, d.base, d.found, d.scans, d.facts = nil, sight{}, sight{}, nil, Facts{Now: d.facts.Now}
	if d.past != nil {
		d.past = &unfinished{} // that there is something is what forgetPages asks
	}
	used := usage{}
	for i := range d.Changes {
		c := &d.Changes[i]
		if spots := d.used[c.Item.ID]; c.Action == plan.Delete && spots != nil {
			used[c.Item.ID] = spots
		}
		c.Item = alone(c.Item)
	}
	d.used = used
}

// alone is an item that shares no memory with the page that it was read from.
func alone(it material.Item) material.Item {
	it.ID = material.ID(strings.Clone(string(it.ID)))
	it.Name, it.URL, it.Cover = strings.Clone(it.Name), strings.Clone(it.URL), strings.Clone(it.Cover)
	return it
}

// findOpen says what became of the deletions that the last run left open.
func (d *Decision) findOpen() map[material.ID]ledger.Item {
	if d.lease == nil {
		return nil
	}
	found := map[material.ID]ledger.Item{}
	for _, it := range d.openNow(d.history.Open()) {
		found[it.ID] = it
	}
	return found
}
