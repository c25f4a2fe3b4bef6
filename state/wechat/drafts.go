package wechat

import (
	"context"

	"wxkeep/state"
)

const pathDrafts = "/cgi-bin/draft/batchget"

// Drafts searches the draft box (草稿箱): covers, the images of image messages,
// and images in the HTML by their URL.
type Drafts struct{ box box }

var _ state.Searcher = (*Drafts)(nil)

// NewDrafts returns a search of the draft box over c.
func NewDrafts(c *Client) *Drafts {
	return &Drafts{box{client: c, place: state.PlaceDrafts, path: pathDrafts, key: "media_id", noun: "draft", nouns: "drafts"}}
}

// Place returns [state.PlaceDrafts].
func (d *Drafts) Place() string { return state.PlaceDrafts }

// Search calls draft/batchget for every draft, whose HTML is searched as it
// streams. A box that does not keep still is [state.ErrBusy]. It is always read in
// one go: a draft can be changed at any time and keeps its place, so nothing but
// reading it again tells that it is as it was.
//
// Source: wechat-api.md section 8.4.
func (d *Drafts) Search(ctx context.Context) (state.Search, error) { return d.box.search(ctx) }
