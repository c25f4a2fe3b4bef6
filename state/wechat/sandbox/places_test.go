package sandbox_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

// furnished is an account that uses its materials everywhere.
func furnished() sandbox.Account {
	return sandbox.Account{
		Materials: []sandbox.Material{
			{Type: material.Image, ID: "poster", Name: "poster.png"},
			{Type: material.Image, ID: "qr", Name: "qr.png"},
			{Type: material.Image, ID: "free", Name: "free.png"},
			{Type: material.Voice, ID: "hello", Name: "hello.amr"},
			{Type: material.Video, ID: "intro", Name: "intro.mp4"},
			{Type: material.News, ID: "issue", Articles: []sandbox.Article{{Title: "开业", Thumb: "poster.png", URL: "http://mp.weixin.qq.com/s/x"}}},
		},
		Menu: &sandbox.Menu{
			Buttons: []sandbox.Button{
				{Name: "产品", Buttons: []sandbox.Button{
					{Name: "海报", Message: sandbox.Message{Type: "media_id", Material: "poster.png"}},
					{Name: "官网", URL: "https://example.com", Message: sandbox.Message{Type: "view"}},
				}},
				{Name: "联系", Key: "k", Message: sandbox.Message{Type: "click"}},
			},
			Conditional: []sandbox.ConditionalMenu{{
				Rule:    map[string]string{"tag_id": "2"},
				Buttons: []sandbox.Button{{Name: "会员", Message: sandbox.Message{Type: "view_limited", Material: "开业"}}},
			}},
		},
		AutoReplies: &sandbox.AutoReplies{
			AddFriend: &sandbox.Message{Type: "voice", Material: "hello.amr"},
			Keywords: []sandbox.KeywordRule{{Name: "介绍", Keywords: []string{"介绍"}, Replies: []sandbox.Message{
				{Type: "video", Material: "intro.mp4"}, {Type: "text", Text: "a/b"},
			}}},
		},
		Drafts: []sandbox.Draft{
			{ID: "d2", Articles: []sandbox.Article{{Title: "预告", Thumb: "qr.png", Content: "<p>", Embeds: []string{"free.png"}}}},
			{ID: "d1", Articles: []sandbox.Article{{Title: "图集", Images: []string{"poster.png", "qr.png"}}}},
		},
		Published: []sandbox.Draft{{Articles: []sandbox.Article{{Title: "往期", Thumb: "qr.png"}, {Title: "撤回", Deleted: true}}}},
	}
}

var copyID = regexp.MustCompile(`"[A-Za-z0-9_-]{64}"`)

func TestMenus(t *testing.T) {
	t.Parallel()
	c := call(t, furnished())
	want := `{"menu":{"button":[{"name":"产品","sub_button":[{"type":"media_id","name":"海报","media_id":"poster","sub_button":[]},` +
		`{"type":"view","name":"官网","url":"https:\/\/example.com","sub_button":[]}]},{"type":"click","name":"联系","key":"k","sub_button":[]}],"menuid":208396938},` +
		`"conditionalmenu":[{"button":[{"type":"view_limited","name":"会员","media_id":"issue","sub_button":[]}],"matchrule":{"tag_id":"2"},"menuid":208379533}]}`
	if diff := cmp.Diff(want, c.get(sandbox.MenuGet).Body); diff != "" {
		t.Errorf("menu/get (-want +got):\n%s", diff)
	}
	got := copyID.ReplaceAllString(c.get(sandbox.SelfMenu).Body, `"COPY"`)
	want = `{"is_menu_open":1,"selfmenu_info":{"button":[{"name":"产品","sub_button":{"list":[{"type":"img","name":"海报","value":"COPY"},` +
		`{"type":"view","name":"官网","url":"https:\/\/example.com"}]}},{"type":"click","name":"联系","key":"k"}]}}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("get_current_selfmenu_info (-want +got):\n%s", diff)
	}
}

func TestAWebsiteMenuIsShownInsteadOfTheOther(t *testing.T) {
	t.Parallel()
	a := furnished()
	a.Menu = nil
	a.WebsiteMenu = &sandbox.Menu{Closed: true, Buttons: []sandbox.Button{
		{Name: "活动", Message: sandbox.Message{Type: "news", Material: "开业"}},
		{Name: "电话", Message: sandbox.Message{Type: "text", Text: "10086"}},
	}}
	c := call(t, a)
	if got := c.get(sandbox.MenuGet).code(t); got != 46003 {
		t.Errorf("menu/get: errcode %d, want 46003", got)
	}
	got := regexp.MustCompile(`mmbiz_png\\/[^\\]+`).ReplaceAllString(c.get(sandbox.SelfMenu).Body, "PICTURE")
	want := `{"is_menu_open":0,"selfmenu_info":{"button":[{"type":"news","name":"活动","value":"issue","news_info":{"list":[` +
		`{"title":"开业","author":"","digest":"","show_cover":1,"cover_url":"http:\/\/mmbiz.qpic.cn\/PICTURE\/0?wx_fmt=png",` +
		`"content_url":"http:\/\/mp.weixin.qq.com\/s\/x","source_url":""}]}},{"type":"text","name":"电话","value":"10086"}]}}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := call(t).get(sandbox.SelfMenu).Body; got != `{"is_menu_open":0,"selfmenu_info":{"button":[]}}` {
		t.Errorf("no menu at all: %s", got)
	}
}

func TestAutoReplies(t *testing.T) {
	t.Parallel()
	c := call(t, furnished())
	got := copyID.ReplaceAllString(c.get(sandbox.AutoReply).Body, `"COPY"`)
	got = regexp.MustCompile(`http:[^"]*`).ReplaceAllString(got, "PAGE")
	want := `{"is_add_friend_reply_open":1,"is_autoreply_open":1,"add_friend_autoreply_info":{"type":"voice","content":"COPY"},` +
		`"keyword_autoreply_info":{"list":[{"rule_name":"介绍","create_time":1795395600,"reply_mode":"reply_all",` +
		`"keyword_list_info":[{"type":"text","match_mode":"contain","content":"介绍"}],` +
		`"reply_list_info":[{"type":"video","content":"PAGE"},{"type":"text","content":"a\/b"}]}]}}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := call(t).get(sandbox.AutoReply).Body; got != `{"is_add_friend_reply_open":0,"is_autoreply_open":0}` {
		t.Errorf("no reply at all: %s", got)
	}
}

func TestACopyIsOfOneAnswerAndExpires(t *testing.T) {
	t.Parallel()
	c := call(t, furnished())
	one := strings.Trim(copyID.FindString(c.get(sandbox.SelfMenu).Body), `"`)
	two := strings.Trim(copyID.FindString(c.get(sandbox.SelfMenu).Body), `"`)
	if one == two {
		t.Errorf("two answers have the copy %s", one)
	}
	original := c.content("poster").Body
	for _, id := range []string{one, two} {
		if got := c.get(sandbox.MediaGet + "?media_id=" + id).Body; got != original || original == "" {
			t.Errorf("the copy %s is %.20q, want %.20q", id, got, original)
		}
	}
	if got := c.delete(material.ID(one)).code(t); got != 40007 {
		t.Errorf("deleting a copy: errcode %d, want 40007", got)
	}
	c.sandbox.SetNow(start.Add(72 * time.Hour))
	for path, want := range map[string]int{
		sandbox.MediaGet + "?media_id=" + one: 40007, sandbox.MediaGet + "?media_id=poster": 40007, sandbox.MediaGet: 41006,
	} {
		if got := c.get(path).code(t); got != want {
			t.Errorf("%s: errcode %d, want %d", path, got, want)
		}
	}
}

func TestWhatMenusAndRepliesShowCannotBeDeleted(t *testing.T) {
	t.Parallel()
	c := call(t, furnished())
	for id, want := range map[material.ID]int{"poster": 48005, "issue": 48005, "hello": 48005, "intro": 48005, "qr": 0, "free": 0} {
		if got := c.delete(id).code(t); got != want {
			t.Errorf("%s: errcode %d, want %d", id, got, want)
		}
	}
}

func TestDraftsAndPublications(t *testing.T) {
	t.Parallel()
	c := call(t, furnished())
	key := regexp.MustCompile(`mmbiz_png\\/[A-Za-z0-9_-]+`)
	got := key.ReplaceAllString(c.post(sandbox.DraftGet, `{"offset":0,"count":20,"no_content":0}`).Body, "PICTURE")
	const rest = `,"need_open_comment":1,"only_fans_can_comment":0`
	const url = `"url":"http:\/\/mp.weixin.qq.com\/s?__biz=MzAwNTQyMDE1MA==&mid=`
	want := `{"item":[{"media_id":"d2","content":{"news_item":[{"article_type":"news","title":"预告","author":"","digest":"",` +
		`"content":"<p><p><img class=\"rich_pages wxw-img\" data-src=\"https:\/\/mmbiz.qpic.cn\/PICTURE\/640?wx_fmt=png&amp;from=appmsg\" data-type=\"png\"><\/p>",` +
		`"content_source_url":"","thumb_media_id":"qr","show_cover_pic":0,` + url + `501000001&idx=1&sn=000000000000000000000000000f4241#rd",` +
		`"thumb_url":"http:\/\/mmbiz.qpic.cn\/PICTURE\/0?wx_fmt=png"` + rest + `}],"create_time":1795309140,"update_time":1795309200},"update_time":1795309200},` +
		`{"media_id":"d1","content":{"news_item":[{"article_type":"newspic","title":"图集","author":"","digest":"","content":"","content_source_url":"",` +
		`"thumb_media_id":"","show_cover_pic":0,"image_info":{"image_list":[{"image_media_id":"poster"},{"image_media_id":"qr"}]},` + url +
		`501000000&idx=1&sn=000000000000000000000000000f4240#rd","thumb_url":""` + rest + `}],"create_time":1795309140,"update_time":1795309200},"update_time":1795309200}],` +
		`"total_count":2,"item_count":2}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("draft/batchget (-want +got):\n%s", diff)
	}
	if got := c.post(sandbox.DraftGet, `{"offset":0,"count":1,"no_content":1}`).Body; strings.Contains(got, `"content":"`) {
		t.Errorf("no_content has content: %s", got)
	}
	published := c.post(sandbox.PublishedGet, `{"offset":0,"count":20}`).rows(t)
	if len(published.Item) != 1 || len(published.Item[0].ArticleID) != 64 || published.Item[0].UpdateTime != 0 {
		t.Errorf("published: %+v", published)
	}
	if !strings.Contains(c.post(sandbox.PublishedGet, `{"offset":0,"count":20}`).Body, `"is_deleted":true`) {
		t.Error("no article is deleted")
	}
	for body, code := range map[string]int{"": 44002, "{": 47001, `{"offset":-1,"count":1}`: 40035, `{"offset":0}`: 40035, `{"offset":0,"count":21}`: 40170} {
		if got := c.post(sandbox.DraftGet, body).code(t); got != code {
			t.Errorf("%s: errcode %d, want %d", body, got, code)
		}
	}
}

// A boxed is an answer about drafts or publications.
type boxed struct {
	Item []struct {
		MediaID    material.ID `json:"media_id"`
		ArticleID  string      `json:"article_id"`
		UpdateTime int64       `json:"update_time"`
	} `json:"item"`
	Total int `json:"total_count"`
}

func (a answer) rows(t *testing.T) boxed {
	t.Helper()
	if code := a.code(t); code != 0 {
		t.Fatalf("errcode %d", code)
	}
	var b boxed
	if err := json.Unmarshal([]byte(a.Body), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestADraftThatIsPublishedIsGone(t *testing.T) {
	t.Parallel()
	a := furnished()
	a.Generate = sandbox.Generate{Image: 3, Drafts: 40}
	c := call(t, a)
	id, err := c.sandbox.AddDraft(appid, sandbox.Draft{Articles: []sandbox.Article{{Title: "新", Images: []string{"poster.png"}}}})
	if err != nil {
		t.Fatal(err)
	}
	first := c.post(sandbox.DraftGet, `{"offset":0,"count":20}`).rows(t)
	if first.Total != 43 || len(first.Item) != 20 || first.Item[0].MediaID != id || c.sandbox.Drafts(appid)[1] != "d2" {
		t.Errorf("the new draft %s is not the first: %+v", id, first)
	}
	if !c.sandbox.Publish(appid, id) || c.sandbox.Publish(appid, id) || !c.sandbox.RemoveDraft(appid, "d1") || c.sandbox.RemoveDraft(appid, "d1") {
		t.Error("a draft can be taken out once")
	}
	if got := c.get(sandbox.DraftCount).Body; got != `{"total_count":41}` {
		t.Errorf("draft/count: %s", got)
	}
	published := c.post(sandbox.PublishedGet, `{"offset":0,"count":1}`)
	if got := published.rows(t); got.Total != 2 || strings.Contains(published.Body, "image_info") || strings.Contains(published.Body, "article_type") {
		t.Errorf("published: %s", published.Body)
	}
	for _, d := range []sandbox.Draft{{}, {Articles: []sandbox.Article{{Thumb: "none"}}}, {ID: "d2", Articles: []sandbox.Article{{}}}, {ID: "a b", Articles: []sandbox.Article{{}}}} {
		if _, err := c.sandbox.AddDraft(appid, d); err == nil {
			t.Errorf("%+v was added", d)
		}
	}
}

func TestPlacesNeedTheirSets(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		sets []int
		want map[string]int
	}{
		"material alone sees no menus":   {[]int{11}, map[string]int{"menu": 48001, "self": 48001, "reply": 48001, "copy": 40007, "drafts": 0, "published": 48001}},
		"set 15 sees menus and replies":  {[]int{15}, map[string]int{"menu": 0, "self": 0, "reply": 0, "copy": 40007, "drafts": 48001, "published": 48001}},
		"set 1 sees what is shown":       {[]int{1}, map[string]int{"menu": 48001, "self": 0, "reply": 0, "copy": 40007, "drafts": 48001, "published": 48001}},
		"set 7 sees what was published":  {[]int{7}, map[string]int{"menu": 48001, "self": 48001, "reply": 48001, "copy": 48001, "drafts": 48001, "published": 0}},
		"all are granted unless it says": {nil, map[string]int{"menu": 0, "self": 0, "reply": 0, "copy": 40007, "drafts": 0, "published": 0}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := furnished()
			a.Permissions = tt.sets
			c := call(t, a)
			const all = `{"offset":0,"count":20}`
			got := map[string]int{
				"menu": c.get(sandbox.MenuGet).code(t), "self": c.get(sandbox.SelfMenu).code(t), "reply": c.get(sandbox.AutoReply).code(t),
				"copy":   c.get(sandbox.MediaGet + "?media_id=x").code(t),
				"drafts": c.post(sandbox.DraftGet, all).code(t), "published": c.post(sandbox.PublishedGet, all).code(t),
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
