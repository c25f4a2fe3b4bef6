package render

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

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
		Detail: Inert(c.Detail), Outcome: Inert(string(c.Outcome)), Note: Inert(c.Note),
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

// place says where the picture of an address is, or puts it in.
func (it *pageItem) place(address string, pictures Pictures) {
	switch original := material.ImageURL(address, 0); {
	case original == "":
	case pictures != nil:
		it.Picture = pictures[material.URLKey(address)]
	default:
		it.Image = strings.TrimSuffix(strings.TrimPrefix(original, "https://"), "/0")
	}
}

// pictureURL is where the picture of a material is: an image itself, or the
// cover of news.
func pictureURL(it material.Item) string {
	if it.Type == material.News {
		return it.Cover
	}
	return it.URL
}

// PictureURLs returns the addresses of the pictures that a page about p shows,
// each once, in the order in which they come.
func PictureURLs(p *plan.Plan) []string {
	var urls []string
	seen := map[string]bool{}
	for _, c := range p.Changes {
		u := pictureURL(c.Item)
		if key := material.URLKey(u); key != "" && !seen[key] {
			seen[key] = true
			urls = append(urls, u)
		}
	}
	return urls
}

// plainQuoted is what the page's script makes of a name by itself.
func plainQuoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// yamlQuoted returns s as a YAML double-quoted scalar that means s and shows
// everything in it: what [Inert] would escape is escaped.
func yamlQuoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(s, string(utf8.RuneError)) {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case !acts(r) && r != '\ufffe' && r != '\uffff':
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// day is the day of a time in WeChat's zone.
func day(unix int64) string { return time.Unix(unix, 0).In(material.China).Format("2006-01-02") }
