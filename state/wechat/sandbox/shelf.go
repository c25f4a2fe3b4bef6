package sandbox

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"wxkeep/state/material"
)

// A shelf holds the live materials of one account.
type shelf struct {
	appid string
	order Order

	mu       sync.RWMutex
	rows     map[material.Type][]*item // oldest first, so that an upload is an append
	lists    map[material.Type][]*item // the same in another order; none when it has to be sorted again
	byID     map[material.ID]*item
	pictures map[string]*item // by URL path without the size; deleted ones stay
	urls     map[material.ID]string
	next     int // the next item's seq
	uploads  int
}

// An item is a Material with everything made that was left out. It does not
// change once it is on a shelf: a rename replaces it.
type item struct {
	Material
	seq int // creation order; the list is sorted by it, not by Updated
	url string
}

func newShelf(appid string) *shelf {
	return &shelf{
		appid:    appid,
		rows:     map[material.Type][]*item{},
		lists:    map[material.Type][]*item{},
		byID:     map[material.ID]*item{},
		pictures: map[string]*item{},
		urls:     map[material.ID]string{},
	}
}

// put adds m, whose id is set, as the newest of its type.
func (s *shelf) put(m Material) (*item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.putLocked(m)
}

func (s *shelf) putLocked(m Material) (*item, error) {
	if _, taken := s.byID[m.ID]; taken {
		return nil, fmt.Errorf("media_id %q is there twice", m.ID)
	}
	it := &item{Material: m, seq: s.next}
	s.next++
	if m.Type == material.Image {
		it.url = imageURL(m)
		s.pictures[pictureKey(it.url)] = it
		s.urls[m.ID] = it.url
	}
	s.rows[m.Type] = append(s.rows[m.Type], it)
	delete(s.lists, m.Type)
	s.byID[m.ID] = it
	return it, nil
}

// imageURL returns the address of an image. One file uploaded twice gets one
// address and two ids. Source: wechat-api.md section 2.2.
func imageURL(m Material) string {
	switch {
	case m.URL != nil:
		return *m.URL
	case m.Content != nil:
		return pictureURL(m.Name+"\x00"+string(m.Content), m.Thumb)
	}
	return pictureURL(string(m.ID), m.Thumb)
}

// pictureKey is the part of an image's address that stays the same for every
// size: the path without its last segment.
func pictureKey(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Path == "" {
		return ""
	}
	return path.Dir(u.Path)
}

// upload adds m as somebody's new upload at now.
func (s *shelf) upload(m Material, now time.Time) (*item, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploads++
	m = m.named("upload-" + strconv.Itoa(s.uploads))
	if m.ID == "" {
		m.ID = mediaID(s.appid, m.Type, m.Name, "upload "+strconv.Itoa(s.uploads), m.Long)
	}
	if m.Updated.IsZero() {
		m.Updated = now.Add(-m.Age)
	}
	m, err := m.covered(s.imageNamed)
	if err != nil {
		return nil, err
	}
	return s.putLocked(m)
}

// url returns the address of an image, live or deleted, or one made from the id
// of an image that was never here.
func (s *shelf) url(id material.ID) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if url, ok := s.urls[id]; ok {
		return url
	}
	return pictureURL(string(id), false)
}

// find returns the newest item of that name and one of the types.
func (s *shelf) find(name string, types ...material.Type) (material.ID, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, t := range types {
		if id, ok := s.findLocked(name, t); ok {
			return id, true
		}
	}
	return "", false
}

// imageNamed returns the newest image of that name.
func (s *shelf) imageNamed(name string) (material.ID, bool) {
	return s.findLocked(name, material.Image)
}

func (s *shelf) findLocked(name string, t material.Type) (material.ID, bool) {
	rows := s.rows[t]
	for i := len(rows) - 1; i >= 0; i-- {
		if rows[i].Name == name {
			return rows[i].ID, true
		}
	}
	return "", false
}

// get returns the live item with that id, or nil.
func (s *shelf) get(id material.ID) *item {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.byID[id]
}

// remove takes the item off the shelf and reports whether it was there.
func (s *shelf) remove(id material.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.removeLocked(s.byID[id])
}

func (s *shelf) removeLocked(it *item) bool {
	if it == nil {
		return false
	}
	rows := s.rows[it.Type]
	i := s.position(it)
	s.rows[it.Type] = slices.Delete(rows, i, i+1)
	delete(s.lists, it.Type)
	delete(s.byID, it.ID)
	return true
}

// position finds it among the rows of its type, which are sorted by seq.
func (s *shelf) position(it *item) int {
	i, _ := slices.BinarySearchFunc(s.rows[it.Type], it.seq, func(row *item, seq int) int { return row.seq - seq })
	return i
}

// removeNewest takes the n newest items of that type off the shelf.
func (s *shelf) removeNewest(t material.Type, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range min(n, len(s.rows[t])) {
		rows := s.rows[t]
		s.removeLocked(rows[len(rows)-1])
	}
}

// rename gives an item another name; its place in the list stays, its update
// time does not.
func (s *shelf) rename(id material.ID, name string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.byID[id]
	if old == nil {
		return false
	}
	it := *old
	it.Name, it.Updated = name, now
	if it.Type == material.News {
		it.Articles = slices.Clone(it.Articles)
		it.Articles[0].Title = name
	}
	s.rows[it.Type][s.position(old)] = &it
	delete(s.lists, it.Type)
	s.byID[id] = &it
	return true
}

// count returns how many items of that type are live.
func (s *shelf) count(t material.Type) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.rows[t])
}

// page returns up to count items of that type from offset on, and how many there
// are in all.
func (s *shelf) page(t material.Type, offset, count int) (items []*item, total int) {
	if s.order != NewestFirst {
		s.mu.Lock()
		defer s.mu.Unlock()
		rows := s.listLocked(t)
		from := min(offset, len(rows))
		return rows[from:min(from+count, len(rows))], len(rows)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	rows := s.rows[t]
	for i := len(rows) - 1 - offset; i >= 0 && len(items) < count; i-- {
		items = append(items, rows[i])
	}
	return items, len(rows)
}

// listLocked returns the rows of a type in the shelf's order.
func (s *shelf) listLocked(t material.Type) []*item {
	if s.lists[t] == nil {
		s.lists[t] = arrange(s.order, s.rows[t])
	}
	return s.lists[t]
}

// live returns every item, by type and newest first.
func (s *shelf) live() []material.Item {
	var out []material.Item
	for _, it := range s.all() {
		out = append(out, s.listed(it))
	}
	return out
}

// all is what is on the shelf at one instant.
func (s *shelf) all() []*item {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []*item
	for _, t := range material.Types() {
		for _, it := range slices.Backward(s.rows[t]) {
			all = append(all, it)
		}
	}
	return all
}

// listed returns it as a correct client reads it from the list.
func (s *shelf) listed(it *item) material.Item {
	out := material.Item{ID: it.ID, Type: it.Type, Name: it.Name, UpdateTime: it.Updated.Unix(), URL: it.url}
	if len(it.Articles) > 0 {
		out.Cover = s.thumbURL(&it.Articles[0])
	}
	return out
}

// picture returns the image, live or deleted, that has this address path.
func (s *shelf) picture(p string) *item {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if !strings.HasPrefix(p, "/") {
		return nil
	}
	return s.pictures[path.Dir(p)]
}
