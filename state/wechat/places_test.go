package wechat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wxkeep/state"
	"wxkeep/state/material"
)

// picture names an image in URLs, as long as real names are.
const picture = "GE7et87vE9vicuCibqXsX9GPPLuEtBfXfK0HKuBIa1A1cypS0uY1wickv70iaY1gf3I1DTszuJoS3lAVLvhTcm9sDA"

const (
	pictureURL = `http:\/\/mmbiz.qpic.cn\/mmbiz_png\/` + picture + `\/0?wx_fmt=png`
	pictureKey = "mmbiz.qpic.cn/mmbiz_png/" + picture
)

// paths answers by path, and media/get by what comes after its media_id.
func paths(answers map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if id := r.URL.Query().Get("media_id"); id != "" {
			path += " " + id
		}
		answer, ok := answers[path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, answer)
	}
}

const (
	noMenu  = `{"errcode":46003,"errmsg":"menu no exist hint: [x]"}`
	noReply = `{"is_add_friend_reply_open":0,"is_autoreply_open":0}`
)

func search(t *testing.T, serving http.HandlerFunc, of func(*Client) state.Searcher) (state.Search, error) {
	t.Helper()
	return of(newClient(t, serve(t, serving))).Search(t.Context())
}

func menus(c *Client) state.Searcher     { return NewMenu(c) }
func replies(c *Client) state.Searcher   { return NewAutoReply(c) }
func drafts(c *Client) state.Searcher    { return NewDrafts(c) }
func published(c *Client) state.Searcher { return NewPublished(c) }

func TestMenusAreSearched(t *testing.T) {
	t.Parallel()
	const made = `{"menu":{"button":[{"name":"产品","sub_button":[` +
		`{"type":"media_id","name":"海报","media_id":"Poster","sub_button":[]},{"type":"view","name":"官网","url":"http:\/\/a.cn","sub_button":[]}]},` +
		`{"type":"click","name":"联系我们","key":"k","sub_button":[]}],"menuid":1},` +
		`"conditionalmenu":[{"button":[{"type":"view_limited","name":"会员","media_id":"Issue"}],"matchrule":{"group_id":2},"menuid":208379533},` +
		`{"button":[{"type":"media_id","name":"会员","media_id":"Poster"}],"matchrule":{"country":"中国","sex":1,"language":""}}]}`
	const self = `{"is_menu_open":1,"selfmenu_info":{"button":[{"name":"产品","sub_button":{"list":[` +
		`{"type":"img","name":"海报","value":"Temporary"},{"type":"view","name":"官网","url":"http:\/\/a.cn"}]}},{"type":"click","name":"联系我们","key":"k"}]}}`
	both := []state.Use{
		{Place: "menu", Where: "menu (conditional 208379533)/会员", ID: "Issue"},
		{Place: "menu", Where: "menu (conditional, country 中国, sex 1)/会员", More: 1, ID: "Poster"},
	}
	tests := []struct {
		name    string
		answers map[string]string
		want    state.Search
	}{
		{"no menu", map[string]string{pathMenu: noMenu, pathSelfMenu: `{"is_menu_open":0,"selfmenu_info":{"button":[]}}`}, state.Search{}},
		{"no menu, said twice", map[string]string{pathMenu: noMenu, pathSelfMenu: noMenu}, state.Search{}},
		{"a closed menu without buttons", map[string]string{pathMenu: noMenu, pathSelfMenu: `{"is_menu_open":0}`}, state.Search{}},
		{"a menu made by API is known, also where its image is hidden", map[string]string{pathMenu: made, pathSelfMenu: self}, state.Search{Uses: both, Seen: 5}},
		{
			"another menu was made on the website since",
			map[string]string{pathMenu: made, pathSelfMenu: strings.Replace(self, "官网", "官方", 1), pathTemporary + " Temporary": "ab"},
			state.Search{Uses: both, Seen: 8, Shown: []state.Shown{{Place: "menu/产品/海报", Type: material.Image, SHA256: textSum("ab")}}},
		},
		{
			"another address is another menu",
			map[string]string{pathMenu: made, pathSelfMenu: strings.Replace(self, "a.cn", "b.cn", 1), pathTemporary + " Temporary": "ab"},
			state.Search{Uses: both, Seen: 8, Shown: []state.Shown{{Place: "menu/产品/海报", Type: material.Image, SHA256: textSum("ab")}}},
		},
		{
			"one more button is another menu",
			map[string]string{pathMenu: made, pathSelfMenu: strings.Replace(self, `,{"type":"click","name":"联系我们","key":"k"}`, "", 1), pathTemporary + " Temporary": "ab"},
			state.Search{Uses: both, Seen: 7, Shown: []state.Shown{{Place: "menu/产品/海报", Type: material.Image, SHA256: textSum("ab")}}},
		},
		{
			"everything that a website menu can show",
			map[string]string{pathMenu: noMenu, pathTemporary + " I": "image", pathTemporary + " V": "#!AMR voice", pathTemporary + " W": `{"video_url":"http:\/\/1.2.3.4\/x\/a.mp4?vkey=1"}`, pathSelfMenu: `{"is_menu_open":1,"selfmenu_info":{"button":[` +
				`{"type":"img","name":"图","value":"I"},{"type":"voice","name":"音","value":"V"},{"type":"video","name":"W","value":"W"},` +
				`{"name":"更多","sub_button":{"list":[` +
				`{"type":"video","name":"视频","value":"http:\/\/9.9.9.9\/near.tc.qq.com\/a.mp4?vkey=2"},{"type":"video","name":"视频","value":"http:\/\/mp.weixin.qq.com\/mp\/video?vid=wxv_1&scene=3"},` +
				`{"type":"news","name":"图文","value":"Issue","news_info":{"list":[{"title":"t","cover_url":"` + pictureURL + `","content_url":"http:\/\/mp.weixin.qq.com\/s?mid=1&sn=2"}]}},` +
				`{"type":"news","name":"旧图文","news_info":{"list":[{"content_url":"http:\/\/mp.weixin.qq.com\/s?__biz=b&mid=1&idx=1&sn=2&scene=9#rd"}]}},` +
				`{"type":"text","name":"文","value":"<a href=\"` + pictureURL + `\">Issue<\/a>"},{"type":"view","name":"网","url":"` + pictureURL + `"},{"type":"finder","name":"新","value":"Later"}]}}]}}`},
			state.Search{
				Seen: 10,
				Uses: []state.Use{
					{Place: "menu", Where: "menu/更多/图文", More: 2, URL: pictureKey},
					{Place: "menu", Where: "menu/更多/图文", ID: "Issue"},
					{Place: "menu", Where: "menu/更多/新", ID: "Later"},
				},
				Shown: []state.Shown{
					{Place: "menu/图", Type: material.Image, SHA256: textSum("image")},
					{Place: "menu/音", Type: material.Voice, SHA256: textSum("#!AMR voice")},
					{Place: "menu/W", Type: material.Video, SHA256: textSum("a.mp4")},
					{Place: "menu/更多/视频", Type: material.Video, SHA256: textSum("a.mp4")},
					{Place: "menu/更多/视频 (2)", Type: material.Video, SHA256: textSum("vid=wxv_1")},
					{Place: "menu/更多/旧图文", Type: material.News, SHA256: textSum("__biz=b&mid=1&idx=1&sn=2")},
				},
			},
		},
		{
			"an image that is not even told as a copy", map[string]string{pathMenu: noMenu, pathSelfMenu: `{"is_menu_open":1,"selfmenu_info":{"button":[{"type":"img","name":"图"}]}}`},
			state.Search{Seen: 1, Shown: []state.Shown{{Place: "menu/图", Type: material.Image, SHA256: textSum("")}}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := search(t, paths(tt.answers), menus)
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Place = "menu"
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAutoRepliesAreSearched(t *testing.T) {
	t.Parallel()
	answers := map[string]string{
		pathTemporary + " A": "one", pathTemporary + " B": "two", pathTemporary + " C": "three",
		pathAutoReply: `{"is_add_friend_reply_open":1,"is_autoreply_open":0,"add_friend_autoreply_info":{"type":"img","content":"A"},` +
			`"message_default_autoreply_info":{"type":"text","content":"http:\/\/mmbiz.qpic.cn\/mmbiz_png\/` + picture + `\/300"},` +
			`"keyword_autoreply_info":{"list":[{"rule_name":"价格","create_time":1,"reply_mode":"random_one",` +
			`"keyword_list_info":[{"type":"text","match_mode":"contain","content":"价"}],"reply_list_info":[` +
			`{"type":"img","content":"B"},{"type":"voice","content":"C"},{"type":"news","content":"Issue","news_info":{"list":[{"cover_url":"` + pictureURL + `"}]}}]},` +
			`{"rule_name":"","keyword_list_info":[{"type":"text","content":"无名"}],"reply_list_info":[{"type":"video","content":"http:\/\/mp.weixin.qq.com\/x"}]}]}}`,
	}
	got, err := search(t, paths(answers), replies)
	if err != nil {
		t.Fatal(err)
	}
	want := state.Search{
		Place: "auto_reply", Seen: 6,
		Uses: []state.Use{
			{Place: "auto_reply", Where: "auto_reply/价格", More: 1, URL: pictureKey},
			{Place: "auto_reply", Where: "auto_reply/价格", ID: "Issue"},
		},
		Shown: []state.Shown{
			{Place: "auto_reply/关注后自动回复", Type: material.Image, SHA256: textSum("one")},
			{Place: "auto_reply/价格", Type: material.Image, SHA256: textSum("two")},
			{Place: "auto_reply/价格 (2)", Type: material.Voice, SHA256: textSum("three")},
			{Place: "auto_reply/无名", Type: material.Video, SHA256: textSum("http://mp.weixin.qq.com/x")},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, err := search(t, paths(map[string]string{pathAutoReply: noReply}), replies); err != nil || got.Seen != 0 || got.Uses != nil || got.Shown != nil {
		t.Errorf("no reply: %+v, %v", got, err)
	}
}

// None of these may look like a place that uses nothing.
func TestAPlaceThatCannotBeReadIsUnknown(t *testing.T) {
	t.Parallel()
	const shows = `{"is_menu_open":1,"selfmenu_info":{"button":[{"type":"img","name":"a","value":"I"}]}}`
	const refused = `{"errcode":48001,"errmsg":"api unauthorized"}`
	tests := []struct {
		name    string
		of      func(*Client) state.Searcher
		answers map[string]string
		want    error
	}{
		{"menu: not granted", menus, map[string]string{pathMenu: refused}, state.ErrNotGranted},
		{"menu: the other not granted", menus, map[string]string{pathMenu: noMenu, pathSelfMenu: refused}, state.ErrNotGranted},
		{"menu: the copy not granted", menus, map[string]string{pathMenu: noMenu, pathSelfMenu: shows, pathTemporary + " I": refused}, state.ErrNotGranted},
		{"menu: the copy gone", menus, map[string]string{pathMenu: noMenu, pathSelfMenu: shows, pathTemporary + " I": `{"errcode":40007,"errmsg":"invalid media_id"}`}, state.ErrGone},
		{"menu: the copy is no copy", menus, map[string]string{pathMenu: noMenu, pathSelfMenu: shows, pathTemporary + " I": `{"a":1}`}, state.ErrStop},
		{"menu: the copy is empty", menus, map[string]string{pathMenu: noMenu, pathSelfMenu: shows, pathTemporary + " I": ``}, state.ErrBusy},
		{"menu: the copy is too large", menus, map[string]string{pathMenu: noMenu, pathSelfMenu: shows, pathTemporary + " I": strings.Repeat("x", maxFile+1)}, state.ErrStop},
		{"menu: nothing", menus, map[string]string{pathMenu: `{}`}, state.ErrStop},
		{"menu: no buttons", menus, map[string]string{pathMenu: `{"menu":{"menuid":1}}`}, state.ErrStop},
		{"menu: buttons of another kind", menus, map[string]string{pathMenu: `{"menu":{"button":["a"]}}`}, state.ErrStop},
		{"menu: busy", menus, map[string]string{pathMenu: `{"errcode":-1,"errmsg":"system error"}`}, state.ErrBusy},
		{"menu: open without buttons", menus, map[string]string{pathMenu: noMenu, pathSelfMenu: `{"is_menu_open":1}`}, state.ErrStop},
		{"menu: null", menus, map[string]string{pathMenu: noMenu, pathSelfMenu: `{"is_menu_open":1,"selfmenu_info":null}`}, state.ErrStop},
		{"menu: nothing about it", menus, map[string]string{pathMenu: noMenu, pathSelfMenu: `{}`}, state.ErrStop},
		{"auto_reply: not granted", replies, map[string]string{pathAutoReply: refused}, state.ErrNotGranted},
		{"auto_reply: nothing", replies, map[string]string{pathAutoReply: `{}`}, state.ErrStop},
		{"auto_reply: cut", replies, map[string]string{pathAutoReply: noReply[:40]}, state.ErrBusy},
		{"drafts: not granted", drafts, map[string]string{pathDrafts: refused}, state.ErrNotGranted},
		{"drafts: nothing", drafts, map[string]string{pathDrafts: `{}`}, state.ErrStop},
		{"drafts: no list", drafts, map[string]string{pathDrafts: `{"total_count":3,"item_count":3}`}, state.ErrStop},
		{"drafts: no id", drafts, map[string]string{pathDrafts: `{"total_count":1,"item_count":1,"item":[{"content":{"news_item":[]}}]}`}, state.ErrStop},
		{"drafts: no articles", drafts, map[string]string{pathDrafts: `{"total_count":1,"item_count":1,"item":[{"media_id":"a","content":{}}]}`}, state.ErrStop},
		{"drafts: articles are null", drafts, map[string]string{pathDrafts: `{"total_count":1,"item_count":1,"item":[{"media_id":"a","content":{"news_item":null}}]}`}, state.ErrStop},
		{"drafts: HTML is no text", drafts, map[string]string{pathDrafts: `{"total_count":1,"item":[{"media_id":"a","content":{"news_item":[{"content":{}}]}}]}`}, state.ErrStop},
		{"drafts: fewer than counted", drafts, map[string]string{pathDrafts: `{"total_count":2,"item_count":1,"item":[{"media_id":"a","content":{"news_item":[]}}]}`}, state.ErrBusy},
		{"published: not granted", published, map[string]string{pathPublished: refused}, state.ErrNotGranted},
		{"published: rows of drafts", published, map[string]string{pathPublished: `{"total_count":1,"item_count":1,"item":[{"media_id":"a","content":{"news_item":[]}}]}`}, state.ErrStop},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, err := search(t, paths(tt.answers), tt.of); !errors.Is(err, tt.want) {
				t.Errorf("got %+v, %v; want %v", got, err, tt.want)
			}
		})
	}
}

// A desk is a draft box whose pages are made by a function.
type desk struct {
	mu    sync.Mutex
	calls int
	page  func(call, offset, count int) (ids []int, total int)
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var offset, count, none int
	body, _ := io.ReadAll(r.Body)
	if _, err := fmt.Sscanf(string(body), `{"offset":%d,"count":%d,"no_content":%d}`, &offset, &count, &none); err != nil || none != 0 {
		http.Error(w, string(body), http.StatusBadRequest)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	ids, total := d.page(d.calls, offset, count)
	rows := make([]string, len(ids))
	for i, id := range ids {
		rows[i] = fmt.Sprintf(`{"media_id":"draft-%d","content":{"news_item":[{"title":"%[1]d","thumb_media_id":"Cover%[1]d","content":"x"}]},"update_time":1}`, id)
	}
	_, _ = fmt.Fprintf(w, `{"item":[%s],"total_count":%d,"item_count":%d}`, strings.Join(rows, ","), total, len(ids))
}

// upTo gives the rows from..from+count-1 that are below total.
func upTo(from, count, total int) (ids []int) {
	for i := from; i < min(from+count, total); i++ {
		ids = append(ids, i)
	}
	return ids
}

func TestADraftBoxHasToBeReadWholly(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		page  func(call, offset, count int) ([]int, int)
		calls int
		seen  int // -1: unknown
	}{
		{"empty", func(_, _, _ int) ([]int, int) { return nil, 0 }, 1, 0},
		{"three pages", func(_, o, n int) ([]int, int) { return upTo(o, n, 45), 45 }, 3, 45},
		{"full pages", func(_, o, n int) ([]int, int) { return upTo(o, n, 40), 40 }, 2, 40},
		{"pages that end early", func(_, o, n int) ([]int, int) { return upTo(o, min(n, 8), 25), 25 }, 4, 25},
		{"a draft that came meanwhile", func(call, o, n int) ([]int, int) { return upTo(o, n, 40+min(call-1, 1)), 40 + min(call-1, 1) }, 2 + 3, 41},
		{"a draft that went meanwhile", func(call, o, n int) ([]int, int) {
			if call == 1 {
				return upTo(o, n, 41), 41
			}
			if call <= 3 {
				return upTo(o+1, n, 41), 40 // the rows have moved up
			}
			return upTo(o+1, n, 41), 40
		}, 3 + 2, 40},
		{"drafts that never keep still", func(call, o, n int) ([]int, int) { return upTo(o, n, 40), 40 + call }, 6, -1},
		{"a server that ignores the offset", func(_, _, n int) ([]int, int) { return upTo(0, n, 40), 40 }, 4, -1},
		{"pages longer than asked for", func(_, o, n int) ([]int, int) { return upTo(o, n+1, 45), 45 }, 6, -1},
		{"fewer than counted", func(_, o, n int) ([]int, int) { return upTo(o, n, 39), 40 }, 6, -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := &desk{page: tt.page}
			config := configFor(t, startQuiet(t, httptest.NewUnstartedServer(d), false))
			config.Pace = NewPace(1, 0) // pages in order
			got, err := NewDrafts(newClient(t, config)).Search(t.Context())
			if tt.seen < 0 != (err != nil) || err != nil && !errors.Is(err, state.ErrBusy) {
				t.Fatalf("got %v", err)
			}
			if err == nil && (got.Seen != tt.seen || len(got.Uses) < tt.seen) {
				t.Errorf("%d drafts with %d covers, want %d", got.Seen, len(got.Uses), tt.seen)
			}
			if d.calls != tt.calls {
				t.Errorf("%d calls, want %d", d.calls, tt.calls)
			}
		})
	}
}

func TestWhatArticlesUse(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("很长", 100)
	row := `{"%s":"Row","content":{"news_item":[` +
		`{"content":"<img data-src=\"https:\/\/mmbiz.qpic.cn\/mmbiz_png\/` + picture + `\/640?wx_fmt=png&amp;from=appmsg\"\/>` +
		`<p style=\"background:url(&quot;` + pictureURL + `&quot;)\">","title":"春天 \"新\"","article_type":"news","thumb_media_id":"Cover","thumb_url":"` + pictureURL + `"},` +
		`{"title":"图集","article_type":"newspic","content":"","thumb_media_id":"","thumb_url":"","image_info":{"image_list":[{"image_media_id":"One"},{"image_media_id":"Two"},{"image_media_id":"One"}]}},` +
		`{"title":"c","thumb_media_id":null,"content":null,"image_info":null,"thumb_url":"` + strings.Replace(pictureURL, "mmbiz_png", "mmbiz_jpg", 1) + `","content_source_url":"http:\/\/mmbiz.qpic.cn\/sz_mmbiz\/` + picture + `\/0"},` +
		`{"title":"gone","thumb_media_id":"Gone","content":"` + strings.Replace(pictureURL, "mmbiz_png", "gone", 1) + `","is_deleted":true},` +
		`{"title":"stays","thumb_media_id":"Stays","is_deleted":false}],"create_time":1,"update_time":2},"update_time":3}`
	second := `{"%s":"Second","content":{"news_item":[{"title":"` + long + `","thumb_media_id":"Cover"}]}}`
	jpg := strings.Replace(pictureKey, "mmbiz_png", "mmbiz_jpg", 1)
	sz := strings.Replace(pictureKey, "mmbiz_png", "sz_mmbiz", 1)
	for _, tt := range []struct {
		noun, place, path, key string
		of                     func(*Client) state.Searcher
	}{
		{"draft", state.PlaceDrafts, pathDrafts, "media_id", drafts},
		{"published", state.PlacePublished, pathPublished, "article_id", published},
	} {
		answer := fmt.Sprintf(`{"item":[`+row+`,`+second+`],"total_count":2,"item_count":2}`, tt.key, tt.key)
		got, err := search(t, paths(map[string]string{tt.path: answer}), tt.of)
		if err != nil {
			t.Fatal(err)
		}
		title := tt.noun + ` "春天 \"新\""`
		want := state.Search{Place: tt.place, Seen: 2, Uses: []state.Use{
			{Where: title + " (article 3), cover", URL: jpg},
			{Where: title + " (article 1), in the text", URL: pictureKey},
			{Where: title + " (article 3), in the text", URL: sz},
			{Where: tt.noun + ` "` + strings.Repeat("很长", 30) + `…", cover`, ID: "Cover"},
			{Where: title + " (article 1), cover", ID: "Cover", URL: pictureKey},
			{Where: title + " (article 2), among the images", More: 1, ID: "One"},
			{Where: title + " (article 5), cover", ID: "Stays"},
			{Where: title + " (article 2), among the images", ID: "Two"},
		}}
		for i := range want.Uses {
			want.Uses[i].Place = tt.place
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(state.Search{}, "Scan")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.noun, diff)
		}
		for n := range len(answer) {
			b := box{place: tt.place, key: tt.key, noun: tt.noun, nouns: tt.noun}
			if _, err := b.readPage(strings.NewReader(answer[:n]), 0); err == nil {
				t.Fatalf("%s: the first %d bytes were taken for a whole answer", tt.noun, n)
			}
		}
	}
}

func TestVideosAreNamedByWhatStays(t *testing.T) {
	t.Parallel()
	tests := []struct{ address, want string }{
		{"http://61.182.130.30/vweixinp.tc.qq.com/1007_114b.f10.mp4?vkey=77A4&sha=0&save=1", "1007_114b.f10.mp4"},
		{"http://mp.weixin.qq.com/mp/mp/video?__biz=B&mid=1&sn=2&vid=wxv_9&idx=1#rd", "vid=wxv_9"},
		{"http://mp.weixin.qq.com/s?__biz=B&mid=1&idx=2&sn=3&scene=18&key=x", "__biz=B&mid=1&idx=2&sn=3"},
		{"http://mp.weixin.qq.com/s/AbC", "http://mp.weixin.qq.com/s/AbC"},
		{"http://mp.weixin.qq.com/mp/readtemplate?t=x", "http://mp.weixin.qq.com/mp/readtemplate?t=x"},
		{"://", "://"},
	}
	for _, tt := range tests {
		if got := videoName(tt.address); got != tt.want {
			t.Errorf("videoName(%q) = %q, want %q", tt.address, got, tt.want)
		}
	}
}

func TestASearchCanBeInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, of := range []func(*Client) state.Searcher{menus, replies, drafts, published} {
		c := newClient(t, serve(t, say(`{}`)))
		if _, err := of(c).Search(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", of(c).Place(), err)
		}
	}
}

// An account may have 5,000 drafts of 8 articles of 1 MB.
func TestArticlesAreNotHeldInMemory(t *testing.T) {
	var answer bytes.Buffer
	answer.WriteString(`{"item":[`)
	for i := range boxPage {
		if i > 0 {
			answer.WriteByte(',')
		}
		fmt.Fprintf(&answer, `{"media_id":"draft-%d","content":{"news_item":[{"title":"t","thumb_media_id":"Cover","content":"`, i)
		for range 5000 {
			answer.WriteString(`<p style=\"margin: 0px;\">永久素材 <img data-src=\"` + pictureURL + `&amp;from=appmsg\"\/><\/p>\n`)
		}
		answer.WriteString(`"}]}}`)
	}
	answer.WriteString(`],"total_count":20,"item_count":20}`)
	b := NewDrafts(nil).box
	var before, after runtime.MemStats
	peak := uint64(0)
	body := readerFunc(func(p []byte) (int, error) {
		if answer.Len()%(1<<20) < len(p) {
			runtime.GC()
			runtime.ReadMemStats(&after)
			peak = max(peak, after.HeapAlloc)
		}
		return answer.Read(p)
	})
	size := answer.Len()
	runtime.GC()
	runtime.ReadMemStats(&before)
	page, err := b.readPage(body, 0)
	if err != nil || len(page.rows) != boxPage || len(slices.Concat(page.uses...)) != 2*boxPage {
		t.Fatalf("%d rows, %d uses, %v", len(page.rows), len(slices.Concat(page.uses...)), err)
	}
	if grown := int64(peak) - int64(before.HeapAlloc); grown > 512<<10 {
		t.Errorf("%d KiB were held of a page of %d KiB", grown>>10, size>>10)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// FuzzBox: what is found does not depend on how an answer arrives, and nothing
// cut is whole.
func FuzzBox(f *testing.F) {
	f.Add([]byte(`{"item":[{"media_id":"a","content":{"news_item":[{"title":"t","content":"<img src=\"`+pictureURL+`&amp;x\">\ud83d\ude00"}]}}],"total_count":1}`), uint16(40))
	f.Add([]byte(`{"item":[{"media_id":"a","content":{"news_item":[{"content":"http:\u002f\/mmbiz.qpic.cn%2fa\\\/b\/0","is_deleted":false}]}}],"total_count":"1"}`), uint16(90))
	b := NewDrafts(nil).box
	f.Fuzz(func(t *testing.T, data []byte, cut uint16) {
		want, err := b.readPage(bytes.NewReader(data), 0)
		got, errPieces := b.readPage(iotest.OneByteReader(bytes.NewReader(data)), 0)
		if (err == nil) != (errPieces == nil) {
			t.Fatalf("at once: %v; byte by byte: %v", err, errPieces)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(rows{})); diff != "" {
			t.Errorf("(-at once +byte by byte):\n%s", diff)
		}
		whole := bytes.TrimRight(data, " \t\r\n")
		if n := int(cut); err == nil && n < len(whole) {
			if _, err := b.readPage(bytes.NewReader(whole[:n]), 0); err == nil {
				t.Errorf("the first %d of %d bytes were taken for a whole answer", n, len(whole))
			}
		}
	})
}
