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
// time would look old. A page of news also has what its articles use: covers,
// and images by their URL.
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
			page, err = readPage(body, t, offset, r.unsearched)
			return err
		},
	})
	if err != nil {
		return state.Page{}, err
	}
	return page, nil
}

func readPage(body io.Reader, t material.Type, offset int, unsearched bool) (state.Page, error) {
	total, count := int64(-1), int64(-1)
	var items []material.Item // nil: no list
	var uses []state.Use
	_, err := readAnswer(body, func(s *scanner, key []byte) (err error) {
		switch string(key) {
		case "total_count":
			return s.integer(&total)
		case "item_count":
			return s.integer(&count)
		case "item":
			items, uses, err = readItems(s, t, unsearched)
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
	return state.Page{Total: int(total), Items: items, Uses: uses}, nil
}

func readItems(s *scanner, t material.Type, unsearched bool) ([]material.Item, []state.Use, error) {
	if none, err := s.null(); none || err != nil {
		return nil, nil, err
	}
	items := make([]material.Item, 0, state.PageSize)
	var uses []state.Use
	var articles *articles
	if t == material.News {
		articles = newArticles()
		articles.unsearched = unsearched
	}
	err := s.array(func() error {
		item, err := readItem(s, t, articles)
		if err != nil {
			return err
		}
		items = append(items, item)
		if articles != nil {
			uses = articles.uses(uses, state.PlaceNews, "news", item.ID)
		}
		return nil
	})
	return items, uses, err
}

// readItem reads one item. articles is for news alone: what it read stays in it.
func readItem(s *scanner, t material.Type, articles *articles) (material.Item, error) {
	item := material.Item{Type: t}
	var id string
	var inner int64 // content.update_time, should the outer one be missing
	if articles != nil {
		articles.reset()
	}
	err := s.object(func(key []byte) error {
		switch string(key) {
		case "media_id":
			return s.kept(&id)
		case "update_time":
			return s.integer(&item.UpdateTime)
		case "name":
			if t != material.News {
				return s.kept(&item.Name)
			}
		case "url":
			if t == material.Image {
				return s.kept(&item.URL)
			}
		case "content":
			if t == material.News {
				return readContent(s, articles, &inner)
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
	if articles != nil {
		item.Name, item.Cover = articles.title, articles.cover
	}
	if item.UpdateTime <= 0 {
		item.UpdateTime = inner
	}
	if item.UpdateTime <= 0 {
		return item, unexpected("%s has no update_time", id)
	}
	return item, nil
}

// readContent reads the articles of a row, of whatever list, and its time.
func readContent(s *scanner, articles *articles, updated *int64) error {
	if none, err := s.null(); none || err != nil {
		return err
	}
	return s.object(func(key []byte) error {
		switch string(key) {
		case "update_time":
			return s.integer(updated)
		case "news_item":
			return articles.read(s)
		}
		return s.skip()
	})
}
