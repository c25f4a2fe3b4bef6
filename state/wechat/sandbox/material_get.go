package sandbox

import (
	"crypto/sha512"
	"fmt"

	"wxkeep/state/material"
)

// getMaterial is POST /cgi-bin/material/get_material: bytes for images and
// voices, JSON for the rest. Neither Content-Type nor a file name tells them
// apart.
//
// Source: wechat-api.md section 2.4.
func (c *call) getMaterial() int {
	it, code := c.requested()
	if code != 0 {
		return code
	}
	switch it.Type {
	case material.News:
		c.out.WriteByte('{')
		c.writeArticles(it)
		c.out.WriteByte('}')
	case material.Video:
		c.writeVideo(it)
	default:
		c.out.Write(it.bytes())
		if it.seq%2 == 0 {
			c.contentType = "image/jpeg" // for PNG and voice too
		}
	}
	return 0
}

// requested returns the live material that the body names, or the errcode.
func (c *call) requested() (*item, int) {
	var q struct {
		MediaID material.ID `json:"media_id"`
	}
	if code := c.decode(&q); code != 0 {
		return nil, code
	}
	if q.MediaID == "" {
		return nil, 41006
	}
	it := c.account.shelf.get(q.MediaID)
	if it == nil {
		return nil, 40007
	}
	return it, 0
}

// writeVideo writes what WeChat has given for a video since about 2016: the
// address of a web page, not of the file.
func (c *call) writeVideo(it *item) {
	c.out.WriteByte('{')
	c.writeText("title", it.Name)
	c.writeText("description", it.Description)
	writeField(c.out, "down_url", c.videoPage(it))
	c.out.WriteByte('}')
}

// videoPage returns the address of a video's page. A part of it is another one
// in every answer.
func (c *call) videoPage(it *item) string {
	return fmt.Sprintf("http://mp.weixin.qq.com/mp/mp/video?__biz=MzAwNTQyMDE1MA==&mid=%d&sn=%032x&vid=wxv_%d&scene=%d#wechat_redirect",
		600000000+it.seq, it.seq, it.seq, c.s.answers.Add(1))
}

// bytes returns the content of an image or a voice.
func (it *item) bytes() []byte {
	switch {
	case it.Content != nil:
		return it.Content
	case it.Type == material.Voice:
		return voice(it.ID)
	}
	return it.picture()
}

// voice makes a short AMR file: the format's mark, and frames that depend on
// the id.
func voice(id material.ID) []byte {
	b := []byte("#!AMR\n")
	sum := sha512.Sum512([]byte("voice\x00" + id))
	for i := range 10 {
		b = append(b, 0x3c) // a frame of 12.2 kbit/s, 31 bytes long
		b = append(b, sum[i:i+31]...)
	}
	return b
}
