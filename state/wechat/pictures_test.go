package wechat_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wxkeep/state"
	"wxkeep/state/material"
	"wxkeep/state/wechat"
	"wxkeep/state/wechat/sandbox"
)

func TestAPictureIsFetchedFromItsListedURL(t *testing.T) {
	t.Parallel()
	client, s := connect(t, sandbox.Account{Materials: []sandbox.Material{{Type: material.Image, ID: "a"}, {Type: material.Image, ID: "b", Thumb: true}}})
	pictures := wechat.NewPictures(client)
	for _, it := range s.Live(appid) {
		want, err := wechat.NewReader(client).Material(t.Context(), it.ID)
		if err != nil {
			t.Fatal(err)
		}
		got, err := pictures.Picture(t.Context(), it.URL)
		if err != nil || !bytes.Equal(got, want.File) {
			t.Errorf("%s: %d bytes, %v; want the %d of get_material", it.URL, len(got), err, len(want.File))
		}
	}
	if n := s.Calls()["picture"]; n != 2 {
		t.Errorf("%d pictures were served, want 2", n)
	}
}

// pictureServer answers requests for pictures, behind a client that has a token.
func pictureServer(t *testing.T, answer http.HandlerFunc) *wechat.Pictures {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	client, err := wechat.New(wechat.Config{
		Endpoint: server.URL, HTTP: &http.Transport{DisableKeepAlives: true},
		Token: wechat.NewAccessToken(func(context.Context) (string, error) { return "pretend-token-of-pictures", nil }),
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	return wechat.NewPictures(client)
}

const address = "http://mmbiz.qpic.cn/mmbiz_png/abcdefghijklmnopqrstuvwxyz/0?wx_fmt=png"

func TestARequestForAPictureHasNothingThatTellsWhoAsks(t *testing.T) {
	t.Parallel()
	pictures := pictureServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/mmbiz_png/abcdefghijklmnopqrstuvwxyz/0" || r.URL.RawQuery != "wx_fmt=png" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		for _, name := range []string{"Cookie", "Referer", "Authorization"} {
			if r.Header.Get(name) != "" {
				t.Errorf("it has the header %s", name)
			}
		}
		http.SetCookie(w, &http.Cookie{Name: "who", Value: "asks"})
		_, _ = w.Write([]byte("picture"))
	})
	for range 2 {
		if got, err := pictures.Picture(t.Context(), address); err != nil || string(got) != "picture" {
			t.Errorf("%q, %v", got, err)
		}
	}
}

func TestWhatIsNoPictureOfWeChatsIsNotAskedFor(t *testing.T) {
	t.Parallel()
	pictures := pictureServer(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s was asked for", r.URL) })
	for _, address := range []string{
		"", "/0", "http://example.com/mmbiz_png/abcdefghijklmnopqrstuvwxyz/0", "http://mmbiz.qpic.cn.example.com/a/0",
		"http://user:word@mmbiz.qpic.cn/mmbiz_png/abcdefghijklmnopqrstuvwxyz/0", "http://mmbiz.qpic.cn:81/mmbiz_png/abcdefghijklmnopqrstuvwxyz/0",
		"file:///etc/passwd", "http://127.0.0.1/mmbiz_png/abcdefghijklmnopqrstuvwxyz/0", "http://example.com@mmbiz.qpic.cn\\@x/0/1",
	} {
		if got, err := pictures.Picture(t.Context(), address); !errors.Is(err, state.ErrItem) {
			t.Errorf("%q: %q, %v", address, got, err)
		}
	}
}

func TestAPictureThatCannotBeHadIsAnError(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   error
		calls  int64
	}{
		{"not there", http.NotFound, state.ErrStop, 1},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://example.com/", http.StatusFound)
		}, state.ErrStop, 1},
		{"a gateway", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, state.ErrBusy, 5},
		{"too large", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(bytes.Repeat([]byte("x"), 33<<20))
		}, state.ErrStop, 1},
		{"cut", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("x"))
		}, state.ErrBusy, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int64
			pictures := pictureServer(t, func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				tt.answer(w, r)
			})
			got, err := pictures.Picture(t.Context(), address)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), "image URL") || len(got) != 0 || calls.Load() != tt.calls {
				t.Errorf("%d bytes, %v after %d calls; want %v after %d", len(got), err, calls.Load(), tt.want, tt.calls)
			}
		})
	}
}
