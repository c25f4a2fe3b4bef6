package plan

import (
	"time"

	"wxkeep/state/material"
)

// A History is the document of wxkeep history: runs, the oldest first.
type History struct {
	Runs []PastRun `json:"runs"`
}

// A PastRun is one run that deleted or restored.
type PastRun struct {
	Run        string     `json:"run"`
	Account    string     `json:"account"`
	AppID      string     `json:"appid"`
	StartedAt  time.Time  `json:"started_at"`
	PlanDigest string     `json:"plan_digest"`
	Items      []PastItem `json:"items"`
}

// A PastItem is what became of one material in a run.
type PastItem struct {
	MediaID material.ID   `json:"media_id"`
	Type    material.Type `json:"type"`
	Name    string        `json:"name"`
	Outcome Outcome       `json:"outcome"`
	New     material.ID   `json:"new,omitempty"`  // of a restored one: the id it has now
	Note    string        `json:"note,omitempty"` // why it was not a success
	At      time.Time     `json:"at"`
}
