package cli

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"wxkeep/reconcile/plan"
	"wxkeep/reconcile/render"
	"wxkeep/state"
	"wxkeep/state/wechat"
)

// thumbnailSide is how many pixels a picture in a page has: enough for a row on
// a sharp screen.
const thumbnailSide = 120

const htmlFormat = "html"

func (c *common) addPictures(f *pflag.FlagSet) {
	f.BoolVar(&c.embed, "embed-thumbnails", false, "fetch the pictures of an html page now, without any token, and put them into the file, small (about 3 KB each)")
}

// checkPictures refuses to fetch pictures for nothing.
func (r *run) checkPictures() error {
	isPage := func(report string) bool { return strings.HasPrefix(report, htmlFormat+"=") }
	if r.embed && r.output != htmlFormat && !slices.ContainsFunc(r.reports, isPage) {
		return errors.New("--embed-thumbnails is for a page: add -o html or --report html=FILE")
	}
	return nil
}

// fetchPictures fetches the pictures that a page about p shows, if they are to
// be in it. Those that cannot be had are shown as icons.
func (r *run) fetchPictures(ctx context.Context, p *plan.Plan, show display) {
	if !r.embed {
		return
	}
	r.pictures = render.Pictures{}
	transport, err := wechat.NewTransport(wechat.Transport{Parallelism: r.parallelism, CAFile: r.caFile})
	if err != nil {
		r.tell("no pictures: %v", err)
		return
	}
	defer transport.CloseIdleConnections()
	endpoint := ""
	if len(r.endpoints) > 0 {
		endpoint = r.endpoints[0]
	}
	addresses := render.PictureURLs(p)
	thumbnails, err := wechat.NewThumbnails(transport, endpoint, r.parallelism).Fetch(ctx, addresses, thumbnailSide, func(n int) {
		show.Progress(state.Event{Account: "page", Stage: "fetching pictures", Done: n, Total: len(addresses)})
	})
	show.Clear()
	for key, b := range thumbnails {
		r.pictures[key] = "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(b)
	}
	if err != nil {
		r.tell("%v", err)
	}
}
