package sandbox

import (
	"fmt"
	"maps"
	"slices"

	"wxkeep/state/material"
)

// getMenu is GET /cgi-bin/menu/get: the menus made by API, as they were made.
//
// Source: wechat-api.md section 8.1.
func (c *call) getMenu() int {
	m := c.account.menu
	if m == nil {
		return 46003
	}
	c.out.WriteString(`{"menu":{`)
	c.writeMade(m.Buttons)
	c.out.WriteString(`,"menuid":208396938}`)
	if len(m.Conditional) > 0 {
		c.out.WriteString(`,"conditionalmenu":[`)
		for i, conditional := range m.Conditional {
			if i > 0 {
				c.out.WriteByte(',')
			}
			c.writeConditional(conditional)
		}
		c.out.WriteByte(']')
	}
	c.out.WriteByte('}')
	return 0
}

func (c *call) writeConditional(m ConditionalMenu) {
	c.out.WriteByte('{')
	c.writeMade(m.Buttons)
	c.out.WriteString(`,"matchrule":{`)
	for _, key := range slices.Sorted(maps.Keys(m.Rule)) {
		writeField(c.out, key, m.Rule[key])
	}
	fmt.Fprintf(c.out, `},"menuid":%d}`, m.MenuID)
}

// writeMade writes buttons as they were made: sub_button is an array.
func (c *call) writeMade(buttons []Button) {
	c.out.WriteString(`"button":`)
	c.writeButtons(buttons, func(b Button) {
		c.writeField("media_id", string(b.ID))
		if len(b.Buttons) > 0 {
			c.out.WriteString(`,"sub_button":`)
			c.writeButtons(b.Buttons, func(b Button) {
				c.writeField("media_id", string(b.ID))
				c.out.WriteString(`,"sub_button":[]`)
			})
			return
		}
		c.out.WriteString(`,"sub_button":[]`)
	})
}

// writeButtons writes what every button has, and then its rest.
func (c *call) writeButtons(buttons []Button, rest func(Button)) {
	c.out.WriteByte('[')
	for i, b := range buttons {
		if i > 0 {
			c.out.WriteByte(',')
		}
		c.out.WriteByte('{')
		if len(b.Buttons) == 0 {
			writeField(c.out, "type", c.shownAs(b.Message))
		}
		writeField(c.out, "name", b.Name)
		c.writeField("key", b.Key)
		c.writeField("url", b.URL)
		c.writeField("article_id", b.Article)
		c.writeField("appid", b.AppID)
		c.writeField("pagepath", b.PagePath)
		rest(b)
		c.out.WriteByte('}')
	}
	c.out.WriteByte(']')
}

// writeField writes a field unless it is empty.
func (c *call) writeField(key, value string) {
	if value != "" {
		writeField(c.out, key, value)
	}
}

// getSelfMenu is GET /cgi-bin/get_current_selfmenu_info: the menu that is shown
// now, without ids of images, voices and videos.
//
// Source: wechat-api.md section 8.2.
func (c *call) getSelfMenu() int {
	m := c.account.website
	if m == nil {
		m = c.account.menu
	}
	if m == nil {
		c.out.WriteString(`{"is_menu_open":0,"selfmenu_info":{"button":[]}}`)
		return 0
	}
	open := 1
	if m.Closed {
		open = 0
	}
	c.showing = true
	fmt.Fprintf(c.out, `{"is_menu_open":%d,"selfmenu_info":{"button":`, open)
	c.writeButtons(m.Buttons, func(b Button) {
		if len(b.Buttons) == 0 {
			c.writeShown("value", b.Message)
			return
		}
		c.out.WriteString(`,"sub_button":{"list":`)
		c.writeButtons(b.Buttons, func(b Button) { c.writeShown("value", b.Message) })
		c.out.WriteByte('}')
	})
	c.out.WriteString(`}}`)
	return 0
}

// shownAs returns the type of a message. Where it is shown, one made by API with
// a media_id has the type of what it shows.
func (c *call) shownAs(m Message) string {
	if !c.showing || m.Type != "media_id" && m.Type != "view_limited" {
		return m.Type
	}
	it := c.account.shelf.get(m.ID)
	switch {
	case it == nil || it.Type == material.News:
		return "news"
	case it.Type == material.Image:
		return "img"
	}
	return string(it.Type)
}

// writeShown writes what a message shows under key: a text, the id of news, the
// address of a video's page, or the id of a copy that was made for this answer.
func (c *call) writeShown(key string, m Message) {
	switch c.shownAs(m) {
	case "text":
		c.writeText(key, m.Text)
	case "img", "voice":
		writeField(c.out, key, string(c.lend(m.ID)))
	case "video":
		if it := c.account.shelf.get(m.ID); it != nil {
			writeField(c.out, key, c.videoPage(it))
		}
	case "news":
		writeField(c.out, key, string(m.ID))
		c.writeNewsInfo(m.ID)
	}
}

// writeNewsInfo writes the articles of the news shown.
func (c *call) writeNewsInfo(id material.ID) {
	it := c.account.shelf.get(id)
	if it == nil {
		return
	}
	c.out.WriteString(`,"news_info":{"list":[`)
	for i := range it.Articles {
		a := &it.Articles[i]
		if i > 0 {
			c.out.WriteByte(',')
		}
		c.out.WriteByte('{')
		c.writeText("title", a.Title)
		writeField(c.out, "author", a.Author)
		writeField(c.out, "digest", a.Digest)
		writeNumber(c.out, "show_cover", 1)
		writeField(c.out, "cover_url", c.account.shelf.thumbURL(a))
		writeField(c.out, "content_url", a.address(it.seq, i))
		writeField(c.out, "source_url", a.SourceURL)
		c.out.WriteByte('}')
	}
	c.out.WriteString(`]}`)
}
