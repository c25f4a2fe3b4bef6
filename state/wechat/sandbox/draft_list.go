package sandbox

import (
	"fmt"

	"wxkeep/state/material"
)

// countDrafts is GET /cgi-bin/draft/count.
//
// Source: wechat-api.md section 8.4.
func (c *call) countDrafts() int {
	_, total := c.account.box.page(false, 0, 0)
	fmt.Fprintf(c.out, `{"total_count":%d}`, max(0, total+c.hit.TotalOff))
	return 0
}

// listDrafts is POST /cgi-bin/draft/batchget.
//
// Source: wechat-api.md section 8.4.
func (c *call) listDrafts() int {
	return c.listBox(false, func(d *draft) {
		c.out.WriteByte('{')
		writeField(c.out, "media_id", string(d.ID))
		c.out.WriteString(`,"content":{`)
		c.writeDraft(d, ofDraft)
		c.out.WriteByte('}')
		writeNumber(c.out, "update_time", d.Updated.Unix())
		c.out.WriteByte('}')
	})
}

// listPublished is POST /cgi-bin/freepublish/batchget, whose rows have no
// update_time of their own.
//
// Source: wechat-api.md section 8.5.
func (c *call) listPublished() int {
	return c.listBox(true, func(d *draft) {
		c.out.WriteByte('{')
		writeField(c.out, "article_id", d.article)
		c.out.WriteString(`,"content":{`)
		c.writeDraft(d, ofPublication)
		c.out.WriteString(`}}`)
	})
}

func (c *call) writeDraft(d *draft, of bearer) {
	c.writeNewsItem(d.Articles, 1_000_000+d.seq, of)
	writeNumber(c.out, "create_time", d.Updated.Unix()-60)
	writeNumber(c.out, "update_time", d.Updated.Unix())
}

// listBox writes the page that is asked for. no_content leaves the HTML out.
func (c *call) listBox(published bool, row func(*draft)) int {
	var q struct {
		Offset    int `json:"offset"`
		Count     int `json:"count"`
		NoContent int `json:"no_content"`
	}
	if code := c.decode(&q); code != 0 {
		return code
	}
	switch {
	case q.Offset < 0 || q.Count < 1:
		return 40035
	case q.Count > maxPage:
		return 40170
	}
	c.noContent = q.NoContent == 1
	offset, count := c.shifted(q.Offset, q.Count)
	rows, total := c.account.box.page(published, offset, count)
	c.writePage(len(rows), total, func(i int) { row(rows[i]) })
	return 0
}

// AddDraft puts a draft in front of the others, changed now unless it says
// otherwise, and returns its id.
func (s *Sandbox) AddDraft(appid string, d Draft) (material.ID, error) {
	a, ok := s.accounts[appid]
	if !ok {
		return "", fmt.Errorf("the sandbox has no account %q", appid)
	}
	added, err := a.box.add(d, a.shelf, s.Now())
	if err != nil {
		return "", err
	}
	return added.ID, nil
}

// RemoveDraft deletes a draft, as mass-sending it (群发) does too, and reports
// whether it was there.
func (s *Sandbox) RemoveDraft(appid string, id material.ID) bool {
	a, ok := s.accounts[appid]
	return ok && a.box.remove(id) != nil
}

// Publish publishes a draft, which vanishes from the draft box, and reports
// whether it was there.
func (s *Sandbox) Publish(appid string, id material.ID) bool {
	a, ok := s.accounts[appid]
	return ok && a.box.publish(id) != ""
}

// Edit gives a draft or a publication other articles, changed now unless d says
// otherwise. It keeps its id; where it stands then is a matter of Account.BoxOrder.
func (s *Sandbox) Edit(appid string, id material.ID, d Draft) error {
	a, ok := s.accounts[appid]
	if !ok {
		return fmt.Errorf("the sandbox has no account %q", appid)
	}
	d, err := d.completed(a.shelf, s.Now())
	if err != nil {
		return err
	}
	if !a.box.edit(id, d) {
		return fmt.Errorf("there is no draft and no publication %q", id)
	}
	return nil
}

// Unpublish deletes a publication, named by the media_id that it had as a draft,
// and reports whether it was there.
func (s *Sandbox) Unpublish(appid string, id material.ID) bool {
	a, ok := s.accounts[appid]
	return ok && a.box.removeFrom(&a.box.published, id) != nil
}

// Drafts returns the ids of the drafts of an account, in the order of their list.
func (s *Sandbox) Drafts(appid string) []material.ID { return s.rows(appid, false) }

// Publications returns the media_ids that the publications of an account had as
// drafts, in the order of their list.
func (s *Sandbox) Publications(appid string) []material.ID { return s.rows(appid, true) }

func (s *Sandbox) rows(appid string, published bool) []material.ID {
	a, ok := s.accounts[appid]
	if !ok {
		return nil
	}
	_, total := a.box.page(published, 0, 0)
	rows, _ := a.box.page(published, 0, total)
	ids := make([]material.ID, len(rows))
	for i, d := range rows {
		ids[i] = d.ID
	}
	return ids
}
