package sandbox

import (
	"fmt"
	"strings"
	"time"

	"wxkeep/state/material"
)

// defaultAge is the age of a material that gives none: old enough for every
// guard.
const defaultAge = 365 * 24 * time.Hour

// materials makes up what g asks for, newest first.
func (g Generate) materials(appid string) []Material {
	out := make([]Material, 0, g.Image+g.Voice+g.Video+g.News)
	nth := fmt.Sprintf("generated %d", g.Seed)
	add := func(t material.Type, n int, name string, articles func(int) []Article) {
		for i := range n {
			m := Material{Type: t, Name: fmt.Sprintf(name, i), Age: defaultAge + tied(i)}
			m.ID = mediaID(appid, t, m.Name, nth, false)
			if articles != nil {
				m.Articles = articles(i)
				m.Name = m.Articles[0].Title
			}
			out = append(out, m)
		}
	}
	add(material.Image, g.Image, "活动海报_%06d.png", nil)
	covers := out
	add(material.Voice, g.Voice, "voice_%06d.amr", nil)
	add(material.Video, g.Video, "新品介绍_%06d.mp4", nil)
	body := g.body()
	add(material.News, g.News, "门店活动第%d期", func(i int) []Article { return issue(i, body, covers) })
	return out
}

// drafts makes up the drafts that g asks for, newest first.
func (g Generate) drafts(appid string) []Draft {
	covers := Generate{Image: g.Image, Seed: g.Seed}.materials(appid)
	body := g.body()
	out := make([]Draft, g.Drafts)
	for i := range out {
		out[i].Articles = issue(i, body, covers)
		out[i].ID = mediaID(appid, "draft", out[i].Articles[0].Title, fmt.Sprintf("generated %d", g.Seed), false)
		if len(covers) > 0 {
			out[i].Articles[0].embedIDs = []material.ID{covers[(i*11+5)%len(covers)].ID}
		}
	}
	return out
}

// tied spreads the update times of generated materials: four share a second,
// as many rows of real lists do.
func tied(i int) time.Duration { return time.Duration(i/4) * time.Minute }

// issue makes the articles of the ith generated news.
func issue(i int, body string, covers []Material) []Article {
	articles := make([]Article, 1+i%3)
	for k := range articles {
		a := Article{
			Title:   fmt.Sprintf("门店活动第%d期 之%d", i, k+1),
			Author:  "编辑部",
			Digest:  "点击了解更多优惠",
			Content: body,
		}
		if len(covers) > 0 {
			a.ThumbMediaID = covers[(i*7+k)%len(covers)].ID
		}
		articles[k] = a
	}
	return articles
}

// body makes article HTML. All generated articles share it, so that a large
// account costs little memory.
func (g Generate) body() string {
	const paragraph = `<section style="margin: 0px; line-height: 1.75em;"><p style="text-align: justify;"><span style="font-size: 15px;">春天 活动 优惠 门店 新品 上市 "点击" 阅读原文 了解更多</span></p></section>` + "\n"
	size := g.ArticleBytes
	if size == 0 {
		size = 600
	}
	return strings.Repeat(paragraph, max(1, size/len(paragraph)))
}
