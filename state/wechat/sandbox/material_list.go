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
	offset, count := c.shifted(q.Offset, q.Count)
	items, total := c.account.shelf.page(q.Type, offset, count)
	c.writePage(len(items), total, func(i int) { c.writeRow(items[i]) })
	return 0
}

// shifted returns which rows are given when these are asked for: others when a
// fault says so.
func (c *call) shifted(offset, count int) (int, int) {
	if c.hit.IgnoreOffset {
		offset = 0
	}
	count += c.hit.PageExtra
	if c.hit.PageCap > 0 {
		count = min(count, c.hit.PageCap)
	}
	return offset, count
}

// writePage writes n rows of a list that has total.
func (c *call) writePage(n, total int, row func(i int)) {
	c.out.WriteByte('{')
	if !c.hit.NoItem {
		c.out.WriteString(`"item":[`)
		for i := range n {
			if i > 0 {
				c.out.WriteByte(',')
			}
			row(i)
		}
		c.out.WriteString(`],`)
	}
	fmt.Fprintf(c.out, `"total_count":%d,"item_count":%d}`, max(0, total+c.hit.TotalOff), n)
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
	c.writeNewsItem(it.Articles, it.seq, ofNews)
	writeNumber(c.out, "create_time", it.Updated.Unix()-60)
	writeNumber(c.out, "update_time", it.Updated.Unix())
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
