package wechat

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"wxkeep/state/material"
)

const pathGet = "/cgi-bin/material/get_material"

// A Content is what a material holds: a File, a Video or Articles. Of the
// latter two, Raw is all that there is to keep.
type Content struct {
	File     []byte    // image or voice
	Video    *Video    // video
	Articles []Article // news
	Raw      []byte    // of a video or news: the answer as it came, a JSON object
}

// A Video is what get_material tells of a video.
type Video struct {
	Title       string
	Description string
	DownURL     string // of a web page, since about 2016: not the video
}

// An Article is one article of a news item, without its text.
type Article struct {
	Title        string
	URL          string
	ThumbMediaID string // the cover; may be empty or not of this account
	ThumbURL     string
}

// Material calls get_material for any type of material. An answer that cannot be
// read is [state.ErrItem]: what one material is like says nothing about others.
// One of more than 32 MiB cannot: WeChat takes no file of more than 10, and no
// news of more than 8 articles of 1.
//
// Source: wechat-api.md section 2.4.
func (r *Reader) Material(ctx context.Context, id material.ID) (Content, error) {
	var content Content
	_, err := r.client.call(ctx, request{
		method: http.MethodPost,
		path:   pathGet,
		limit:  maxFile,
		apart:  true,
		body:   mediaID{id},
		decode: func(body io.Reader) (err error) {
			content, err = readMaterial(body)
			return err
		},
	})
	if err != nil {
		return Content{}, err
	}
	return content, nil
}

// mediaID is the body of the calls for one material.
type mediaID struct {
	ID material.ID `json:"media_id"`
}

// readMaterial reads a file, or the JSON that stands for a video or news.
func readMaterial(body io.Reader) (Content, error) {
	whole, document, err := openContent(body)
	if err != nil {
		return Content{}, err
	}
	if document {
		var raw bytes.Buffer
		c, err := readDocument(io.TeeReader(whole, &raw))
		c.Raw = raw.Bytes()
		return c, err
	}
	file, err := io.ReadAll(whole)
	return Content{File: file}, err
}

// openContent tells files from JSON by the first bytes: the Content-Type is of
// no use. No image or sound that WeChat takes begins with { or <.
func openContent(body io.Reader) (whole io.Reader, document bool, err error) {
	head := make([]byte, 64)
	n, err := io.ReadFull(body, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	head = head[:n]
	begin := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	switch {
	case n == 0:
		return nil, false, io.ErrUnexpectedEOF
	case len(begin) > 0 && begin[0] == '<':
		return nil, false, &syntaxError{0, "a web page"}
	}
	return io.MultiReader(bytes.NewReader(head), body), len(begin) > 0 && begin[0] == '{', nil
}

// readDocument reads the JSON that stands for a video or a news item.
func readDocument(body io.Reader) (Content, error) {
	var c Content
	var v Video
	_, err := readAnswer(body, func(s *scanner, key []byte) (err error) {
		switch string(key) {
		case "title":
			return s.text(&v.Title)
		case "description":
			return s.text(&v.Description)
		case "down_url":
			c.Video = &v
			return s.text(&v.DownURL)
		case "news_item":
			c.Articles, err = readArticles(s)
			return err
		}
		return s.skip()
	})
	if err != nil {
		return Content{}, err
	}
	if (c.Video == nil) == (c.Articles == nil) {
		return Content{}, unexpected("neither a file nor a video nor news")
	}
	return c, nil
}

func readArticles(s *scanner) ([]Article, error) {
	articles := []Article{}
	err := s.array(func() error {
		var a Article
		err := s.object(func(key []byte) error {
			switch string(key) {
			case "title":
				return s.text(&a.Title)
			case "url":
				return s.text(&a.URL)
			case "thumb_media_id":
				return s.text(&a.ThumbMediaID)
			case "thumb_url":
				return s.text(&a.ThumbURL)
			}
			return s.skip()
		})
		articles = append(articles, a)
		return err
	})
	return articles, err
}
