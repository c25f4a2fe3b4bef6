package sandbox

import (
	"fmt"
	"strings"

	"wxkeep/state/material"
)

// A bearer is what an article belongs to: its fields differ a little.
type bearer int

const (
	ofNews bearer = iota
	ofDraft
	ofPublication
)

// writeNewsItem writes the list of articles of what has this number.
func (c *call) writeNewsItem(articles []Article, seq int, of bearer) {
	c.out.WriteString(`"news_item":[`)
	for i := range articles {
		if i > 0 {
			c.out.WriteByte(',')
		}
		c.writeArticle(&articles[i], articles[i].address(seq, i), of)
	}
	c.out.WriteByte(']')
}

// writeArticle writes one article. Publications have no article_type and no
// image_info, also when they are image messages (wechat-api.md section 8.5).
func (c *call) writeArticle(a *Article, address string, of bearer) {
	b := c.out
	b.WriteByte('{')
	if of == ofDraft {
		writeField(b, "article_type", map[bool]string{true: "newspic", false: "news"}[len(a.imageIDs) > 0])
	}
	c.writeText("title", a.Title)
	writeField(b, "author", a.Author)
	writeField(b, "digest", a.Digest)
	if !c.noContent {
		c.writeText("content", c.account.shelf.html(a))
	}
	writeField(b, "content_source_url", a.SourceURL)
	writeField(b, "thumb_media_id", string(a.ThumbMediaID))
	show := int64(0)
	if a.ShowCover {
		show = 1
	}
	writeNumber(b, "show_cover_pic", show)
	if of == ofDraft && len(a.imageIDs) > 0 {
		c.writeImages(a.imageIDs)
	}
	writeField(b, "url", address)
	writeField(b, "thumb_url", c.account.shelf.thumbURL(a))
	b.WriteString(`,"need_open_comment":1,"only_fans_can_comment":0`)
	if of == ofPublication {
		fmt.Fprintf(b, `,"is_deleted":%t`, a.Deleted)
	}
	b.WriteByte('}')
}

func (c *call) writeImages(ids []material.ID) {
	c.out.WriteString(`,"image_info":{"image_list":[`)
	for i, id := range ids {
		if i > 0 {
			c.out.WriteByte(',')
		}
		c.out.WriteByte('{')
		writeField(c.out, "image_media_id", string(id))
		c.out.WriteByte('}')
	}
	c.out.WriteString(`]}`)
}

// address returns the article's URL, made from its place when it has none.
func (a *Article) address(seq, i int) string {
	if a.URL != "" {
		return a.URL
	}
	return fmt.Sprintf("http://mp.weixin.qq.com/s?__biz=MzAwNTQyMDE1MA==&mid=%d&idx=%d&sn=%032x#rd", 500000000+seq, i+1, seq)
}

// thumbURL returns the cover's address: the one given, the image's, or one
// made from the id of a cover that is not on the shelf.
func (s *shelf) thumbURL(a *Article) string {
	if a.ThumbURL != nil {
		return *a.ThumbURL
	}
	if a.ThumbMediaID == "" {
		return ""
	}
	return s.url(a.ThumbMediaID)
}

// html returns the article's text, and at its end the images that it embeds, in
// a size for reading.
func (s *shelf) html(a *Article) string {
	if len(a.embedIDs) == 0 {
		return a.Content
	}
	var b strings.Builder
	b.WriteString(a.Content)
	for _, id := range a.embedIDs {
		url := strings.Replace(s.url(id), "/0?", "/640?", 1)
		url = strings.Replace(url, "http://", "https://", 1)
		fmt.Fprintf(&b, `<p><img class="rich_pages wxw-img" data-src="%s&amp;from=appmsg" data-type="png"></p>`, url)
	}
	return b.String()
}

// resolved returns the articles with the names of images replaced by ids.
func resolved(articles []Article, find func(name string) (material.ID, bool)) ([]Article, error) {
	out := make([]Article, len(articles))
	for i, a := range articles {
		if a.Thumb != "" && a.ThumbMediaID == "" {
			id, ok := find(a.Thumb)
			if !ok {
				return nil, fmt.Errorf("article %q: thumb %q is not the name of an image of this account; use thumb_media_id for an id", a.Title, a.Thumb)
			}
			a.ThumbMediaID = id
		}
		embeds, err := allNamed(a.Embeds, find)
		if err != nil {
			return nil, fmt.Errorf("article %q: embeds: %w", a.Title, err)
		}
		a.embedIDs = append(embeds, a.embedIDs...)
		if a.imageIDs, err = allNamed(a.Images, find); err != nil {
			return nil, fmt.Errorf("article %q: images: %w", a.Title, err)
		}
		out[i] = a
	}
	return out, nil
}

func allNamed(names []string, find func(string) (material.ID, bool)) ([]material.ID, error) {
	var ids []material.ID
	for _, name := range names {
		id, ok := find(name)
		if !ok {
			return nil, fmt.Errorf("%q is not the name of an image of this account", name)
		}
		ids = append(ids, id)
	}
	return ids, nil
}
