package sandbox_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

func (c *caller) list(t material.Type, offset, count int) answer {
	c.t.Helper()
	return c.post(sandbox.BatchGet, fmt.Sprintf(`{"type":%q,"offset":%d,"count":%d}`, t, offset, count))
}

// The answers are compared as text: order of keys, escapes and what is left
// out are what a client has to cope with.
func TestListLooksLikeWeChats(t *testing.T) {
	t.Parallel()
	at := time.Unix(1700000000, 0)
	empty := ""
	c := call(t, sandbox.Account{Materials: []sandbox.Material{
		{Type: material.Image, ID: "img-2", Name: `a/b\c"品.png`, Updated: at},
		{Type: material.Image, ID: "img-1", Name: "no url", Updated: at, URL: &empty},
		{Type: material.Voice, ID: "voc", Name: "v.amr", Updated: at},
		{Type: material.Video, ID: "vid", Name: "v.mp4", Updated: at, Description: "line\nline"},
		{Type: material.News, ID: "new", Updated: at, Articles: []sandbox.Article{
			{Title: "T", Author: "A", Digest: "D", Content: "<p>x</p>", Thumb: "no url", ShowCover: true, URL: "http://u/"},
			{Title: "no cover", SourceURL: "http://s/"},
		}},
	}})
	tests := map[material.Type]string{
		material.Image: `{"item":[` +
			`{"media_id":"img-2","name":"a\/b\\c\"品.png","update_time":1700000000,"url":"http:\/\/mmbiz.qpic.cn\/mmbiz_png\/KEY\/0?wx_fmt=png","tags":[]},` +
			`{"media_id":"img-1","name":"no url","update_time":1700000000,"url":"","tags":[]}` +
			`],"total_count":2,"item_count":2}`,
		material.Voice: `{"item":[{"media_id":"voc","name":"v.amr","update_time":1700000000,"tags":[]}],"total_count":1,"item_count":1}`,
		material.Video: `{"item":[{"media_id":"vid","name":"v.mp4","update_time":1700000000,"tags":[],"description":"line\nline"}],"total_count":1,"item_count":1}`,
		material.News: `{"item":[{"media_id":"new","content":{"news_item":[` +
			`{"title":"T","author":"A","digest":"D","content":"<p>x<\/p>","content_source_url":"","thumb_media_id":"img-1","show_cover_pic":1,"url":"http:\/\/u\/","thumb_url":"","need_open_comment":1,"only_fans_can_comment":0},` +
			`{"title":"no cover","author":"","digest":"","content":"","content_source_url":"http:\/\/s\/","thumb_media_id":"","show_cover_pic":0,"url":"MADE","thumb_url":"","need_open_comment":1,"only_fans_can_comment":0}` +
			`],"create_time":1699999940,"update_time":1700000000},"update_time":1700000000}],"total_count":1,"item_count":1}`,
	}
	key := regexp.MustCompile(`(mmbiz_png\\/)[\w-]{86}(\\/0)`)
	made := regexp.MustCompile(`http:\\/\\/mp\.weixin\.qq\.com\\/s\?__biz=[^"]*`)
	for typ, want := range tests {
		t.Run(string(typ), func(t *testing.T) {
			t.Parallel()
			a := c.list(typ, 0, 20)
			got := made.ReplaceAllString(key.ReplaceAllString(a.Body, "${1}KEY$2"), "MADE")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got := a.Header.Get("Content-Type"); got != "text/plain" {
				t.Errorf("Content-Type: got %q, want text/plain", got)
			}
			if got, want := a.Header.Get("Date"), "Mon, 23 Nov 2026 01:00:00 GMT"; got != want {
				t.Errorf("Date: got %q, want %q", got, want)
			}
		})
	}
}

func TestListPagesAreNewestFirstByCreation(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Materials: images("c", "b", "a")})
	if !c.sandbox.Rename(appid, imageID("a"), "renamed") {
		t.Fatal("rename: not there")
	}
	if _, err := c.sandbox.Upload(appid, sandbox.Material{Type: material.Image, Name: "d"}); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		offset, count int
		want          []string
		total         int
	}{
		"the upload is first, the renamed one stays last": {0, 20, []string{"d", "c", "b", "renamed"}, 4},
		"the first page":     {0, 3, []string{"d", "c", "b"}, 4},
		"the last page":      {3, 3, []string{"renamed"}, 4},
		"a page past it":     {4, 3, nil, 4},
		"a page far past it": {1 << 40, 20, nil, 4},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := c.list(material.Image, tt.offset, tt.count)
			p := a.page(t)
			if diff := cmp.Diff(tt.want, p.names()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if p.Total != tt.total || p.Count != len(tt.want) {
				t.Errorf("got total_count %d, item_count %d; want %d, %d", p.Total, p.Count, tt.total, len(tt.want))
			}
			if p.Item == nil {
				t.Errorf("no item in %s", a.Body)
			}
		})
	}
	if got := c.list(material.Image, 3, 1).page(t).Item[0].UpdateTime; got != start.Unix() {
		t.Errorf("a rename moves update_time: got %d, want %d", got, start.Unix())
	}
}

func TestListRefusals(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Materials: images("a")})
	tests := map[string]struct {
		method, body string
		want         int
	}{
		"by GET":               {"GET", "", 43002},
		"an empty body":        {"POST", "", 44002},
		"a form":               {"POST", "type=image&offset=0&count=20", 47001},
		"no type":              {"POST", `{"offset":0,"count":20}`, 40004},
		"there is no thumb":    {"POST", `{"type":"thumb","offset":0,"count":20}`, 40004},
		"21 at once":           {"POST", `{"type":"image","offset":0,"count":21}`, 40170},
		"none at once":         {"POST", `{"type":"image","offset":0,"count":0}`, 40035},
		"before the beginning": {"POST", `{"type":"image","offset":-1,"count":20}`, 40035},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := c.do(tt.method, sandbox.BatchGet, tt.body).code(t); got != tt.want {
				t.Errorf("got errcode %d, want %d", got, tt.want)
			}
		})
	}
}

func TestThumbsAreImages(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Materials: []sandbox.Material{
		{Type: material.Image, Name: "image.png"},
		{Type: material.Image, Name: "thumb.jpg", Thumb: true},
	}})
	if got, want := c.get(sandbox.Count).Body, `{"voice_count":0,"video_count":0,"image_count":2,"news_count":0}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if diff := cmp.Diff([]string{"image.png", "thumb.jpg"}, c.list(material.Image, 0, 20).page(t).names()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := c.post(sandbox.Count, "{}").code(t); got != 43001 {
		t.Errorf("count by POST: got %d, want 43001", got)
	}
}

func TestMediaIDsHaveTheAccountsPrefix(t *testing.T) {
	t.Parallel()
	twice := sandbox.Material{Type: material.Image, Name: "same.png"}
	c := call(t, sandbox.Account{
		Materials: []sandbox.Material{twice, twice, {Type: material.Voice, Name: "long", Long: true}},
		Generate:  sandbox.Generate{Image: 1, News: 1},
	}, sandbox.Account{AppID: "wx00000000000000aa", Generate: sandbox.Generate{Image: 1}})
	live := c.sandbox.Live(appid)
	want, _ := live[0].ID.Prefix()
	lengths := map[int]int{}
	distinct := material.Set{}
	for _, it := range live {
		if _, err := material.ParseID(string(it.ID)); err != nil {
			t.Error(err)
		}
		if !strings.HasPrefix(string(it.ID), string(live[0].ID[:21])) {
			t.Errorf("id %s of %s has not the prefix of %s", it.ID, it.Name, live[0].ID)
		}
		lengths[len(it.ID)]++
		distinct.Add(it.ID)
	}
	if diff := cmp.Diff(map[int]int{43: 4, 64: 1}, lengths); diff != "" {
		t.Errorf("lengths: -want +got:\n%s", diff)
	}
	if len(distinct) != len(live) {
		t.Errorf("%d distinct ids of %d", len(distinct), len(live))
	}
	if got := []material.ID{live[0].ID, live[1].ID}; got[0] != sandbox.MediaID(appid, material.Image, "same.png", 0) || got[1] != sandbox.MediaID(appid, material.Image, "same.png", 1) {
		t.Errorf("MediaID does not foretell %v", got)
	}
	if other, ok := c.sandbox.Live("wx00000000000000aa")[0].ID.Prefix(); !ok || other == want {
		t.Error("the other account has the same prefix")
	}
}

func TestGeneratedAccountListsWholly(t *testing.T) {
	t.Parallel()
	g := sandbox.Generate{Image: 45, Voice: 3, Video: 2, News: 7, Seed: 5}
	c := call(t, sandbox.Account{Generate: g})
	var listed []material.Item
	for _, typ := range material.Types() {
		for offset := 0; ; {
			p := c.list(typ, offset, 20).page(t)
			if len(p.Item) == 0 {
				break
			}
			offset += len(p.Item)
			for _, it := range p.Item {
				listed = append(listed, material.Item{ID: it.MediaID, Type: typ, UpdateTime: it.UpdateTime})
			}
		}
	}
	want := c.sandbox.Live(appid)
	for i := range want {
		want[i].Name, want[i].URL, want[i].Cover = "", "", ""
	}
	if diff := cmp.Diff(want, listed); diff != "" {
		t.Errorf("-live +listed:\n%s", diff)
	}
	if len(listed) != 57 {
		t.Errorf("got %d materials, want 57", len(listed))
	}
	again := sandbox.NewAt(func() time.Time { return start }, sandbox.Account{AppID: appid, Generate: g})
	if diff := cmp.Diff(c.sandbox.Live(appid), again.Live(appid)); diff != "" {
		t.Errorf("another sandbox from the same account: -want +got:\n%s", diff)
	}
	g.Seed++
	other := sandbox.NewAt(func() time.Time { return start }, sandbox.Account{AppID: appid, Generate: g})
	if other.Live(appid)[0].ID == want[0].ID {
		t.Error("another seed gives the same ids")
	}
}

func TestGeneratedNewsHasCoversAndHTML(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Generate: sandbox.Generate{Image: 2, News: 3, ArticleBytes: 5000}})
	live := material.Set{}
	for _, it := range c.sandbox.Live(appid) {
		live.Add(it.ID)
	}
	var p struct {
		Item []struct {
			Content struct {
				News []struct {
					Thumb   material.ID `json:"thumb_media_id"`
					Content string      `json:"content"`
				} `json:"news_item"`
			} `json:"content"`
		} `json:"item"`
	}
	if err := json.Unmarshal([]byte(c.list(material.News, 0, 20).Body), &p); err != nil {
		t.Fatal(err)
	}
	var articles []int
	for _, it := range p.Item {
		articles = append(articles, len(it.Content.News))
		for _, a := range it.Content.News {
			if !live.Has(a.Thumb) || len(a.Content) < 4000 {
				t.Errorf("cover %q, HTML of %d bytes", a.Thumb, len(a.Content))
			}
		}
	}
	if diff := cmp.Diff([]int{1, 2, 3}, articles); diff != "" {
		t.Errorf("articles a news: -want +got:\n%s", diff)
	}
}
