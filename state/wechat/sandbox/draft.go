package sandbox

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"wxkeep/state/material"
)

// A Draft is a draft (草稿), or what became of one: a publication (发布).
type Draft struct {
	ID       material.ID `yaml:"media_id"` // made when empty; of a publication it does not matter
	Articles []Article   `yaml:"articles"`
	Updated  time.Time   `yaml:"updated"` // a day before the clock at loading when zero
}

// A box is the draft box of an account, and its publications.
type box struct {
	appid string
	order Order

	mu        sync.RWMutex
	drafts    []*draft     // oldest first
	published []*draft     // oldest first
	ids       material.Set // of all that ever were here
	next      int
}

// A draft is a Draft with everything made that was left out. It does not change.
type draft struct {
	Draft
	seq     int
	article string // article_id, of a publication
}

// newBox returns the box of an account whose materials are on the shelf.
func newBox(a Account, s *shelf, now time.Time) (*box, *misfit) {
	b := &box{appid: a.AppID, order: a.BoxOrder, ids: material.Set{}}
	if err := a.BoxOrder.check(); err != nil {
		return nil, &misfit{[]any{"box_order"}, err}
	}
	for i, d := range slices.Backward(a.Generate.drafts(a.AppID)) {
		if _, err := b.add(d, s, now.AddDate(-1, 0, 0).Add(-tied(i))); err != nil {
			return nil, &misfit{[]any{"generate"}, err}
		}
	}
	for i, d := range slices.Backward(a.Drafts) {
		if _, err := b.add(d, s, now.AddDate(0, 0, -1)); err != nil {
			return nil, &misfit{[]any{"drafts", i}, err}
		}
	}
	for i, d := range slices.Backward(a.Published) {
		added, err := b.add(d, s, now.AddDate(0, 0, -1))
		if err != nil {
			return nil, &misfit{[]any{"published", i}, err}
		}
		b.publish(added.ID)
	}
	return b, nil
}

// add puts a draft in front of the others.
func (b *box) add(d Draft, s *shelf, updated time.Time) (*draft, error) {
	d, err := d.completed(s, updated)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if d.ID == "" {
		d.ID = mediaID(b.appid, "draft", d.Articles[0].Title, strconv.Itoa(b.next), false)
	}
	if _, err := material.ParseID(string(d.ID)); err != nil {
		return nil, err
	}
	if b.ids.Has(d.ID) {
		return nil, fmt.Errorf("draft %s is there twice", d.ID)
	}
	b.ids.Add(d.ID)
	added := &draft{Draft: d, seq: b.next}
	b.next++
	b.drafts = append(b.drafts, added)
	return added, nil
}

// completed returns d with its images by their ids, and with a time.
func (d Draft) completed(s *shelf, updated time.Time) (Draft, error) {
	if len(d.Articles) == 0 {
		return d, fmt.Errorf("a draft has at least one article")
	}
	articles, err := resolved(d.Articles, func(name string) (material.ID, bool) { return s.find(name, material.Image) })
	if err != nil {
		return d, err
	}
	d.Articles = articles
	if d.Updated.IsZero() {
		d.Updated = updated
	}
	return d, nil
}

// edit gives a draft or a publication other articles, and reports whether it was
// there. It keeps its id, and stands where the order puts it.
func (b *box) edit(id material.ID, d Draft) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, rows := range [][]*draft{b.drafts, b.published} {
		if i := indexOf(rows, id); i >= 0 {
			edited := *rows[i]
			edited.Articles, edited.Updated = d.Articles, d.Updated
			rows[i] = &edited
			return true
		}
	}
	return false
}

func indexOf(rows []*draft, id material.ID) int {
	return slices.IndexFunc(rows, func(d *draft) bool { return d.ID == id })
}

// remove takes a draft out of the box and returns it, or nil.
func (b *box) remove(id material.ID) *draft { return b.removeFrom(&b.drafts, id) }

func (b *box) removeFrom(rows *[]*draft, id material.ID) *draft {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := indexOf(*rows, id)
	if i < 0 {
		return nil
	}
	d := (*rows)[i]
	*rows = slices.Delete(*rows, i, i+1)
	return d
}

// publish makes a publication of a draft, which vanishes from the box. It
// returns the article_id, or nothing when there is no such draft.
func (b *box) publish(id material.ID) string {
	d := b.remove(id)
	if d == nil {
		return ""
	}
	sum := sha512.Sum512([]byte("article\x00" + b.appid + "\x00" + string(id)))
	p := &draft{Draft: d.Draft, seq: d.seq, article: base64.RawURLEncoding.EncodeToString(sum[:48])}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.published = append(b.published, p)
	return p.article
}

// page returns up to count of the rows from offset on, and how many there are.
func (b *box) page(published bool, offset, count int) (rows []*draft, total int) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	all := b.drafts
	if published {
		all = b.published
	}
	if b.order != NewestFirst {
		listed := arrange(b.order, all)
		from := min(offset, len(listed))
		return listed[from:min(from+count, len(listed))], len(listed)
	}
	for i := len(all) - 1 - offset; i >= 0 && len(rows) < count; i-- {
		rows = append(rows, all[i])
	}
	return rows, len(all)
}
