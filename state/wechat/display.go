package wechat

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"wxkeep/state"
	"wxkeep/state/material"
)

// A display collects what the menus or the automatic replies of an account
// show.
type display struct {
	client *Client
	place  string
	seen   int
	uses   state.Uses
	shown  []state.Shown
	copies []copied
	spots  map[string]int // how often a Shown has this name
}

// A copied is a Shown whose sum has to be fetched.
type copied struct {
	shown int // in display.shown
	id    string
}

// A message is what one button or reply shows.
type message struct {
	kind  string // type, in WeChat's words
	value string // value of a button, content of a reply
	news  []newsInfo
}

// A newsInfo is one article of the news that is shown.
type newsInfo struct{ address, cover, source string }

func newDisplay(c *Client, place string) *display {
	return &display{client: c, place: place, spots: map[string]int{}}
}

// add takes in what is shown at where.
func (d *display) add(where string, m message) {
	d.seen++
	d.covers(where, m)
	typ, hidden := hiddenType(m.kind)
	switch {
	case hidden:
		d.hide(where, typ, m.value)
	case m.kind == "news":
		d.addNews(where, m)
	case m.kind == "text":
		d.urls(where, m.value)
	default: // of a type that came later, perhaps: it may be an id
		d.urls(where, m.value)
		d.id(where, m.value)
	}
}

// covers adds the images of the news that is shown.
func (d *display) covers(where string, m message) {
	for _, n := range m.news {
		d.urls(where, n.address, n.cover, n.source)
	}
}

// addNews takes in news, of which older answers do not tell the id.
func (d *display) addNews(where string, m message) {
	if d.id(where, m.value) {
		return
	}
	addresses := make([]string, len(m.news))
	for i, n := range m.news {
		addresses[i] = n.address
	}
	d.show(where, material.News, textSum(newsName(addresses)))
}

// hide takes in what is shown without its id: the value is the id of a
// temporary copy, or an address.
func (d *display) hide(where string, t material.Type, value string) {
	if strings.Contains(value, "//") {
		d.urls(where, value)
		d.show(where, t, textSum(videoName(value)))
		return
	}
	if value == "" { // nothing to fetch: it is told by being nothing
		d.show(where, t, textSum(""))
		return
	}
	d.copies = append(d.copies, copied{len(d.shown), value})
	d.show(where, t, "")
}

// show adds a Shown, under a name of its own.
func (d *display) show(where string, t material.Type, sum string) {
	d.spots[where]++
	if n := d.spots[where]; n > 1 {
		where = fmt.Sprintf("%s (%d)", where, n)
	}
	d.shown = append(d.shown, state.Shown{Place: where, Type: t, SHA256: sum})
}

// id adds a use of the material with that id, and reports whether it is one.
func (d *display) id(where, text string) bool {
	id, err := material.ParseID(text)
	if err != nil {
		return false
	}
	d.uses.Add(state.Use{Place: d.place, Where: where, ID: id})
	return true
}

// urls adds a use of every image whose URL is in one of the texts.
func (d *display) urls(where string, texts ...string) {
	finder := material.URLFinder{Found: func(key string) {
		d.uses.Add(state.Use{Place: d.place, Where: where, URL: key})
	}}
	for _, text := range texts {
		_, _ = finder.Write([]byte(text))
		finder.Close()
	}
}

// search fetches each hidden copy once, and returns all that was collected.
func (d *display) search(ctx context.Context) (state.Search, error) {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(d.client.parallelism())
	for _, c := range d.copies {
		g.Go(func() (err error) {
			shown := &d.shown[c.shown]
			if shown.SHA256, err = d.client.copySum(gctx, c.id); err != nil {
				err = fmt.Errorf("%s: the copy shown: %w", shown.Place, err)
			}
			return err
		})
	}
	err := g.Wait()
	return state.Search{Place: d.place, Uses: d.uses.List(), Shown: d.shown, Seen: d.seen}, err
}

// readNews reads news_info: {"list": […]}.
func readNews(s *scanner) ([]newsInfo, error) {
	var news []newsInfo
	err := s.list(func() error {
		var n newsInfo
		err := s.object(func(key []byte) error {
			switch string(key) {
			case "content_url":
				return s.text(&n.address)
			case "cover_url":
				return s.text(&n.cover)
			case "source_url":
				return s.text(&n.source)
			}
			return s.skip()
		})
		news = append(news, n)
		return err
	})
	return news, err
}

// list calls each for every element of an array, or of the one that an object
// has under list: self menus and automatic replies wrap their arrays. null is
// empty.
func (s *scanner) list(each func() error) error {
	c, err := s.peek()
	switch {
	case err != nil:
		return err
	case c == 'n':
		return s.scalar()
	case c == '[':
		return s.array(each)
	}
	return s.object(func(key []byte) error {
		if string(key) != "list" {
			return s.skip()
		}
		if none, err := s.null(); none || err != nil {
			return err
		}
		return s.array(each)
	})
}
