package sandbox

import (
	"bytes"
	"fmt"
	"strconv"

	"wxkeep/state/material"
)

// maxPage is the most materials that one answer of batchget_material has.
const maxPage = 20

// countMaterial is GET /cgi-bin/material/get_materialcount.
//
// Source: wechat-api.md section 2.3.
func (c *call) countMaterial() int {
	of := func(t material.Type) int { return max(0, c.account.shelf.count(t)+c.hit.TotalOff) }
	fmt.Fprintf(c.out, `{"voice_count":%d,"video_count":%d,"image_count":%d,"news_count":%d}`,
		of(material.Voice), of(material.Video), of(material.Image), of(material.News))
	return 0
}

// listMaterial is POST /cgi-bin/material/batchget_material. The keys come in
// the order item, total_count, item_count.
//
// Source: wechat-api.md section 2.2.
func (c *call) listMaterial() int {
	var q struct {
		Type   material.Type `json:"type"`
		Offset int           `json:"offset"`
		Count  int           `json:"count"`
	}
	if code := c.decode(&q); code != 0 {
		return code
	}
	switch _, err := material.ParseType(string(q.Type)); {
	case err != nil:
		return 40004
	case q.Offset < 0 || q.Count < 1:
		return 40035
	case q.Count > maxPage:
		return 40170
	}
	if c.hit.IgnoreOffset {
		q.Offset = 0
	}
	count := q.Count + c.hit.PageExtra
	if c.hit.PageCap > 0 {
		count = min(count, c.hit.PageCap)
	}
	items, total := c.account.shelf.page(q.Type, q.Offset, count)
	c.writePage(items, max(0, total+c.hit.TotalOff))
	return 0
}

func (c *call) writePage(items []*item, total int) {
	c.out.WriteByte('{')
	if !c.hit.NoItem {
		c.out.WriteString(`"item":[`)
		for i, it := range items {
			if i > 0 {
				c.out.WriteByte(',')
			}
			c.writeRow(it)
		}
		c.out.WriteString(`],`)
	}
	fmt.Fprintf(c.out, `"total_count":%d,"item_count":%d}`, total, len(items))
}

// writeRow writes one material as it is listed: url only on images, tags
// always empty and not on news.
func (c *call) writeRow(it *item) {
	b := c.out
	b.WriteByte('{')
	writeField(b, "media_id", string(it.ID))
	if it.Type == material.News {
		b.WriteString(`,"content":{`)
		c.writeArticles(it)
		b.WriteByte('}')
		writeNumber(b, "update_time", it.Updated.Unix())
		b.WriteByte('}')
		return
	}
	c.writeText("name", it.Name)
	writeNumber(b, "update_time", it.Updated.Unix())
	if it.Type == material.Image {
		writeField(b, "url", it.url)
	}
	b.WriteString(`,"tags":[]`)
	if it.Type == material.Video {
		c.writeText("description", it.Description)
	}
	b.WriteByte('}')
}

// writeArticles writes news_item and the times, which the list and
// get_material share.
func (c *call) writeArticles(it *item) {
	b := c.out
	b.WriteString(`"news_item":[`)
	for i := range it.Articles {
		if i > 0 {
			b.WriteByte(',')
		}
		c.writeArticle(it, i)
	}
	b.WriteByte(']')
	writeNumber(b, "create_time", it.Updated.Unix()-60)
	writeNumber(b, "update_time", it.Updated.Unix())
}

func (c *call) writeArticle(it *item, i int) {
	a := &it.Articles[i]
	b := c.out
	b.WriteByte('{')
	c.writeText("title", a.Title)
	writeField(b, "author", a.Author)
	writeField(b, "digest", a.Digest)
	c.writeText("content", a.Content)
	writeField(b, "content_source_url", a.SourceURL)
	writeField(b, "thumb_media_id", string(a.ThumbMediaID))
	show := int64(0)
	if a.ShowCover {
		show = 1
	}
	writeNumber(b, "show_cover_pic", show)
	writeField(b, "url", a.address(it.seq, i))
	writeField(b, "thumb_url", c.account.shelf.thumbURL(a))
	b.WriteString(`,"need_open_comment":1,"only_fans_can_comment":0}`)
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
	if it := s.get(a.ThumbMediaID); it != nil {
		return it.url
	}
	return pictureURL(string(a.ThumbMediaID), false)
}

// badBytes is what JSON forbids: raw control characters, and the beginning of
// a UTF-8 character without its end.
const badBytes = "\x02\x0b\xe6\x9c"

// writeText writes a field of text that people typed.
func (c *call) writeText(key, text string) {
	writeField(c.out, key, text)
	if c.hit.BadBytes {
		c.out.Truncate(c.out.Len() - 1)
		c.out.WriteString(badBytes + `"`)
	}
}

func writeNumber(b *bytes.Buffer, key string, n int64) {
	b.WriteString(`,"`)
	b.WriteString(key)
	b.WriteString(`":`)
	b.Write(strconv.AppendInt(b.AvailableBuffer(), n, 10))
}
