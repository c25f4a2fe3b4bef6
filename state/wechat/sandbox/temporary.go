package sandbox

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"time"

	"wxkeep/state/material"
)

// A temporary is a copy of an image or voice under an id of its own. Sandbox.mu
// guards those of an account.
type temporary struct {
	of      *item
	expires time.Time
}

// temporaryLife is how long a copy can be fetched.
const temporaryLife = 3 * 24 * time.Hour

// lend makes a copy of a material for the answer being written, and returns its
// id: another one in every answer, of 64 characters as all of them are.
//
// Source: wechat-api.md sections 2.7 and 8.2.
func (c *call) lend(id material.ID) material.ID {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	n := len(c.account.temporaries)
	sum := sha512.Sum512(fmt.Appendf(nil, "temporary\x00%s\x00%s\x00%d", c.account.appid, id, n))
	copied := material.ID(base64.RawURLEncoding.EncodeToString(sum[:48]))
	c.account.temporaries[copied] = temporary{c.account.shelf.get(id), c.now.Add(temporaryLife)}
	return copied
}

// getMedia is GET /cgi-bin/media/get: the bytes of a copy.
func (c *call) getMedia() int {
	id := material.ID(c.query.Get("media_id"))
	if id == "" {
		return 41006
	}
	c.s.mu.Lock()
	t, ok := c.account.temporaries[id]
	c.s.mu.Unlock()
	if !ok || t.of == nil || !c.now.Before(t.expires) {
		return 40007
	}
	c.out.Write(t.of.bytes())
	c.contentType = "image/jpeg"
	c.w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.jpg"`, id))
	return 0
}
