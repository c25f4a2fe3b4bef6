package sandbox_test

import (
	"bytes"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

func (c *caller) content(id material.ID) answer {
	c.t.Helper()
	return c.post(sandbox.GetMaterial, `{"media_id":"`+string(id)+`"}`)
}

func TestGetMaterial(t *testing.T) {
	t.Parallel()
	at := time.Unix(1700000000, 0)
	c := call(t, sandbox.Account{Materials: []sandbox.Material{
		{Type: material.Image, ID: "own", Content: []byte("own bytes")},
		{Type: material.Voice, ID: "voice"},
		{Type: material.Video, ID: "video", Name: "片", Description: "a/b"},
		{Type: material.News, ID: "news", Updated: at, Articles: []sandbox.Article{{Title: "T", URL: "u"}}},
	}})
	tests := map[string]struct {
		id   material.ID
		want string // the beginning
	}{
		"bytes given by the test":               {"own", "own bytes"},
		"a voice is an AMR file":                {"voice", "#!AMR\n"},
		"a video is the address of a web page":  {"video", `{"title":"片","description":"a\/b","down_url":"http:\/\/mp.weixin.qq.com\/mp\/`},
		"news is its articles and times":        {"news", `{"news_item":[{"title":"T",`},
		"an error stands where the bytes would": {"absent", `{"errcode":40007,"errmsg":"invalid media_id`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := c.content(tt.id).Body; !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %q, want it to begin with %q", got, tt.want)
			}
		})
	}
	if body := c.content("news").Body; !strings.HasSuffix(body, `],"create_time":1699999940,"update_time":1700000000}`) {
		t.Errorf("news ends in its times: got %q", body)
	}
}

func TestGetMaterialRefusals(t *testing.T) {
	t.Parallel()
	c := call(t)
	tests := map[string]struct {
		method, body string
		want         int
	}{
		"by GET":           {"GET", "", 43002},
		"an empty body":    {"POST", " ", 44002},
		"a form":           {"POST", "media_id=x", 47001},
		"no media_id":      {"POST", "{}", 41006},
		"an unknown id":    {"POST", `{"media_id":"x"}`, 40007},
		"an id of no form": {"POST", `{"media_id":"../x"}`, 40007},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{sandbox.GetMaterial, sandbox.DelMaterial} {
				if got := c.do(tt.method, path, tt.body).code(t); got != tt.want {
					t.Errorf("%s: got errcode %d, want %d", path, got, tt.want)
				}
			}
		})
	}
}

func TestPicturesAreRealAndServedAtTheirURL(t *testing.T) {
	t.Parallel()
	given := "http://mmbiz.qpic.cn/sz_mmbiz_jpg/abc/0?wx_fmt=jpeg"
	c := call(t, sandbox.Account{Materials: []sandbox.Material{
		{Type: material.Image, Name: "plain"},
		{Type: material.Image, Name: "large", Color: "#07c160", Size: "64x32"},
		{Type: material.Image, Name: "thumb", Thumb: true},
		{Type: material.Image, Name: "elsewhere", URL: &given},
	}})
	type picture struct {
		Format        string
		Width, Height int
		Type          string
	}
	want := map[string]picture{
		"plain":     {"png", 16, 16, "image/png"},
		"large":     {"png", 64, 32, "image/png"},
		"thumb":     {"jpeg", 16, 16, "image/jpeg"},
		"elsewhere": {"png", 16, 16, "image/png"},
	}
	got := map[string]picture{}
	for _, it := range c.sandbox.Live(appid) {
		u, err := url.Parse(it.URL)
		if err != nil {
			t.Fatal(err)
		}
		a := c.send("GET", u.Path+"?"+u.RawQuery, "", "")
		config, format, err := image.DecodeConfig(strings.NewReader(a.Body))
		if err != nil {
			t.Fatalf("%s: %v", it.Name, err)
		}
		got[it.Name] = picture{format, config.Width, config.Height, a.Header.Get("Content-Type")}
		if a.Body != c.content(it.ID).Body {
			t.Errorf("%s: get_material gives other bytes", it.Name)
		}
		if small := c.send("GET", strings.TrimSuffix(u.Path, "/0")+"/640", "", ""); small.Body != a.Body {
			t.Errorf("%s: another size is not served", it.Name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if a := c.send("GET", "/mmbiz_png/nobody/0", "", ""); a.Status != 404 {
		t.Errorf("an unknown picture: got status %d, want 404", a.Status)
	}
	if diff := cmp.Diff(map[string]int{"picture": 8, "unknown": 1, sandbox.GetMaterial: 4}, c.sandbox.Calls()); diff != "" {
		t.Errorf("calls: -want +got:\n%s", diff)
	}
}

func TestPicturesDifferUnlessAColourIsGiven(t *testing.T) {
	t.Parallel()
	green := sandbox.Material{Type: material.Image, Name: "green", Color: "#07c160"}
	c := call(t, sandbox.Account{Materials: append(images("a", "b"), green, green)})
	var bodies [][]byte
	for _, it := range c.sandbox.Live(appid) {
		bodies = append(bodies, []byte(c.content(it.ID).Body))
	}
	if bytes.Equal(bodies[0], bodies[1]) {
		t.Error("two images have the same bytes")
	}
	if !bytes.Equal(bodies[2], bodies[3]) {
		t.Error("two images of one colour and size have other bytes")
	}
}

func TestAPictureOutlivesItsMaterial(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Materials: images("a")})
	u, err := url.Parse(c.sandbox.Live(appid)[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	if code := c.delete(imageID("a")).code(t); code != 0 {
		t.Fatal(code)
	}
	if a := c.send("GET", u.Path, "", ""); a.Status != 200 || !strings.HasPrefix(a.Body, "\x89PNG") {
		t.Errorf("got status %d and %q", a.Status, a.Body)
	}
}
