package reconcile

import (
	"strings"
	"time"

	"wxkeep/manifests"
	"wxkeep/state"
	"wxkeep/state/ledger"
	"wxkeep/state/material"
)

// Facts is what Diff decides by besides the manifest and the live items.
type Facts struct {
	Now        time.Time
	Uses       []state.Use               // seen in this run
	Remembered []ledger.Use              // seen in earlier runs
	Shown      []state.Shown             // shown somewhere, but not identified by the API
	Earlier    func(material.ID) bool    // whether only an earlier run saw an id, which may be gone; nil for none
	Since      map[material.ID]time.Time // since when an id has been an orphan, from the ledger
	Refused    map[material.ID]time.Time // when WeChat last refused to delete an id
	Restored   map[material.ID]time.Time // when an id was made by a restore
	Under      material.Set              // ids that were deleted under the saved plan before
	Details    bool                      // say why kept items are kept, too
}

// How long a refusal and a restoration hold a material.
const (
	refusedFor  = 7 * 24 * time.Hour
	restoredFor = 30 * 24 * time.Hour
)

// resolved turns what is shown into uses, as far as the manifest's
// resolved_uses name it with the same sha256, and returns the rest. An entry of
// an id that is not live, or of another type, names nothing: it may be mistyped,
// and what is really shown would lose its protection.
func resolved(m *manifests.Account, items []material.Item, live *material.Index, f Facts) (uses []state.Use, unknown []state.Shown) {
	is := func(id material.ID, t material.Type) bool {
		place, found := live.Find(id)
		return found && items[place].Type == t && (f.Earlier == nil || !f.Earlier(id)) // which may be gone
	}
	for _, s := range f.Shown {
		known := false
		for _, r := range m.ResolvedUses {
			if r.Place == s.Place && r.SHA256 == s.SHA256 && is(r.MediaID, s.Type) {
				place, _, _ := strings.Cut(s.Place, "/")
				uses = append(uses, state.Use{Place: place, Where: s.Place, ID: r.MediaID})
				known = true
			}
		}
		if !known {
			unknown = append(unknown, s)
		}
	}
	return uses, unknown
}
