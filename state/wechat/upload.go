package wechat

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"

	"wxkeep/state"
	"wxkeep/state/material"
)

const pathUpload = "/cgi-bin/material/add_material"

// An Uploader adds permanent material and can do nothing else: for restore
// alone.
type Uploader struct{ client *Client }

// NewUploader returns an uploader over c.
func NewUploader(c *Client) *Uploader { return &Uploader{c} }

// Upload calls add_material and returns the new media_id and, of an image, its
// URL, which may be empty. Only images and voices can be uploaded; anything else,
// and an empty content, is [state.ErrItem] without a call. The name is made fit
// to be sent; see [uploadName].
//
// A call whose answer was lost is repeated, so that the material may be there
// twice: the other one is an orphan that a later run deletes.
//
// Source: wechat-api.md section 2.5.
func (u *Uploader) Upload(ctx context.Context, t material.Type, name string, content []byte) (material.ID, string, error) {
	switch {
	case !t.Restorable():
		return "", "", fmt.Errorf("%w: %s: WeChat takes no %s", state.ErrItem, pathUpload, t)
	case len(content) == 0:
		return "", "", fmt.Errorf("%w: %s: %q is empty", state.ErrItem, pathUpload, name)
	}
	body, err := newForm(uploadName(t, name, content), content)
	if err != nil {
		return "", "", err
	}
	var id material.ID
	var address string
	_, err = u.client.call(ctx, request{
		method: http.MethodPost,
		path:   pathUpload,
		query:  url.Values{"type": {string(t)}},
		limit:  maxSmall,
		body:   body,
		decode: func(body io.Reader) (err error) {
			id, address, err = readUpload(body)
			return err
		},
	})
	if err != nil {
		return "", "", err
	}
	return id, address, nil
}

func readUpload(body io.Reader) (material.ID, string, error) {
	var id, address string
	_, err := readAnswer(body, func(s *scanner, key []byte) error {
		switch string(key) {
		case "media_id":
			return s.text(&id)
		case "url":
			return s.text(&address)
		}
		return s.skip()
	})
	if err != nil {
		return "", "", err
	}
	parsed, err := material.ParseID(id)
	if err != nil {
		return "", "", unexpected("%v", err)
	}
	return parsed, address, nil
}

// A form is a multipart body.
type form struct {
	kind string // Content-Type
	body []byte
}

// newForm returns a form with one file, called media.
func newForm(name string, content []byte) (*form, error) {
	var b bytes.Buffer
	b.Grow(len(content) + 512)
	w := multipart.NewWriter(&b)
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {multipart.FileContentDisposition("media", name)},
		"Content-Type":        {http.DetectContentType(content)},
	})
	if err != nil {
		return nil, err
	}
	if _, err := part.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return &form{kind: w.FormDataContentType(), body: b.Bytes()}, nil
}
