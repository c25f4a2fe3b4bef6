package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

const png = "\x89PNG\r\n\x1a\nand more"

// add uploads a file; a description goes with it unless it is empty.
func (c *caller) add(kind, name, content, description string) answer {
	c.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if name != "" {
		h := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name="media"; filename="%s"`, name)}}
		part, err := w.CreatePart(h)
		if err != nil {
			c.t.Fatal(err)
		}
		_, _ = part.Write([]byte(content))
	}
	if description != "" {
		_ = w.WriteField("description", description)
	}
	if err := w.Close(); err != nil {
		c.t.Fatal(err)
	}
	return c.send("POST", sandbox.AddMaterial+"?type="+kind+"&access_token="+c.token, b.String(), w.FormDataContentType())
}

func (a answer) added(t *testing.T) (id material.ID, url *string) {
	t.Helper()
	var got struct {
		MediaID material.ID `json:"media_id"`
		URL     *string     `json:"url"`
	}
	if err := json.Unmarshal([]byte(a.Body), &got); err != nil || got.MediaID == "" {
		t.Fatalf("answer %q: %v", a.Body, err)
	}
	return got.MediaID, got.URL
}

func TestUploadsAreListedFirstAndComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Materials: images("old")})
	tests := []struct {
		kind, name, content, description string
		want                             material.Item
	}{
		{"image", "a/ü 品.png", png, "", material.Item{Type: material.Image, Name: "a/ü 品.png"}},
		{"thumb", "t.jpg", "\xff\xd8\xffJPEG", "", material.Item{Type: material.Image, Name: "t.jpg"}},
		{"voice", "v.MP3", "sound", "", material.Item{Type: material.Voice, Name: "v.MP3"}},
		{"video", "v.mp4", "film", `{"title":"片","introduction":"D"}`, material.Item{Type: material.Video, Name: "片"}},
	}
	for _, tt := range tests {
		id, url := c.add(tt.kind, tt.name, tt.content, tt.description).added(t)
		if (url != nil) != (tt.want.Type == material.Image) {
			t.Errorf("%s: url %v", tt.kind, url)
		}
		first := c.list(tt.want.Type, 0, 1).page(t).Item[0]
		got := material.Item{ID: first.MediaID, Type: tt.want.Type, Name: first.Name, UpdateTime: first.UpdateTime}
		tt.want.ID, tt.want.UpdateTime = id, start.Unix()
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.kind, diff)
		}
		if tt.want.Type != material.Video && c.content(id).Body != tt.content {
			t.Errorf("%s: get_material gives other bytes", tt.kind)
		}
	}
}

func TestOneFileUploadedTwiceHasTwoIDsAndOneURL(t *testing.T) {
	t.Parallel()
	c := call(t)
	id1, url1 := c.add("image", "a.png", png, "").added(t)
	id2, url2 := c.add("image", "a.png", png, "").added(t)
	if id1 == id2 || *url1 != *url2 {
		t.Errorf("got ids %s %s, urls %s %s", id1, id2, *url1, *url2)
	}
}

func TestUploadRefusals(t *testing.T) {
	t.Parallel()
	c := call(t)
	tests := map[string]struct {
		got  answer
		want int
	}{
		"another type":               {c.add("news", "a.png", png, ""), 40004},
		"no file":                    {c.add("image", "", "", "x"), 41005},
		"not a form":                 {c.post(sandbox.AddMaterial+"?type=image", "{}"), 41005},
		"an empty file":              {c.add("image", "a.png", "", ""), 44001},
		"two dots in its name":       {c.add("image", "../a.png", png, ""), 47001},
		"no image":                   {c.add("image", "a.png", "text", ""), 40137},
		"a large thumb":              {c.add("thumb", "a.png", png+strings.Repeat("x", 64<<10), ""), 45001},
		"a voice of a strange kind":  {c.add("voice", "a.ogg", "x", ""), 40005},
		"a video without its titles": {c.add("video", "a.mp4", "x", ""), 47001},
	}
	for name, tt := range tests {
		if got := tt.got.code(t); got != tt.want {
			t.Errorf("%s: got errcode %d, want %d", name, got, tt.want)
		}
	}
	if got := c.sandbox.Live(appid); len(got) != 0 {
		t.Errorf("a refused upload is there: %v", got)
	}
}
