package ledger

import (
	"fmt"
	"time"

	"wxkeep/state/material"
)

// An Action is what a run does to materials. A run has one.
type Action string

// The actions.
const (
	Delete Action = "delete" // del_material
	Upload Action = "upload" // add_material: restore
)

// Outcomes that the ledger acts on. The journal takes any word, and an outcome
// of the plan's file is one.
const (
	Deleted       = "deleted"
	AlreadyAbsent = "already_absent"
	Refused       = "refused"
	Restored      = "restored"
	Unknown       = "unknown" // also of an intent that no outcome followed
)

// An Item is one material in the journal.
type Item struct {
	material.Item
	Action  Action      `json:"action"`            // if empty, the ledger sets the run's
	SHA256  string      `json:"sha256,omitempty"`  // hex, of its content in the archive
	Outcome string      `json:"outcome,omitempty"` // empty in an intent
	Note    string      `json:"note,omitempty"`    // why the outcome is not a success
	New     material.ID `json:"new,omitempty"`     // of Restored: the id it has now
	At      time.Time   `json:"at"`                // set by the ledger: when it was last written of
	Run     string      `json:"run,omitempty"`     // set by the ledger: the earlier run that left the intent open
}

// RunInfo says what a run is about.
type RunInfo struct {
	Command        string `json:"command"` // such as "apply"
	Action         Action `json:"action"`
	PlanDigest     string `json:"plan_digest,omitempty"`
	ChangesDigest  string `json:"changes_digest,omitempty"`
	ManifestDigest string `json:"manifest_digest,omitempty"`
	GitCommit      string `json:"git_commit,omitempty"`
}

// A Summary says how a run ended.
type Summary struct {
	Status   int      `json:"status"`   // the exit status
	Verified bool     `json:"verified"` // the account was looked at again and agrees
	Messages []string `json:"messages,omitempty"`
}

// A Link names an object of the journal and the SHA-256 of its bytes.
type Link struct {
	Run    string `json:"run"`
	Seq    int    `json:"seq"`
	SHA256 string `json:"sha256"`
}

// The kinds of entries.
const (
	kindBegin   = "begin"
	kindIntent  = "intent"
	kindOutcome = "outcome"
	kindEnd     = "end"
)

// entry is the object journal/RUN/SEQ.json. It is written once.
type entry struct {
	Version int       `json:"version"`
	Run     string    `json:"run"`
	Seq     int       `json:"seq"` // from 1
	Kind    string    `json:"kind"`
	At      time.Time `json:"at"`
	Prev    *Link     `json:"prev,omitempty"` // the entry before, over runs too; none in the first of all

	Begin *begin   `json:"begin,omitempty"`
	Items []Item   `json:"items,omitempty"` // of an end: all that this run wrote of, as they are in the end
	Open  []Item   `json:"open,omitempty"`  // of a begin and an end: intents of earlier runs without an outcome
	End   *Summary `json:"end,omitempty"`
}

type begin struct {
	RunInfo
	Account string `json:"account"`
	AppID   string `json:"appid"`
	Holder  Holder `json:"holder"`
	Lease   string `json:"lease"`
}

// decodeEntry reads the entry that key holds and checks that it belongs there.
func decodeEntry(k entryKey, data []byte) (*entry, error) {
	var e entry
	if err := decode(k.key, data, &e); err != nil {
		return nil, err
	}
	if e.Run != k.run || e.Seq != k.seq {
		return nil, corrupt(k.key, "it says that it is entry %d of run %s", e.Seq, e.Run)
	}
	if err := e.check(); err != nil {
		return nil, corrupt(k.key, "%v", err)
	}
	return &e, nil
}

func (e *entry) check() error {
	begins := e.Kind == kindBegin
	switch {
	case e.At.IsZero():
		return fmt.Errorf("it has no time")
	case begins != (e.Seq == 1):
		return fmt.Errorf("entry %d is of kind %q, but the first, and no other, begins a run", e.Seq, e.Kind)
	case begins && e.Begin == nil, e.Kind == kindEnd && e.End == nil:
		return fmt.Errorf("an entry of kind %q without its content", e.Kind)
	case (e.Kind == kindIntent || e.Kind == kindOutcome) && len(e.Items) == 0:
		return fmt.Errorf("an entry of kind %q without items", e.Kind)
	case !begins && e.Prev == nil:
		return fmt.Errorf("it does not name the entry before")
	}
	switch e.Kind {
	case kindBegin, kindIntent, kindOutcome, kindEnd:
		return nil
	}
	return fmt.Errorf("unknown kind %q", e.Kind)
}
