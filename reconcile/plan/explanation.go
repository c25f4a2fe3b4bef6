package plan

import "wxkeep/state/material"

// An Explanation is the document of wxkeep explain: the verdict about one
// material, and everything that bears on it.
type Explanation struct {
	MediaID    material.ID    `json:"media_id"`
	Account    string         `json:"account"`
	Item       *material.Item `json:"item"` // null when it is not live
	Action     Action         `json:"action,omitempty"`
	Reason     Reason         `json:"reason,omitempty"`
	Detail     string         `json:"detail,omitempty"`
	Considered []Considered   `json:"considered"`
}

// Considered is one thing that was looked at.
type Considered struct {
	What   string `json:"what"`   // entry, rule, retire, use, age, grace, refusal, restoration or guard
	Counts bool   `json:"counts"` // whether it keeps, holds or blocks
	Detail string `json:"detail"`
}
