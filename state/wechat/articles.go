package wechat

import (
	"fmt"
	"strconv"

	"wxkeep/state"
	"wxkeep/state/material"
)

// An articles reads the articles (news_item) of a draft, of a publication or of
// legacy news, and what they use. Their HTML goes by as it streams. One of it
// serves a whole page.
type articles struct {
	unsearched bool    // the title alone is wanted
	said       *digest // of what they say; nil when nobody wants it

	title string // of the first article
	cover string // thumb_url of the first article
	spots []spot

	listed bool            // there was a list of articles
	n      int             // the article being read, from 1
	urls   map[string]bool // in its text so far
	find   material.URLFinder
}

// A spot is where one article uses a material.
type spot struct {
	article int
	part    string
	id      material.ID
	url     string // a key
}

// The parts of an article, in the words of the console.
const (
	partCover  = "cover"
	partText   = "in the text"
	partImages = "among the images" // of an image message (图片消息)
)

func newArticles() *articles {
	a := &articles{urls: map[string]bool{}}
	a.find.Found = func(key string) {
		if !a.urls[key] {
			a.urls[key] = true
			a.spots = append(a.spots, spot{article: a.n, part: partText, url: key})
		}
	}
	return a
}

// reset forgets the articles read.
func (a *articles) reset() { a.title, a.cover, a.spots, a.listed, a.n = "", "", a.spots[:0], false, 0 }

// read reads a list of articles. Deleted ones, of which freepublish tells, use
// nothing.
//
// Source: wechat-api.md sections 2.2, 8.4 and 8.5.
func (a *articles) read(s *scanner) error {
	if none, err := s.null(); none || err != nil {
		return err
	}
	a.listed = true
	return s.array(func() error {
		a.n++
		clear(a.urls)
		before := len(a.spots)
		deleted, err := a.article(s)
		if deleted {
			a.said.say("deleted", "")
			a.spots = a.spots[:before]
		}
		return err
	})
}

func (a *articles) article(s *scanner) (deleted bool, err error) {
	var title, thumb, thumbURL string
	err = s.object(func(key []byte) error {
		switch string(key) {
		case "title":
			return s.text(&title)
		case "content", "content_source_url":
			a.said.say(string(key), "")
			return a.search(s)
		case "thumb_media_id":
			return s.text(&thumb)
		case "thumb_url":
			return s.text(&thumbURL)
		case "image_info":
			return a.images(s)
		case "is_deleted":
			deleted, err = s.truth()
			return err
		}
		return s.skip()
	})
	if a.n == 1 {
		a.title, a.cover = title, thumbURL
	}
	if a.unsearched {
		return deleted, err
	}
	cover := spot{article: a.n, part: partCover, url: material.URLKey(thumbURL)}
	if id, err := material.ParseID(thumb); err == nil {
		cover.id = id
	}
	a.spots = append(a.spots, cover)
	a.said.say("title", title)
	a.said.say("cover", thumb+"\x00"+cover.url)
	return deleted, err
}

// search looks for image URLs in a text as it streams.
func (a *articles) search(s *scanner) error {
	if a.unsearched {
		return s.skip()
	}
	err := s.stream(func(piece []byte) {
		_, _ = a.find.Write(piece)
		a.said.write(piece)
	})
	a.find.Close()
	return err
}

// images reads the images of an image message: image_list[].image_media_id.
func (a *articles) images(s *scanner) error {
	if none, err := s.null(); none || err != nil {
		return err
	}
	return s.object(func(key []byte) error {
		if string(key) != "image_list" {
			return s.skip()
		}
		if none, err := s.null(); none || err != nil {
			return err
		}
		return s.array(func() error { return a.image(s) })
	})
}

func (a *articles) image(s *scanner) error {
	return s.object(func(key []byte) error {
		if string(key) != "image_media_id" {
			return s.skip()
		}
		var text string
		if err := s.text(&text); err != nil {
			return err
		}
		a.said.say("image", text)
		if id, err := material.ParseID(text); err == nil {
			a.spots = append(a.spots, spot{article: a.n, part: partImages, id: id})
		}
		return nil
	})
}

// uses adds what was found to uses, in words such as
// draft "title" (article 2), cover. The first article gives the title, as it
// does in the console.
func (a *articles) uses(uses []state.Use, place, noun string, by material.ID) []state.Use {
	for _, s := range a.spots {
		if s.id == "" && s.url == "" {
			continue
		}
		where := noun + " " + quote(a.title)
		if a.n > 1 {
			where += fmt.Sprintf(" (article %d)", s.article)
		}
		uses = append(uses, state.Use{Place: place, Where: where + ", " + s.part, ID: s.id, URL: s.url, By: by})
	}
	return uses
}

// maxTitle is the most characters of a title that are shown.
const maxTitle = 60

// quote makes a title fit to be shown, however long and odd.
func quote(title string) string {
	if r := []rune(title); len(r) > maxTitle {
		title = string(r[:maxTitle]) + "…"
	}
	return strconv.Quote(title)
}
