package wechat

import (
	"context"
	"io"
	"net/http"

	"wxkeep/state"
	"wxkeep/state/material"
)

const pathList = "/cgi-bin/material/batchget_material"

// Page calls batchget_material; see [state.Lister]. An answer without item or
// total_count, or with an item that lacks a well-formed media_id or its
// update_time, is [state.ErrStop]: unknown is not empty, and an item without a
// time would look old.
//
// Source: wechat-api.md section 2.2.
func (r *Reader) Page(ctx context.Context, t material.Type, offset, count int) (state.Page, error) {
	var page state.Page
	_, err := r.client.call(ctx, request{
		method: http.MethodPost,
		path:   pathList,
		limit:  maxPage,
		body: struct {
			Type   material.Type `json:"type"`
			Offset int           `json:"offset"`
			Count  int           `json:"count"`
		}{t, offset, count},
		decode: func(body io.Reader) (err error) {
			page, err = readPage(body, t, offset)
			return err
		},
	})
	if err != nil {
		return state.Page{}, err
	}
	return page, nil
}

func readPage(body io.Reader, t material.Type, offset int) (state.Page, error) {
	total, count := int64(-1), int64(-1)
	var items []material.Item // nil: no list
	_, err := readAnswer(body, func(s *scanner, key []byte) (err error) {
		switch string(key) {
		case "total_count":
			return s.integer(&total)
		case "item_count":
			return s.integer(&count)
		case "item":
			items, err = readItems(s, t)
			return err
		}
		return s.skip()
	})
	switch {
	case err != nil:
		return state.Page{}, err
	case total < 0:
		return state.Page{}, unexpected("no total_count")
	case items == nil && (count != 0 || int64(offset) < total):
		return state.Page{}, unexpected("no list of items, which is not an empty list")
	}
	return state.Page{Total: int(total), Items: items}, nil
}

func readItems(s *scanner, t material.Type) ([]material.Item, error) {
	if none, err := s.null(); none || err != nil {
		return nil, err
	}
	items := make([]material.Item, 0, state.PageSize)
	err := s.array(func() error {
		item, err := readItem(s, t)
		if err != nil {
			return err
		}
		items = append(items, item)
		return nil
	})
	return items, err
}

func readItem(s *scanner, t material.Type) (material.Item, error) {
	item := material.Item{Type: t}
	var id string
	var inner int64 // content.update_time, should the outer one be missing
	err := s.object(func(key []byte) error {
		switch string(key) {
		case "media_id":
			return s.text(&id)
		case "update_time":
			return s.integer(&item.UpdateTime)
		case "name":
			if t != material.News {
				return s.text(&item.Name)
			}
		case "url":
			if t == material.Image {
				return s.text(&item.URL)
			}
		case "content":
			if t == material.News {
				return readContent(s, &item.Name, &inner)
			}
		}
		return s.skip()
	})
	if err != nil {
		return item, err
	}
	if item.ID, err = material.ParseID(id); err != nil {
		return item, unexpected("%v", err)
	}
	if item.UpdateTime <= 0 {
		item.UpdateTime = inner
	}
	if item.UpdateTime <= 0 {
		return item, unexpected("%s has no update_time", id)
	}
	return item, nil
}

// readContent reads a news item's first title and its time, and skips the
// articles' HTML.
func readContent(s *scanner, title *string, updated *int64) error {
	if none, err := s.null(); none || err != nil {
		return err
	}
	return s.object(func(key []byte) error {
		switch string(key) {
		case "update_time":
			return s.integer(updated)
		case "news_item":
			return readTitle(s, title)
		}
		return s.skip()
	})
}

func readTitle(s *scanner, title *string) error {
	if none, err := s.null(); none || err != nil {
		return err
	}
	first := true
	return s.array(func() error {
		if !first {
			return s.skip()
		}
		first = false
		return s.object(func(key []byte) error {
			if string(key) == "title" {
				return s.text(title)
			}
			return s.skip()
		})
	})
}
