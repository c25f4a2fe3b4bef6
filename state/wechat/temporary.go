package wechat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"wxkeep/state/material"
)

const pathTemporary = "/cgi-bin/media/get"

// copySum downloads the temporary copy that a menu or reply shows and returns
// the SHA-256 of its bytes, in hex. Of a video the answer is the address of a
// page, and the sum is that of [videoName].
//
// Source: wechat-api.md sections 8.2 and 8.3.
func (c *Client) copySum(ctx context.Context, id string) (sum string, err error) {
	_, err = c.call(ctx, request{
		method: http.MethodGet,
		path:   pathTemporary,
		query:  url.Values{"media_id": {id}},
		limit:  maxFile,
		decode: func(body io.Reader) (err error) {
			sum, err = readCopy(body)
			return err
		},
	})
	return sum, err
}

func readCopy(body io.Reader) (string, error) {
	whole, document, err := openContent(body)
	if err != nil {
		return "", err
	}
	if !document {
		h := sha256.New()
		_, err := io.Copy(h, whole)
		return hex.EncodeToString(h.Sum(nil)), err
	}
	var address string
	_, err = readAnswer(whole, func(s *scanner, key []byte) error {
		if string(key) == "video_url" {
			return s.text(&address)
		}
		return s.skip()
	})
	if err == nil && address == "" {
		err = unexpected("neither a file nor a video_url")
	}
	return textSum(videoName(address)), err
}

func textSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// videoName returns what of a video's address stays the same from answer to
// answer. A page names the video by vid, or an article by __biz, mid, idx and
// sn; an .mp4 by the last part of its path, for host and directories are those
// of a server nearby and the query (vkey, sha…) is a permission that expires. An
// address of another kind stays whole: then another name each time asks the
// operator again, and never takes one video for another.
//
// Source: wechat-api.md sections 2.4 and 8.2.
func videoName(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return address
	}
	if vid := u.Query().Get("vid"); vid != "" {
		return "vid=" + vid
	}
	if file := path.Base(u.Path); strings.HasSuffix(file, ".mp4") {
		return file
	}
	return articleName(address)
}

// articleName returns what of an article's address stays the same: __biz, mid,
// idx and sn, or all of it.
func articleName(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return address
	}
	q := u.Query()
	if q.Get("mid") == "" || q.Get("sn") == "" {
		return address
	}
	return "__biz=" + q.Get("__biz") + "&mid=" + q.Get("mid") + "&idx=" + q.Get("idx") + "&sn=" + q.Get("sn")
}

// newsName returns what names news by the addresses of its articles.
func newsName(addresses []string) string {
	names := make([]string, len(addresses))
	for i, a := range addresses {
		names[i] = articleName(a)
	}
	return strings.Join(names, "\n")
}

// hiddenType returns the type of material that a button or reply of this type
// shows without its id.
func hiddenType(kind string) (material.Type, bool) {
	switch kind {
	case "img", "image", "photo":
		return material.Image, true
	case "voice":
		return material.Voice, true
	case "video":
		return material.Video, true
	}
	return "", false
}
