package render

import (
	"time"

	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// pageData is what the page's script reads. Everything in it is inert text.
type pageData struct {
	Items    []pageItem `json:"items"`
	Embedded bool       `json:"embedded"` // the pictures are in the page
}

// A pageItem is one material for the page's script.
type pageItem struct {
	Account string `json:"account"`
	Type    string `json:"type"`
	Action  string `json:"action"`
	Reason  string `json:"reason"`
	Detail  string `json:"detail,omitempty"`
	Cause   string `json:"cause,omitempty"`
	Outcome string `json:"outcome,omitempty"`
	Note    string `json:"note,omitempty"`
	ID      string `json:"id"`
	Name    string `json:"name"`
	Time    int64  `json:"time"` // Unix seconds

	Image   string `json:"image,omitempty"`   // where its picture is, without https:// and size
	Picture string `json:"picture,omitempty"` // the picture itself, as a data: URI
	Quoted  string `json:"quoted,omitempty"`  // its true name as a YAML scalar, where that is not just Name in quotes
	NoEntry bool   `json:"noEntry,omitempty"` // no manifest could keep it, or one does
}

func pageItems(p *plan.Plan, pictures Pictures) []pageItem {
	items := make([]pageItem, len(p.Changes))
	for i, c := range p.Changes {
		items[i] = newPageItem(c, pictures)
	}
	return items
}

func newPageItem(c plan.Change, pictures Pictures) pageItem {
	it := pageItem{
		Account: Inert(c.Account), Type: Inert(string(c.Item.Type)), Action: Inert(string(c.Action)), Reason: Inert(string(c.Reason)),
		Detail: Inert(c.Detail), Cause: Inert(string(c.Cause)), Outcome: Inert(string(c.Outcome)), Note: Inert(c.Note),
		ID: Inert(string(c.Item.ID)), Name: Inert(c.Item.Name), Time: c.Item.UpdateTime,
	}
	it.place(pictureURL(c.Item), pictures)
	_, err := material.ParseID(string(c.Item.ID))
	it.NoEntry = err != nil || c.Reason == plan.Listed || c.Outcome == plan.Deleted || c.Outcome == plan.AlreadyAbsent
	if quoted := yamlQuoted(c.Item.Name); !it.NoEntry && quoted != plainQuoted(it.Name) {
		it.Quoted = quoted
	}
	return it
}

// day is the day of a time in WeChat's zone.
func day(unix int64) string { return time.Unix(unix, 0).In(material.China).Format("2006-01-02") }
