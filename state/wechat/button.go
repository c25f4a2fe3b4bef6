package wechat

import (
	"fmt"
	"slices"
)

// A button is a button of a menu. A parent has others below it and nothing of
// its own.
type button struct {
	name    string
	key     string
	url     string
	mediaID string
	article string // article_id
	message
	below []*button
}

// readButtons reads a list of buttons. What is below one is an array in one
// answer and an object with a list in the other (wechat-api.md section 8.2).
func readButtons(s *scanner) ([]*button, error) {
	var buttons []*button
	err := s.list(func() error {
		b := new(button)
		buttons = append(buttons, b)
		return b.read(s)
	})
	return buttons, err
}

func (b *button) read(s *scanner) error {
	return s.object(func(key []byte) (err error) {
		switch string(key) {
		case "type":
			return s.text(&b.kind)
		case "name":
			return s.text(&b.name)
		case "key":
			return s.text(&b.key)
		case "url":
			return s.text(&b.url)
		case "media_id":
			return s.text(&b.mediaID)
		case "article_id":
			return s.text(&b.article)
		case "value":
			return s.text(&b.value)
		case "news_info":
			b.news, err = readNews(s)
			return err
		case "sub_button":
			b.below, err = readButtons(s)
			return err
		}
		return s.skip()
	})
}

// show adds what the button uses to d.
func (b *button) show(d *display, where string) {
	d.id(where, b.mediaID)
	d.urls(where, b.url)
	d.add(where, b.message)
}

// walk visits every button that does something, under the names of those above
// it: menu/产品/海报. A name that comes again among its neighbours is numbered.
func walk(above string, buttons []*button, visit func(where string, b *button)) {
	named := map[string]int{}
	for _, b := range buttons {
		where := above + "/" + b.name
		named[b.name]++
		if n := named[b.name]; n > 1 {
			where = fmt.Sprintf("%s (%d)", where, n)
		}
		if len(b.below) == 0 {
			visit(where, b)
		}
		walk(where, b.below, visit)
	}
}

// sameButtons reports whether what is shown now is what was made by API: the
// same names in the same places, and each button doing the same.
func sameButtons(made, now []*button) bool {
	return slices.EqualFunc(made, now, func(m, n *button) bool {
		return m.name == n.name && len(m.below) == len(n.below) && sameButtons(m.below, n.below) && m.does(n)
	})
}

// does reports whether n may be the button b: one with an id is shown without
// it, as an img, voice, video or news.
func (b *button) does(n *button) bool {
	_, hidden := hiddenType(n.kind)
	switch {
	case b.mediaID != "" && n.mediaID == "", b.article != "" && n.article == "":
		return hidden || n.kind == "news"
	}
	return b.kind == n.kind && b.key == n.key && b.url == n.url && b.mediaID == n.mediaID && b.article == n.article
}
