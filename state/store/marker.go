package store

import (
	"encoding/json"
	"errors"
	"fmt"
)

const (
	markerKey     = "wxkeep"
	formatVersion = 1
)

// errNoMarker: the place holds something, and it is no ledger.
var errNoMarker = errors.New("it holds other things and no ledger (no object named " + markerKey +
	"): name an empty place, or the ledger's own")

// A marker is the first object of a ledger, and says how the rest is stored.
type marker struct {
	Version     int  `json:"wxkeep_ledger"`
	Generations bool `json:"generations,omitempty"` // see the type of that name
}

// encode returns the marker's bytes, which are always the same for one store.
func (m marker) encode() []byte {
	m.Version = formatVersion
	data, _ := json.Marshal(m) // two plain fields cannot fail
	return append(data, '\n')
}

// check refuses a ledger of a format that is not ours, or one that is stored in
// another way: its newer objects would not be seen.
func (m marker) check(data []byte) error {
	var found marker
	switch err := json.Unmarshal(data, &found); {
	case err != nil || found.Version < 1:
		return fmt.Errorf("the marker %s is not one of wxkeep's: restore it from a copy, or name another place", markerKey)
	case found.Version != formatVersion:
		return fmt.Errorf("the ledger has format %d and this wxkeep reads %d: use a wxkeep that reads it", found.Version, formatVersion)
	case found.Generations && !m.Generations:
		return errors.New("the ledger was begun with forbid-overwrite-header: name it again")
	case !found.Generations && m.Generations:
		return errors.New("the ledger was begun without forbid-overwrite-header: leave it out")
	}
	return nil
}
