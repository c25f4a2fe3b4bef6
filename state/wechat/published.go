package wechat

import (
	"context"

	"wxkeep/state"
)

const pathPublished = "/cgi-bin/freepublish/batchget"

// Published searches what was published (发布): covers, and images in the HTML
// by their URL. Articles that were deleted use nothing. The images of image
// messages are not told, and mass-sent articles (群发) are not listed.
type Published struct{ box box }

var _ state.Resumer = (*Published)(nil)

// NewPublished returns a search of the published articles over c.
func NewPublished(c *Client) *Published {
	return &Published{box{client: c, place: state.PlacePublished, path: pathPublished, key: "article_id", noun: "published", nouns: "publications", steady: true}}
}

// Place returns [state.PlacePublished].
func (p *Published) Place() string { return state.PlacePublished }

// Search calls freepublish/batchget for every publication. Many accounts are not
// granted it: [state.ErrNotGranted]. It has 100 calls a day, enough for 2,000
// publications; more are read over several days, see Resume.
//
// Source: wechat-api.md section 8.5.
func (p *Published) Search(ctx context.Context) (state.Search, error) { return p.box.search(ctx) }

// Resume gives Search what an earlier run read. With a whole scan it reads the
// front and the last page, and all only when they are not as they were. It goes on
// with one that was cut when that still fits, and else begins anew: the scan that
// comes of that is whole only when every row was read, then or now, and as many
// different ones as there are.
func (p *Published) Resume(scan *state.Scan) { p.box.resumeWith(scan) }

// Rest reads the publications that a Search which was Partly did not read.
func (p *Published) Rest(ctx context.Context) (state.Search, error) { return p.box.rest(ctx) }
