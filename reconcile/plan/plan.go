package plan

import (
	"slices"
	"time"

	"wxkeep/state/material"
)

// FormatVersion is the version of the plan file. Readers ignore unknown fields
// of the same major version and refuse another major version.
const FormatVersion = "1.0"

// A Plan is every decision of one run, for one account or several.
type Plan struct {
	FormatVersion string    `json:"format_version"`
	WxkeepVersion string    `json:"wxkeep_version"`
	CreatedAt     time.Time `json:"created_at"`
	ExpiresAt     time.Time `json:"expires_at"`
	Digest        string    `json:"digest"`
	ChangesDigest string    `json:"changes_digest"`
	Accounts      []Account `json:"accounts"`
	Changes       []Change  `json:"resource_changes"`
}

// An Account is what a plan says about one account besides its changes.
type Account struct {
	Name          string      `json:"name"`
	AppID         string      `json:"appid"`
	Manifest      Manifest    `json:"manifest"`
	Listing       Listing     `json:"listing"`
	References    []Reference `json:"references"`
	Guards        []Guard     `json:"guards"`
	Calls         Calls       `json:"calls"`
	Base          *Base       `json:"base,omitempty"`    // nil unless the run is about a change
	Skipped       string      `json:"skipped,omitempty"` // why the run did not look at the account, of which nothing is planned
	Summary       Summary     `json:"summary"`
	Findings      []Finding   `json:"findings"`
	ChangesDigest string      `json:"changes_digest"`
	Applicable    bool        `json:"applicable"`
	Status        Status      `json:"status"`
	Error         string      `json:"error,omitempty"`
	Result        *Result     `json:"result,omitempty"`
}

// Manifest names what an account was planned from. The settings digest covers
// everything but keep, keep_rules and retire.
type Manifest struct {
	Digest         string   `json:"digest"`
	SettingsDigest string   `json:"settings_digest"`
	Paths          []string `json:"paths"`
	GitCommit      string   `json:"git_commit,omitempty"`
}

// Base is what the base branch's manifest of an account is, and how the deletions
// of a change divide.
type Base struct {
	Digest         string `json:"digest"`
	SettingsDigest string `json:"settings_digest"`
	ThisChange     int    `json:"this_change"` // deletions because of the change
	Pending        int    `json:"pending"`     // deletions that the base has, too
}

// Listing says how the live account was listed.
type Listing struct {
	ObservedAt time.Time             `json:"observed_at"`
	Complete   bool                  `json:"complete"`
	Total      map[material.Type]int `json:"total"`  // what get_materialcount said
	Listed     map[material.Type]int `json:"listed"` // distinct ids seen

	Reused map[material.Type]time.Time `json:"reused,omitempty"` // when the remembered listing was made that was found to be still so
}

// Reference statuses.
const (
	Scanned = "scanned" // searched wholly
	Unknown = "unknown" // could not be read
	Off     = "off"     // left out by the manifest: NOT CHECKED
)

// A Reference is one place that was, or was not, searched for uses.
type Reference struct {
	Source string `json:"source"`
	Status string `json:"status"`
	Found  int    `json:"found"`
}

// Guard statuses.
const (
	Passed  = "passed"
	Blocked = "blocked"
	Limited = "limited" // the guard trims the deletions and blocks nothing
)

// A Guard is the result of one check of the exact set of deletions.
type Guard struct {
	Name    string  `json:"name"`
	Status  string  `json:"status"`
	Value   float64 `json:"value"`
	Limit   float64 `json:"limit"`
	Message string  `json:"message"`
}

// Guard names, in the order in which they are evaluated and shown.
const (
	Freeze            = "freeze"
	EmptyManifest     = "empty_manifest"
	WrongAccount      = "wrong_account"
	ListingIncomplete = "listing_incomplete"
	ReferencesUnknown = "references_unknown"
	MaxDeletes        = "max_deletes"
	MaxDeletePercent  = "max_delete_percent"
	MaxDeletesPerDay  = "max_deletes_per_day"
	NotRestorable     = "not_restorable"
	Quota             = "quota"
	GuardsLoosened    = "guards_loosened" // only of a change of a base
)

// Calls counts calls by API path.
type Calls map[string]Call

// A Call says how often one endpoint was called by this run, and how often the
// plan and its apply call it together.
type Call struct {
	Used   int  `json:"used"`
	Needed int  `json:"needed"`
	Left   *int `json:"left,omitempty"` // absent when the quota is not known
}

// Summary counts an account's materials by what happens to them.
type Summary struct {
	Live    int `json:"live"`
	Keep    int `json:"keep"`
	InUse   int `json:"in_use"`
	Hold    int `json:"hold"`
	Delete  int `json:"delete"`
	Missing int `json:"missing"`
}

// Sum counts changes by what happens. Missing is not among them: what is missing
// has no change.
func Sum(changes []Change) Summary {
	s := Summary{Live: len(changes)}
	for _, c := range changes {
		switch {
		case c.Action == Delete:
			s.Delete++
		case c.Action == Hold:
			s.Hold++
		case c.Reason == Referenced:
			s.InUse++
		default:
			s.Keep++
		}
	}
	return s
}

// Finding kinds.
const (
	Missing       = "missing"         // listed in the manifest, not live
	Expired       = "expired"         // the entry's until is past
	ExpiresSoon   = "expires_soon"    // the entry's until is at most 14 days away
	NameChanged   = "name_changed"    // the live name differs from the entry's
	KeptTwice     = "kept_twice"      // two documents keep one id
	ForeignPrefix = "foreign_prefix"  // the id looks like another account's
	CountDiffers  = "count_differs"   // more or fewer ids listed than counted
	NotChecked    = "not_checked"     // a place was left out of the search for uses
	PlanShrunk    = "plan_shrunk"     // less is left than the saved plan has
	TakenFromBase = "taken_from_base" // a setting of the change that the plan took from its base
	BaseUnknown   = "base_unknown"    // what the base of a change would delete is not known
)

// A Finding is something a reviewer should know that decides nothing.
type Finding struct {
	Kind     string      `json:"kind"`
	MediaID  material.ID `json:"media_id,omitempty"`
	Position string      `json:"position,omitempty"`
	Message  string      `json:"message"`
}

// ByAccount returns the changes of the account called name.
func (p *Plan) ByAccount(name string) []Change {
	var changes []Change
	for _, c := range p.Changes {
		if c.Account == name {
			changes = append(changes, c)
		}
	}
	return changes
}

// ByAccounts returns the changes of every account, by its name.
func (p *Plan) ByAccounts() map[string][]Change {
	changes := map[string][]Change{}
	for _, c := range p.Changes {
		changes[c.Account] = append(changes[c.Account], c)
	}
	return changes
}

// Applied reports whether p tells of an apply.
func (p *Plan) Applied() bool {
	return slices.ContainsFunc(p.Accounts, func(a Account) bool { return a.Result != nil })
}

// Status returns the exit status of all accounts together.
func (p *Plan) Status() Status {
	worst := Done
	for _, a := range p.Accounts {
		worst = Worst(worst, a.Status)
	}
	return worst
}

// Deletions counts the changes that delete.
func (p *Plan) Deletions() int {
	n := 0
	for _, c := range p.Changes {
		if c.Action == Delete {
			n++
		}
	}
	return n
}
