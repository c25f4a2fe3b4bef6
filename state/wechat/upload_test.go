package wechat

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wxkeep/state"
	"wxkeep/state/material"
)

const (
	png  = "\x89PNG\r\n\x1a\n...."
	jpeg = "\xff\xd8\xff\xe0...."
)

func TestUploadIsAFormWithOneFile(t *testing.T) {
	t.Parallel()
	var got []string
	calls := 0
	config := serve(t, func(w http.ResponseWriter, r *http.Request) {
		form, err := r.MultipartReader()
		if err != nil {
			t.Error(err)
			return
		}
		calls++
		got = append(got, r.Method+" "+r.URL.Path+"?type="+r.URL.Query().Get("type")+" token "+r.URL.Query().Get("access_token")[:2])
		for part, err := form.NextPart(); err == nil; part, err = form.NextPart() {
			content, _ := io.ReadAll(part)
			got = append(got, fmt.Sprintf("%s %s %s %q", part.FormName(), part.FileName(), part.Header.Get("Content-Type"), content))
		}
		if calls == 1 {
			_, _ = io.WriteString(w, `{"errcode":-1,"errmsg":"system error"}`)
			return
		}
		_, _ = io.WriteString(w, `{"media_id":"New","url":"http:\/\/x","item":[]}`)
	})
	id, url, err := NewUploader(newClient(t, config)).Upload(t.Context(), material.Image, `图/标志`, []byte(png))
	if err != nil || id != "New" || url != "http://x" {
		t.Fatalf("%s %s %v", id, url, err)
	}
	one := []string{"POST /cgi-bin/material/add_material?type=image token 57", fmt.Sprintf("media 标志.png image/png %q", png)}
	if diff := cmp.Diff(append(one, one...), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUploadsThatFail(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, answer string
		typ          material.Type
		content      string
		want         error
		calls        int
	}{
		{"news cannot be uploaded", `{}`, material.News, "x", state.ErrItem, 0},
		{"nor can a video", `{}`, material.Video, "x", state.ErrItem, 0},
		{"nothing", `{}`, material.Image, "", state.ErrItem, 0},
		{"too large for WeChat", `{"errcode":45001,"errmsg":"media size out of limit"}`, material.Image, png, state.ErrItem, 1},
		{"withdrawn", `{"errcode":45106,"errmsg":"x"}`, material.Voice, "#!AMR", state.ErrNotGranted, 1},
		{"an answer without an id", `{"url":"x"}`, material.Image, png, state.ErrStop, 1},
		{"an id that is none", `{"media_id":"a b"}`, material.Image, png, state.ErrStop, 1},
		{"busy", `{"errcode":-1,"errmsg":"system error"}`, material.Image, png, state.ErrBusy, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, serve(t, say(tt.answer)))
			id, _, err := NewUploader(c).Upload(t.Context(), tt.typ, "a", []byte(tt.content))
			if !errors.Is(err, tt.want) || id != "" {
				t.Errorf("got %q, %v; want %v", id, err, tt.want)
			}
			if got := c.Calls()[pathUpload]; got != tt.calls {
				t.Errorf("%d calls, want %d", got, tt.calls)
			}
		})
	}
}

func TestUploadNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		typ     material.Type
		content string
		want    string
	}{
		{"logo.png", material.Image, png, "logo.png"},
		{"照片.JPEG", material.Image, jpeg, "照片.JPEG"},
		{"logo.png", material.Image, jpeg, "logo.jpg"},
		{"logo", material.Image, "GIF89a", "logo.gif"},
		{"logo v1.2", material.Image, "BM....", "logo v1.2.bmp"},
		{`C:\Users\a\b.png`, material.Image, png, "b.png"},
		{"../../etc/passwd", material.Image, png, "passwd.png"},
		{"a....b...png", material.Image, png, "a.b.png"},
		{"..", material.Image, png, "restored.png"},
		{"", material.Image, png, "restored.png"},
		{"dir/", material.Image, png, "restored.png"},
		{".png", material.Image, png, "restored.png"},
		{"a\"\r\nX: y\x00\xff.png", material.Image, png, "aX y.png"},
		{strings.Repeat("长", 300) + ".png", material.Image, png, strings.Repeat("长", 100) + ".png"},
		{"what.webp", material.Image, "?", "what.webp.jpg"},
		{"odd.gif", material.Image, "?", "odd.gif"},
		{"a.amr", material.Voice, "#!AMR\n", "a.amr"},
		{"a.amr", material.Voice, "ID3....", "a.mp3"},
		{"a", material.Voice, "\xff\xfb..", "a.mp3"},
		{"a", material.Voice, "RIFF....WAVE", "a.wav"},
		{"a", material.Voice, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a.wma"},
		{"a", material.Voice, "?", "a.mp3"},
	}
	for _, tt := range tests {
		if got := uploadName(tt.typ, tt.name, []byte(tt.content)); got != tt.want {
			t.Errorf("uploadName(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestEveryUploadNameIsSafe(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune(`./\"a. `+"\r\n\x00")))).Draw(t, "name")
		got := uploadName(material.Image, name, []byte(png))
		if strings.Contains(got, "..") || strings.ContainsAny(got, "/\\\"\r\n\x00") || !strings.HasSuffix(strings.ToLower(got), ".png") ||
			strings.HasPrefix(got, ".") || len([]rune(got)) > maxName+4 {
			t.Fatalf("uploadName(%q) = %q", name, got)
		}
		if again := uploadName(material.Image, got, []byte(png)); again != got {
			t.Fatalf("uploadName(%q) = %q", got, again)
		}
	})
}
