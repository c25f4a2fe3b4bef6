package plan

import (
	"encoding/json"
	"fmt"

	"wxkeep/state/material"
)

// An Action is what happens to one material.
type Action string

// The actions. There is no create and no update: a reconciliation removes what
// nothing keeps and leaves everything else alone.
const (
	Keep   Action = "keep"
	Hold   Action = "hold" // not now
	Delete Action = "delete"
)

// A Reason says why a Change has its Action. Its text is part of the plan
// file's format, so reasons are added and never renamed.
type Reason string

// The reasons.
const (
	Listed          Reason = "listed"             // keep: an entry of the manifest
	Rule            Reason = "rule"               // keep: a rule of the manifest
	Referenced      Reason = "referenced"         // keep: something uses it
	TooNew          Reason = "too_new"            // hold: younger than min_age
	InGrace         Reason = "in_grace"           // hold: an orphan for less than grace
	Restored        Reason = "restored"           // hold: restored less than 30 days ago
	MaybeInUse      Reason = "maybe_in_use"       // hold: something is shown that the API does not identify
	RefusedBefore   Reason = "refused"            // hold: WeChat refused to delete it in the last 7 days
	OverLimit       Reason = "over_limit"         // hold: left out by --limit
	NotSeenAgain    Reason = "not_seen_again"     // hold: an earlier run saw it, and its page could not be read again
	NotInThisChange Reason = "not_in_this_change" // hold: left out by --only-id or --only-change
	Orphan          Reason = "orphan"             // delete: nothing keeps it
)

// A Cause says whose doing it is that something is deleted, or held until it can
// be. A plan knows it only of a change, which it compares with its base.
type Cause string

// The causes.
const (
	ThisChange Cause = "this_change" // the base branch's manifest would keep it, or still hold it
	Pending    Cause = "pending"     // it would not, either
)

// An Outcome is what became of one deletion.
type Outcome string

// The outcomes of apply.
const (
	Deleted       Outcome = "deleted"
	AlreadyAbsent Outcome = "already_absent" // it was gone when its turn came
	Changed       Outcome = "changed"        // no longer as planned: left alone
	Refused       Outcome = "refused"        // WeChat protects it: not a failure
	ArchiveFailed Outcome = "archive_failed" // its bytes could not be saved: left alone
	Deferred      Outcome = "deferred"       // not tried: quota, interruption or a stop
	Failed        Outcome = "failed"         // tried, and still there
	Undecided     Outcome = "unknown"        // tried, and nothing tells whether it is gone
)

// A Change is the decision about one live material. Every material of a
// governed type has exactly one, kept ones too, so that a reader can see why.
type Change struct {
	Account string
	Item    material.Item
	Action  Action
	Reason  Reason
	Detail  string  // such as the entry's position, or when a hold ends
	Cause   Cause   // of a change that is compared with its base, and never of what is kept
	Outcome Outcome // empty in a plan
	Note    string  // why the outcome is not deleted, or what is special about it
}

// Address names the material as Terraform names a resource.
func (c Change) Address() string {
	return fmt.Sprintf("%s/%s/%s", c.Account, c.Item.Type, c.Item.ID)
}

// changeJSON is a Change as Terraform's plan format has it.
type changeJSON struct {
	Address string        `json:"address"`
	Mode    string        `json:"mode"`
	Type    material.Type `json:"type"`
	Name    material.ID   `json:"name"`
	Account string        `json:"account"`
	Reason  Reason        `json:"reason"`
	Detail  string        `json:"detail,omitempty"`
	Cause   Cause         `json:"cause,omitempty"`
	Change  struct {
		Actions []string       `json:"actions"`
		Before  *material.Item `json:"before"`
		After   *material.Item `json:"after"`
	} `json:"change"`
	Outcome Outcome `json:"outcome,omitempty"`
	Note    string  `json:"note,omitempty"`
}

// MarshalJSON writes c in Terraform's shape.
func (c Change) MarshalJSON() ([]byte, error) { return encode(c.shape()) }

// shape is c in that shape.
func (c *Change) shape() *changeJSON {
	j := &changeJSON{
		Address: c.Address(), Mode: "managed", Type: c.Item.Type, Name: c.Item.ID, Account: c.Account,
		Reason: c.Reason, Detail: c.Detail, Cause: c.Cause, Outcome: c.Outcome, Note: c.Note,
	}
	j.Change.Before = &c.Item
	j.Change.Actions = []string{"no-op"}
	if c.Action == Delete {
		j.Change.Actions[0] = "delete"
	} else {
		j.Change.After = &c.Item
	}
	return j
}

// UnmarshalJSON reads what MarshalJSON wrote. Keep and hold are told apart by
// their reasons.
func (c *Change) UnmarshalJSON(b []byte) error {
	var j changeJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	if j.Change.Before == nil || len(j.Change.Actions) != 1 {
		return fmt.Errorf("resource change %q has no change.before or not one action", j.Address)
	}
	action, err := actionOf(j.Change.Actions[0], j.Reason)
	if err != nil {
		return fmt.Errorf("resource change %q: %w", j.Address, err)
	}
	*c = Change{
		Account: j.Account, Item: *j.Change.Before, Action: action, Reason: j.Reason,
		Detail: j.Detail, Cause: j.Cause, Outcome: j.Outcome, Note: j.Note,
	}
	return nil
}

func actionOf(verb string, r Reason) (Action, error) {
	switch verb {
	case "delete":
		return Delete, nil
	case "no-op":
		switch r {
		case Listed, Rule, Referenced:
			return Keep, nil
		}
		return Hold, nil // a reason this version does not know holds
	}
	return "", fmt.Errorf("unknown action %q", verb)
}
