package render

import (
	"strings"

	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// Pictures are images to be put into an HTML page, as data: URIs, by the
// [material.URLKey] of their address.
type Pictures map[string]string

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
		if key := material.ImageURL(u, 0); key != "" && !seen[key] {
			seen[key] = true
			urls = append(urls, u)
		}
	}
	return urls
}
