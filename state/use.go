package state

import (
	"context"
	"time"

	"wxkeep/state/material"
)

// The places in which a material may be used. They are the words of a
// manifest's references.
const (
	PlaceMenu      = "menu"       // menus made by API and on the website, conditional ones too
	PlaceAutoReply = "auto_reply" // automatic replies made on the website
	PlaceDrafts    = "drafts"     // the draft box (草稿箱)
	PlacePublished = "published"  // published articles (发布)
	PlaceNews      = "news"       // legacy permanent news
	PlaceFiles     = "files"      // local files
)

// A Use is a material used at some spot. It names the material by its id or by
// the key of an image URL, which every material with that URL shares. The cover
// of an article has both: the URL counts only when no live material has the id
// (design section 4).
type Use struct {
	Place string      // one of the places
	Where string      // the first spot, in words an operator finds in the console, such as "menu/联系我们"
	More  int         // further spots of the same place (and By) that use it, too
	ID    material.ID // the media_id used, or empty
	URL   string      // material.URLKey of the image URL used, or empty
	By    material.ID // PlaceNews: the news that uses it; the use counts while that stays
	// Seen is when an earlier run saw it, and this one did not look; zero for now.
	Seen time.Time `json:",omitzero"`
}

// A Shown is a material that a website menu or automatic reply shows without
// saying which it is: the API gives a temporary copy of an image or voice, the
// page of a video, or news without an id (wechat-api.md sections 8.2 and 8.3).
type Shown struct {
	Place  string        // the spot, such as "menu/联系我们", which no other Shown has: what resolved_uses names
	Type   material.Type // image, voice, video, or news
	SHA256 string        // hex, of the copy's bytes; of a video or news: of its URLs without what changes each time
}

// A Search is what one place said.
type Search struct {
	Place  string
	Uses   []Use
	Shown  []Shown
	Seen   int   // buttons, replies, drafts, publications or files looked at
	Scan   *Scan // what a later run may go on with or build on; nil for nothing
	Partly bool  // most of it an earlier run read, and this one did not: see [Resumer]
}

// A Scan is what was read of a list that one call pages through.
type Scan struct {
	Place string
	// Read is when the list was last read on. Of one that was read wholly by one
	// run that is when the run began to read it.
	Read time.Time
	// Whole says that every row was read, and that there were no more. Else a used-up
	// quota cut the scan.
	Whole bool `json:",omitempty"`
	// Joined says that it took more than one run.
	Joined    bool      `json:",omitempty"`
	Stretches []Stretch // sorted by their offsets
	Uses      []Use     // found in them
}

// Rows returns the rows, each once.
func (s *Scan) Rows() []Row {
	var rows []Row
	once := map[string]bool{}
	for _, stretch := range s.Stretches {
		for _, r := range stretch.Rows {
			if !once[r.ID] {
				once[r.ID] = true
				rows = append(rows, r)
			}
		}
	}
	return rows
}

// A Searcher looks for uses in one place. An error means that the place is
// unknown, not that it is empty, even if part of it was read; it is one of the
// conditions of this package.
type Searcher interface {
	Place() string
	Search(ctx context.Context) (Search, error)
}

// A Resumer is a Searcher that need not read again what an earlier run read.
type Resumer interface {
	Searcher
	// Resume gives what an earlier run read. It is called before Search, which goes
	// on with a scan that was cut. Of a whole one it looks whether the list still
	// is as it was, or has only grown at its front: then the Search is of what is
	// new and what the scan has, and Partly.
	Resume(scan *Scan)
	// Rest reads what a Search that was Partly did not read, and returns what is
	// there now: what the scan had does not count any more.
	Rest(ctx context.Context) (Search, error)
}
