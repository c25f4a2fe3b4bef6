package reconcile

import (
	"encoding/json"
	"errors"
	"fmt"

	"wxkeep/state"
)

// An observation is all that one run saw of an account, as the ledger keeps it
// for a plan that makes no call.
type observation struct {
	Snapshot *state.Snapshot `json:"snapshot"`
	Uses     []state.Use     `json:"uses"`
	Shown    []state.Shown   `json:"shown"`
	Places   []seenPlace     `json:"places"`
}

// A seenPlace is a searched place in JSON.
type seenPlace struct {
	Place string `json:"place"`
	Off   bool   `json:"off,omitempty"`
	Found int    `json:"found"`
	Error string `json:"error,omitempty"`
}

func (d *Decision) encodeObservation() ([]byte, error) {
	o := observation{Snapshot: d.snapshot, Uses: d.facts.Uses, Shown: d.facts.Shown}
	for _, s := range d.places {
		p := seenPlace{Place: s.place, Off: s.off, Found: s.found}
		if s.err != nil {
			p.Error = s.err.Error()
		}
		o.Places = append(o.Places, p)
	}
	b, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("remember the listing: %w", err)
	}
	return b, nil
}

func decodeObservation(b []byte) (observation, error) {
	var o observation
	err := json.Unmarshal(b, &o)
	if err == nil && o.Snapshot == nil {
		err = errors.New("it has no snapshot")
	}
	if err != nil {
		return observation{}, fmt.Errorf("the remembered listing cannot be read: %w", err)
	}
	return o, nil
}

// adopt takes an earlier run's observation for this one's. A place or a type that
// it does not have is unknown.
func (d *Decision) adopt(o observation) {
	d.snapshot, d.facts.Uses, d.facts.Shown = o.Snapshot, o.Uses, o.Shown
	if d.snapshot == nil {
		d.snapshot = &state.Snapshot{}
	}
	var places []searched
	for _, p := range o.Places {
		if p.Off {
			continue
		}
		s := searched{place: p.Place, found: p.Found}
		if p.Error != "" {
			s.err = errors.New(p.Error)
		}
		places = append(places, s)
	}
	d.places = allPlaces(d.Account.Manifest, places)
	for _, t := range listedTypes(d.Account.Manifest) {
		if !d.snapshot.Has(t) {
			d.snapshot.Listings = append(d.snapshot.Listings, state.Listing{Type: t, Problem: string(t) + " was not listed then"})
		}
	}
}
