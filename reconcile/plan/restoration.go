package plan

import "wxkeep/state/material"

// A Restoration is the document of wxkeep restore.
type Restoration struct {
	Restored []RestoredItem `json:"restored"`
}

// A RestoredItem is a material that was uploaded again. What linked to the old
// media_id does not heal.
type RestoredItem struct {
	Old  material.ID   `json:"old"`
	New  material.ID   `json:"new,omitempty"` // empty in a dry run, or when it failed
	Type material.Type `json:"type"`
	Name string        `json:"name"`
	Note string        `json:"note,omitempty"` // why there is no new one, or that it was there already
}
