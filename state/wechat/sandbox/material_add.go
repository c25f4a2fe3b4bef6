package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"

	"wxkeep/state/material"
)

// An upload is what add_material was sent.
type upload struct {
	kind        string // the query's type: image, voice, video or thumb
	name        string
	content     []byte
	description []byte // of a video: JSON text
}

// addMaterial is POST /cgi-bin/material/add_material, a multipart form.
//
// Source: wechat-api.md section 2.5.
func (c *call) addMaterial() int {
	kind := c.query.Get("type")
	limit, known := map[string]int{"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "thumb": 64 << 10}[kind]
	if !known {
		return 40004
	}
	u, code := c.readUpload(kind)
	if code != 0 {
		return code
	}
	if len(u.content) > limit {
		return 45001
	}
	m, code := u.material()
	if code != 0 {
		return code
	}
	it, err := c.account.shelf.upload(m, c.now)
	if err != nil {
		return -1
	}
	c.out.WriteByte('{')
	writeField(c.out, "media_id", string(it.ID))
	if it.Type == material.Image {
		writeField(c.out, "url", it.url)
	}
	c.out.WriteString(`,"item":[]}`)
	return 0
}

// readUpload takes the form apart.
func (c *call) readUpload(kind string) (upload, int) {
	u := upload{kind: kind}
	c.r.Body = io.NopCloser(bytes.NewReader(c.body))
	form, err := c.r.MultipartReader()
	if err != nil {
		return u, 41005
	}
	for {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return u, 47001
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return u, 47001
		}
		switch part.FormName() {
		case "media":
			u.name, u.content = fileName(part.Header.Get("Content-Disposition")), content
		case "description":
			u.description = content
		}
	}
	switch {
	case u.name == "":
		return u, 41005
	case strings.Contains(u.name, ".."):
		return u, 47001
	case len(u.content) == 0:
		return u, 44001
	}
	return u, 0
}

// fileName reads the file name as it was sent. The standard library cuts
// directories off it, which would hide what the server refuses.
func fileName(disposition string) string {
	_, after, _ := strings.Cut(disposition, `filename="`)
	name, _, _ := strings.Cut(after, `"`)
	return name
}

// material returns what the upload becomes, or the errcode.
func (u upload) material() (Material, int) {
	m := Material{Type: material.Type(u.kind), Name: u.name, Content: u.content}
	switch u.kind {
	case "image", "thumb":
		m.Type, m.Thumb = material.Image, u.kind == "thumb"
		if !strings.HasPrefix(http.DetectContentType(u.content), "image/") {
			return m, 40137
		}
	case "voice":
		if !slices.Contains([]string{".mp3", ".wma", ".wav", ".amr"}, strings.ToLower(path.Ext(u.name))) {
			return m, 40005
		}
	case "video":
		var d struct{ Title, Introduction string }
		if json.Unmarshal(u.description, &d) != nil {
			return m, 47001
		}
		m.Name, m.Description = d.Title, d.Introduction
	}
	return m, 0
}
