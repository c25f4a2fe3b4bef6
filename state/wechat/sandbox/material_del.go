package sandbox

// noteDelete remembers that somebody asked to delete an id.
func (c *call) noteDelete() {
	if c.hint.MediaID == "" {
		return
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.deletes = append(c.s.deletes, c.hint.MediaID)
}

// delMaterial is POST /cgi-bin/material/del_material.
//
// Source: wechat-api.md section 2.1. An id that is not there gets 40007 here;
// section 12, row 1 says what is known about that.
func (c *call) delMaterial() int {
	it, code := c.requested()
	switch {
	case code != 0:
		return code
	case it.InUse, c.account.showing.Has(it.ID):
		return 48005
	case it.Protected:
		return 48010
	case !c.account.shelf.remove(it.ID):
		return 40007 // another call was faster
	}
	c.writeErrcode(0, messages[0])
	return 0
}
