package reconcile

import (
	"context"
	"errors"
	"fmt"
	"io"

	"wxkeep/state"
	"wxkeep/state/material"
)

// An observation is all that one run saw of an account, as the ledger keeps it
// for a plan that makes no call: this as JSON, then the items.
type observation struct {
	Snapshot *state.Snapshot `json:"snapshot"` // without its items
	Uses     []state.Use     `json:"uses"`
	Shown    []state.Shown   `json:"shown"`
	Places   []seenPlace     `json:"places"`
	Items    int             `json:"items"` // how many follow
}

// A seenPlace is a searched place in JSON.
type seenPlace struct {
	Place string `json:"place"`
	Off   bool   `json:"off,omitempty"`
	Found int    `json:"found"`
	Error string `json:"error,omitempty"`
}

// writeObservation writes what this run saw.
func (d *Decision) writeObservation(w io.Writer) error {
	head := *d.snapshot
	head.Items = nil
	o := observation{Snapshot: &head, Uses: d.facts.Uses, Shown: d.facts.Shown, Items: len(d.snapshot.Items)}
	for _, s := range d.places {
		p := seenPlace{Place: s.place, Off: s.off, Found: s.found}
		if s.err != nil {
			p.Error = s.err.Error()
		}
		o.Places = append(o.Places, p)
	}
	return writeItems(w, o, func(write func(*material.Item) error) error {
		for i := range d.snapshot.Items {
			if err := write(&d.snapshot.Items[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func readObservation(r io.Reader) (observation, error) {
	var o observation
	items, err := readHead(r, &o)
	if err == nil && o.Snapshot == nil {
		err = errors.New("it has no snapshot")
	}
	if err == nil {
		o.Snapshot.Items, err = items.next(o.Items)
	}
	if err == nil {
		err = items.end()
	}
	if err != nil {
		return observation{}, fmt.Errorf("the remembered listing cannot be read: %w", err)
	}
	return o, nil
}

// adopt takes an earlier run's observation for this one's. A place or a type that
// it does not have is unknown.
func (d *Decision) adopt(ctx context.Context, o observation) {
	d.snapshot = o.Snapshot
	found := sight{uses: o.Uses, shown: o.Shown}
	if d.snapshot == nil {
		d.snapshot = &state.Snapshot{}
	}
	for _, p := range o.Places {
		if p.Off {
			continue
		}
		s := searched{place: p.Place, found: p.Found}
		if p.Error != "" {
			s.err = errors.New(p.Error)
		}
		found.places = append(found.places, s)
	}
	d.recollect(ctx, found)
	for _, t := range listedTypes(d.Account.Manifest) {
		if !d.snapshot.Has(t) {
			d.snapshot.Listings = append(d.snapshot.Listings, state.Listing{Type: t, Problem: string(t) + " was not listed then"})
		}
	}
}

// recollect takes what was found then. Of a change and its base the local files
// are looked at anew, which costs no call: they are part of the change.
func (d *Decision) recollect(ctx context.Context, found sight) {
	if d.Account.Base == nil {
		d.facts.Uses, d.facts.Shown, d.places = found.uses, found.shown, allPlaces(d.Account.Manifest, found.places)
		return
	}
	api := *d.Account.searched()
	api.References.Files = nil
	d.see(ctx, found.within(&api))
}
