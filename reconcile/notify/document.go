package notify

import (
	"time"

	"wxkeep/reconcile/plan"
)

// DocumentVersion is the version of a [Document], as a plan file has one.
const DocumentVersion = "1.0"

// A Document is what a plain webhook gets: the summary of a plan, or of what apply
// did, for the accounts that there is something to say about. Fields are added and
// never renamed. Text is as inert as in a chat; all else is as in the plan file.
type Document struct {
	FormatVersion string    `json:"format_version"`
	WxkeepVersion string    `json:"wxkeep_version"`
	Command       string    `json:"command"` // plan or apply
	CreatedAt     time.Time `json:"created_at"`
	Text          string    `json:"text"` // the message that a chat shows
	Link          string    `json:"link,omitempty"`
	ChangesDigest string    `json:"changes_digest"` // of all accounts of the run
	Accounts      []Account `json:"accounts"`
}

// An Account is one of a [Document].
type Account struct {
	Name          string       `json:"name"`
	AppID         string       `json:"appid"`
	Events        []Event      `json:"events"` // the gravest first
	Status        plan.Status  `json:"status"` // the exit status of the account alone
	Error         string       `json:"error,omitempty"`
	Applicable    bool         `json:"applicable"`
	Summary       plan.Summary `json:"summary"`
	Blocked       []plan.Guard `json:"blocked"` // the guards that stop apply
	ChangesDigest string       `json:"changes_digest"`
	Result        *plan.Result `json:"result,omitempty"` // of apply
}

// document makes the one about accounts.
func document(r Run, accounts []told) Document {
	m := compose(r, accounts)
	m = m.fit(webhookText, func(m message) int { return len(m.text()) })
	d := Document{
		FormatVersion: DocumentVersion, WxkeepVersion: r.Plan.WxkeepVersion, Command: r.Command, CreatedAt: r.Plan.CreatedAt,
		Text: m.text(), Link: r.Link, ChangesDigest: r.Plan.ChangesDigest, Accounts: []Account{},
	}
	for _, a := range accounts {
		blocked := []plan.Guard{}
		for _, g := range a.Guards {
			if isBlocked(g) {
				blocked = append(blocked, g)
			}
		}
		d.Accounts = append(d.Accounts, Account{
			Name: a.Name, AppID: a.AppID, Events: a.events, Status: a.Status, Error: a.Error, Applicable: a.Applicable,
			Summary: a.Summary, Blocked: blocked, ChangesDigest: a.ChangesDigest, Result: a.Result,
		})
	}
	return d
}
