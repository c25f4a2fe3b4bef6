// Package material is the vocabulary: what a permanent material (永久素材) of a
// WeChat Official Account is, and nothing about how it is fetched, kept or
// deleted. It imports nothing of wxkeep.
package material

import (
	"encoding/base64"
	"fmt"
)

// An ID is a media_id: 1 to 128 characters of A-Z a-z 0-9 - _, case-sensitive.
// It may begin with - or _.
//
// Source: wechat-api.md section 2.7. The documentation gives no length; 43 and
// 64 characters have been seen, and draft/add allows 128.
type ID string

// MaxID is the most characters an [ID] may have.
const MaxID = 128

// IDPattern is the form of a media_id as a regular expression, as ParseID
// checks it.
const IDPattern = `^[A-Za-z0-9_-]{1,128}$`

// ParseID checks that s has the form of a media_id. It cannot tell a permanent
// id from a temporary one or from a draft's: they look alike.
func ParseID(s string) (ID, error) {
	if s == "" {
		return "", fmt.Errorf("media_id is empty")
	}
	if len(s) > MaxID {
		return "", fmt.Errorf("media_id has %d characters, more than %d", len(s), MaxID)
	}
	for i, r := range s {
		switch {
		case r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
		default:
			return "", fmt.Errorf("media_id %q has %q at character %d; only A-Z a-z 0-9 - _ can occur", s, r, len([]rune(s[:i]))+1)
		}
	}
	return ID(s), nil
}

// idPrefixed is the length of an id of which the first 16 decoded bytes are the
// same for every material of one account.
const idPrefixed = 43

// Prefix returns the 16 bytes that every 43-character id of one account begins
// with, and whether id is of that length. A foreign prefix most likely means
// another account; it is a reason to warn, never to decide.
//
// Source: wechat-api.md section 2.7, computed from 8 accounts.
func (id ID) Prefix() (string, bool) {
	if len(id) != idPrefixed {
		return "", false
	}
	b, err := base64.RawURLEncoding.DecodeString(string(id))
	if err != nil {
		return "", false
	}
	return string(b[:16]), true
}

// A Type is one of the four kinds of material that batchget_material lists.
// Thumbs have no list of their own: they appear among the images.
type Type string

// The types, in WeChat's words.
const (
	Image Type = "image"
	Voice Type = "voice"
	Video Type = "video"
	News  Type = "news" // legacy permanent articles; articles made since the draft box are not material
)

// Types returns all types in the order in which they are listed and shown.
func Types() []Type { return []Type{Image, Voice, Video, News} }

// ParseType returns the type that s names.
func ParseType(s string) (Type, error) {
	for _, t := range Types() {
		if string(t) == s {
			return t, nil
		}
	}
	return "", fmt.Errorf("%q is not a type of material; the types are image, voice, video, news", s)
}

// Restorable reports whether a deleted material of this type can be uploaded
// again with equal content. Videos come back as a web page, and add_news was
// withdrawn in 2022 (errcode 45106).
//
// Source: wechat-api.md sections 2.4 and 2.5.
func (t Type) Restorable() bool { return t == Image || t == Voice }

// An Item is one material as batchget_material lists it.
type Item struct {
	ID         ID     `json:"media_id"`
	Type       Type   `json:"type"`
	Name       string `json:"name"`            // of news: the first article's title
	UpdateTime int64  `json:"update_time"`     // Unix seconds; a rename moves it
	URL        string `json:"url,omitempty"`   // images only, and even there it may be empty
	Cover      string `json:"cover,omitempty"` // news only: the address of the first article's cover; may be empty
}

// A Set is a set of ids.
type Set map[ID]struct{}

// Has reports whether id is in s.
func (s Set) Has(id ID) bool {
	_, ok := s[id]
	return ok
}

// Add puts id into s.
func (s Set) Add(id ID) { s[id] = struct{}{} }
