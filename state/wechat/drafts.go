package wechat

import (
	"context"

	"wxkeep/state"
)

const pathDrafts = "/cgi-bin/draft/batchget"

// Drafts searches the draft box (草稿箱): covers, the images of image messages,
// and images in the HTML by their URL.
type Drafts struct{ box box }

var _ state.Resumer = (*Drafts)(nil)

// NewDrafts returns a search of the draft box over c.
func NewDrafts(c *Client) *Drafts {
	return &Drafts{box{client: c, place: state.PlaceDrafts, path: pathDrafts, key: "media_id", noun: "draft", nouns: "drafts"}}
}

// Place returns [state.PlaceDrafts].
func (d *Drafts) Place() string { return state.PlaceDrafts }

// Search calls draft/batchget for every draft, whose HTML is searched as it
// streams. A box that does not keep still is [state.ErrBusy].
//
// Source: wechat-api.md section 8.4.
func (d *Drafts) Search(ctx context.Context) (state.Search, error) { return d.box.search(ctx) }

// Resume gives Search a whole scan: it reads the front and the last page, and the
// box wholly only when they are not as they were. A scan that was cut is not gone
// on with. A draft can be edited at any time and may keep its place, so that only
// Rest tells what the box uses now.
func (d *Drafts) Resume(scan *state.Scan) { d.box.resumeWith(scan) }

// Rest reads the drafts that a Search which was Partly did not read.
func (d *Drafts) Rest(ctx context.Context) (state.Search, error) { return d.box.rest(ctx) }
