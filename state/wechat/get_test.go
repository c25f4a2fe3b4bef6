package wechat

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state"
)

func TestMaterialIsToldByItsFirstBytes(t *testing.T) {
	t.Parallel()
	png := "\x89PNG\r\n\x1a\n" + strings.Repeat("\x00{\"errcode\":1}", 20000)
	tests := []struct {
		name, answer string
		want         Content
	}{
		{"an image", png, Content{File: []byte(png)}},
		{"a tiny voice", "#!AMR", Content{File: []byte("#!AMR")}},
		{"a video", `{"title":"t","description":"d","down_url":"http:\/\/x"}`, Content{Video: &Video{Title: "t", Description: "d", DownURL: "http://x"}}},
		{
			"news", ` {"news_item":[{"title":"a","content":"<p>","thumb_media_id":"T","thumb_url":"u","url":"v"},{"title":"b"}],"create_time":1}`,
			Content{Articles: []Article{{Title: "a", URL: "v", ThumbMediaID: "T", ThumbURL: "u"}, {Title: "b"}}},
		},
		{"news after a byte order mark", "\ufeff" + `{"news_item":[]}`, Content{Articles: []Article{}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := NewReader(newClient(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "image/jpeg")
				_, _ = io.WriteString(w, tt.answer)
			}))).Material(t.Context(), "a")
			if err != nil {
				t.Fatal(err)
			}
			if tt.want.File == nil {
				tt.want.Raw = []byte(tt.answer)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Material() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMaterialThatCannotBeHad(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		serve http.HandlerFunc
		calls int
		want  error
	}{
		{"gone", say(`{"errcode":40007,"errmsg":"invalid media_id"}`), 1, state.ErrGone},
		{"an unknown document", say(`{"title":"t"}`), 1, state.ErrItem},
		{"a code that nobody knows", say(`{"errcode":77777}`), 1, state.ErrStop},
		{"an address that leads elsewhere", status(404), 1, state.ErrStop},
		{"a gateway's page", say(`<html>`), 5, state.ErrItem},
		{"nothing", say(""), 5, state.ErrBusy},
		{"a cut file", cut, 5, state.ErrBusy},
		{"a file too large", say(strings.Repeat("x", maxFile+1)), 1, state.ErrItem},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, serve(t, tt.serve))
			if _, err := NewReader(c).Material(t.Context(), "a"); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if diff := cmp.Diff(map[string]int{pathGet: tt.calls}, c.Calls()); diff != "" {
				t.Errorf("Calls() (-want +got):\n%s", diff)
			}
		})
	}
}
