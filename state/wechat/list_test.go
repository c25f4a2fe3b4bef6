package wechat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state"
	"wxkeep/state/material"
)

// Pages as WeChat sends them: item first, slashes escaped, tags.
const (
	imagePage = `{"item":[` +
		`{"media_id":"-Id_1","name":"a\/b.png","update_time":1690000000,"url":"http:\/\/mmbiz.qpic.cn\/x\/0?wx_fmt=png","tags":[]},` +
		`{"media_id":"Id2","name":"标志","update_time":"1690000001","url":"","tags":[]}],"total_count":41,"item_count":2}`
	newsPage = `{"item":[{"media_id":"News1","content":{"news_item":[` +
		`{"title":"第一","author":"","content":"<p class=\"a\">\u003cx>\\<\/p>","thumb_media_id":"T","url":"http:\/\/x","show_cover_pic":0},` +
		`{"title":"second","content":"[{\"media_id\":\"no\"}]"}],"create_time":1600000000,"update_time":1600000001},"update_time":1600000002}],` +
		`"total_count":1,"item_count":1}`
	voicePage = `{"item":[{"media_id":"V","name":"v.mp3","update_time":1,"url":"http://ignored"}],"total_count":1,"item_count":1}`
)

func TestPageIsRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		typ    material.Type
		offset int
		answer string
		want   state.Page
	}{
		{"images", material.Image, 0, imagePage, state.Page{Total: 41, Items: []material.Item{
			{ID: "-Id_1", Type: material.Image, Name: "a/b.png", UpdateTime: 1690000000, URL: "http://mmbiz.qpic.cn/x/0?wx_fmt=png"},
			{ID: "Id2", Type: material.Image, Name: "标志", UpdateTime: 1690000001},
		}}},
		{"news have the first title and no URL", material.News, 0, newsPage, state.Page{Total: 1, Items: []material.Item{
			{ID: "News1", Type: material.News, Name: "第一", UpdateTime: 1600000002},
		}, Uses: []state.Use{{Place: "news", Where: `news "第一" (article 1), cover`, ID: "T", By: "News1"}}}},
		{
			"news without an outer time have the inner one", material.News, 0,
			`{"total_count":1,"item":[{"media_id":"N","content":{"update_time":5,"news_item":[]}}]}`,
			state.Page{Total: 1, Items: []material.Item{{ID: "N", Type: material.News, UpdateTime: 5}}},
		},
		{"voices have no URL", material.Voice, 0, voicePage, state.Page{Total: 1, Items: []material.Item{
			{ID: "V", Type: material.Voice, Name: "v.mp3", UpdateTime: 1},
		}}},
		{"an empty account", material.Image, 0, `{"item":[],"total_count":0,"item_count":0}`, state.Page{Items: []material.Item{}}},
		{"beyond the end, an empty list", material.Image, 60, `{"item":[],"total_count":41,"item_count":0}`, state.Page{Total: 41, Items: []material.Item{}}},
		{"beyond the end, no list", material.Image, 41, `{"total_count":41,"item_count":0}`, state.Page{Total: 41}},
		{"beyond the end, null", material.Image, 41, `{"item":null,"total_count":41,"item_count":0}`, state.Page{Total: 41}},
		{"within, an empty list", material.Image, 0, `{"item":[],"total_count":41,"item_count":0}`, state.Page{Total: 41, Items: []material.Item{}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := NewReader(newClient(t, serve(t, say(tt.answer)))).Page(t.Context(), tt.typ, tt.offset, 20)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Page() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnAnswerThatLacksSomethingIsNeverAnEmptyAccount(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", material.MaxID+1)
	for _, answer := range []string{
		`{}`,
		`{"errcode":0,"errmsg":"ok"}`,
		`{"total_count":0}`,
		`{"total_count":41,"item_count":0}`,
		`{"total_count":41,"item_count":0,"item":null}`,
		`{"total_count":0,"item_count":1}`,
		`{"item":[],"item_count":0}`,
		`{"item":[],"total_count":null,"item_count":0}`,
		`{"item":[],"total_count":-1,"item_count":0}`,
		`{"item":{},"total_count":0,"item_count":0}`,
		`{"item":[{"name":"a","update_time":1}],"total_count":1}`,
		`{"item":[{"media_id":"","update_time":1}],"total_count":1}`,
		`{"item":[{"media_id":null,"update_time":1}],"total_count":1}`,
		`{"item":[{"media_id":5,"update_time":1}],"total_count":1}`,
		`{"item":[{"media_id":"a b","update_time":1}],"total_count":1}`,
		`{"item":[{"media_id":"` + long + `","update_time":1}],"total_count":1}`,
		`{"item":[{"media_id":"a"}],"total_count":1}`,
		`{"item":[{"media_id":"a","update_time":0}],"total_count":1}`,
		`{"item":[null],"total_count":1}`,
		`{"item":["a"],"total_count":1}`,
	} {
		page, err := readPage(strings.NewReader(answer), material.Image, 0, false)
		if err == nil {
			t.Errorf("%.80s: taken for %+v", answer, page)
		}
	}
	c := newClient(t, serve(t, say(`{"total_count":41}`)))
	if _, err := NewReader(c).Page(t.Context(), material.Image, 0, 20); !errors.Is(err, state.ErrStop) {
		t.Errorf("got %v, want %v", err, state.ErrStop)
	}
	if diff := cmp.Diff(map[string]int{pathList: 1}, c.Calls()); diff != "" {
		t.Errorf("it is asked once (-want +got):\n%s", diff)
	}
}

func TestEveryPrefixOfAnAnswerIsAnError(t *testing.T) {
	t.Parallel()
	for typ, answer := range map[material.Type]string{material.Image: imagePage, material.News: newsPage} {
		for n := range len(answer) {
			if _, err := readPage(strings.NewReader(answer[:n]), typ, 0, false); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s, first %d bytes: got %v", typ, n, err)
			}
		}
	}
}

func TestPageAsksForTypeOffsetAndCount(t *testing.T) {
	t.Parallel()
	var got string
	config := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = fmt.Sprintf("%s %s %s %s", r.Method, r.RequestURI, r.Header.Get("Content-Type"), body)
		_, _ = io.WriteString(w, voicePage)
	})
	if _, err := NewReader(newClient(t, config)).Page(t.Context(), material.Voice, 40, 20); err != nil {
		t.Fatal(err)
	}
	want := "POST /cgi-bin/material/batchget_material?access_token=" + testToken +
		` application/json {"type":"voice","offset":40,"count":20}` + "\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestBodiesHaveNoHTMLEscapes(t *testing.T) {
	t.Parallel()
	got, _, err := encode(map[string]string{"a": "<永&>"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(any([]byte("{\"a\":\"<永&>\"}\n")), got); diff != "" {
		t.Errorf("encode() (-want +got):\n%s", diff)
	}
}

func TestCountsNeedAllFourNumbers(t *testing.T) {
	t.Parallel()
	got, err := readCounts(strings.NewReader(`{"voice_count":1,"video_count":"2","image_count":3,"news_count":4,"thumb_count":9,"count":8,"errmsg":"ok"}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(state.Counts{"voice": 1, "video": 2, "image": 3, "news": 4}, got); diff != "" {
		t.Errorf("readCounts() (-want +got):\n%s", diff)
	}
	for _, answer := range []string{
		`{}`, `{"voice_count":1,"video_count":2,"image_count":3}`, `{"voice_count":1,"video_count":2,"image_count":3,"news_count":null}`,
		`{"voice_count":1,"video_count":2,"image_count":3,"news_count":-1}`, `{"voice_count":1,"video_count":2,"image_count":true,"news_count":1}`,
	} {
		if got, err := readCounts(strings.NewReader(answer)); err == nil {
			t.Errorf("%s: taken for %v", answer, got)
		}
	}
}

// bigNews is a page of 20 news items of about 50 KB of HTML each.
func bigNews(tb testing.TB) []byte {
	tb.Helper()
	html := strings.Repeat(`<p style="font-size: 16px;"><span class="a">永久素材 material</span></p>`+"\n", 50<<10/90)
	return bigPage(tb, func(i int) map[string]any {
		article := map[string]any{"title": fmt.Sprint("title ", i), "content": html, "thumb_media_id": "T"}
		return map[string]any{
			"media_id": fmt.Sprint("News-", i), "update_time": 1690000000 + i,
			"content": map[string]any{"news_item": []any{article}, "create_time": 1, "update_time": 2},
		}
	})
}

func bigImages(tb testing.TB) []byte {
	tb.Helper()
	return bigPage(tb, func(i int) map[string]any {
		return map[string]any{
			"media_id": fmt.Sprintf("qzMx0123456789012345678901234567890123456%02d", i), "name": fmt.Sprintf("picture-%d.png", i),
			"update_time": 1690000000 + i, "url": "https://mmbiz.qpic.cn/mmbiz_png/abcdefghijklmnop/0?wx_fmt=png", "tags": []any{},
		}
	})
}

func bigPage(tb testing.TB, item func(int) map[string]any) []byte {
	tb.Helper()
	items := make([]any, state.PageSize)
	for i := range items {
		items[i] = item(i)
	}
	page, err := json.Marshal(map[string]any{"item": items, "total_count": 20, "item_count": 20})
	if err != nil {
		tb.Fatal(err)
	}
	return page
}

func BenchmarkPage(b *testing.B) {
	for typ, page := range map[material.Type][]byte{material.News: bigNews(b), material.Image: bigImages(b)} {
		b.Run(string(typ), func(b *testing.B) {
			b.SetBytes(int64(len(page)))
			b.ReportAllocs()
			for b.Loop() {
				got, err := readPage(bytes.NewReader(page), typ, 0, false)
				if err != nil || len(got.Items) != state.PageSize {
					b.Fatal(len(got.Items), err)
				}
			}
		})
	}
}

func TestAnUnsearchedReaderTellsOnlyTitles(t *testing.T) {
	t.Parallel()
	answer := `{"item":[{"media_id":"n1","content":{"news_item":[{"title":"关于","content":"<img src=\"https:\/\/mmbiz.qpic.cn\/mmbiz_png\/KEY\/0\">","thumb_media_id":"c1"}]},"update_time":1700000000}],"total_count":1,"item_count":1}`
	for unsearched, uses := range map[bool]int{false: 2, true: 0} {
		page, err := readPage(strings.NewReader(answer), material.News, 0, unsearched)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Uses) != uses || page.Items[0].Name != "关于" {
			t.Errorf("unsearched %v: %d uses and the name %q, want %d and 关于", unsearched, len(page.Uses), page.Items[0].Name, uses)
		}
	}
}
