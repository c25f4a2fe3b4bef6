package wechat

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	imagejpeg "image/jpeg"
	imagepng "image/png"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/material"
)

// addressOf is an address of a picture, in the size of a listing.
func addressOf(name string) string {
	return "http://mmbiz.qpic.cn/mmbiz_png/" + name + "0QmpxWU4jCNGPp-Y3IMqJM6tBXf8BV_kv3L8LSo1H7G19s7Db0crCa8gsvhayQXo6PnM9c/0?wx_fmt=png"
}

// painted is a picture of one colour.
func painted(width, height int, c color.Color) image.Image {
	img := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{c})
	return img
}

func encoded(t *testing.T, encode func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestThumbnails(t *testing.T) {
	t.Parallel()
	red := color.NRGBA{R: 255, A: 255}
	wide := encoded(t, func(w io.Writer) error { return imagepng.Encode(w, painted(600, 200, red)) })
	clear := encoded(t, func(w io.Writer) error { return imagepng.Encode(w, painted(40, 60, color.Transparent)) })
	moving := encoded(t, func(w io.Writer) error { return gif.Encode(w, painted(30, 30, red), nil) })
	bomb := strings.Replace(moving, "\x1e\x00\x1e\x00", "\xff\xff\xff\xff", 1)
	much := strings.Repeat("x", maxPicture+1)
	tests := []struct {
		name    string
		sizes   map[string]string // by the last part of the path
		status  int
		want    string // the thumbnail's size and colour in the middle; empty for none
		problem string
	}{
		{"a wide picture", map[string]string{"300": wide}, 200, "120 × 40 red", ""},
		{"a small one stays small, and its background becomes white", map[string]string{"300": clear}, 200, "40 × 60 white", ""},
		{"a GIF", map[string]string{"300": moving}, 200, "30 × 30 red", ""},
		{"only the original is there", map[string]string{"0": moving}, 200, "30 × 30 red", ""},
		{"none is there", nil, 200, "", "mmbiz.qpic.cn: HTTP status 404"},
		{"a redirect is not followed", map[string]string{"300": "", "0": ""}, 302, "", "mmbiz.qpic.cn: HTTP status 302"},
		{"a web page", map[string]string{"300": "<html>"}, 200, "", "not a picture: image: unknown format"},
		{"a picture cut off", map[string]string{"300": wide[:100]}, 200, "", "not a whole picture: unexpected EOF"},
		{"a picture that would fill the memory", map[string]string{"300": bomb}, 200, "", "a picture of 65535 × 65535 pixels"},
		{"more bytes than a picture has", map[string]string{"300": much, "0": much}, 200, "", "mmbiz.qpic.cn: a picture of more than 10485760 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := startQuiet(t, httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.RawQuery != "" || r.Header.Get("Cookie") != "" || r.Header.Get("Authorization") != "" || r.Header.Get("Referer") != "" {
					t.Errorf("more than the picture's path was sent: %s %v", r.URL, r.Header)
				}
				http.SetCookie(w, &http.Cookie{Name: "follow", Value: "me"})
				body, ok := tt.sizes[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]]
				if !ok {
					http.NotFound(w, r)
					return
				}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, body)
			})), false)
			address := addressOf("x")
			done := 0
			got, err := NewThumbnails(configFor(t, server).HTTP, server, 1).Fetch(t.Context(), []string{address}, 120, func(n int) { done = n })
			if problem := fmt.Sprint(err); tt.problem != "" && problem != "1 of 1 pictures could not be had, the first: "+tt.problem || tt.problem == "" && err != nil {
				t.Errorf("problem %q, want %q", problem, tt.problem)
			}
			if diff := cmp.Diff(tt.want, described(t, got[material.URLKey(address)])); diff != "" {
				t.Errorf("thumbnail mismatch (-want +got):\n%s", diff)
			}
			if done != 1 {
				t.Errorf("%d are said to be finished", done)
			}
		})
	}
}

// described is the size of a JPEG, and its colour in the middle.
func described(t *testing.T, b []byte) string {
	t.Helper()
	if b == nil {
		return ""
	}
	img, err := imagejpeg.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	r, g, _, _ := img.At(img.Bounds().Dx()/2, img.Bounds().Dy()/2).RGBA()
	word := "red"
	if g > 0xf000 && r > 0xf000 {
		word = "white"
	}
	return fmt.Sprintf("%d × %d %s", img.Bounds().Dx(), img.Bounds().Dy(), word)
}

// TestOnlyWeChatsImageHostsAreCalled looks at what a proxy is asked to connect
// to.
func TestOnlyWeChatsImageHostsAreCalled(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	asked := map[string]bool{}
	proxy := startQuiet(t, httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked[r.Method+" "+r.Host] = true
		http.Error(w, "no", http.StatusForbidden)
	})), false)
	through, err := url.Parse(proxy)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := NewTransport(Transport{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdleConnections)
	transport.Proxy = http.ProxyURL(through)
	addresses := []string{
		addressOf("a"), "https://wx.qlogo.cn/mmopen/abcdefghijklmnopqrstuvwxyz0123456789/132",
		"https://evil.example/mmbiz_png/abcdefghijklmnopqrstuvwxyz/0", `https://evil.example\.qpic.cn/mmbiz_png/abcdefghijklmnopqrstuvwxyz/0`,
		"http://mmbiz.qpic.cn@evil.example/mmbiz_png/abcdefghijklmnopqrstuvwxyz/0", "file:///etc/passwd", "",
	}
	got, err := NewThumbnails(transport, "", 0).Fetch(t.Context(), addresses, 120, func(int) {})
	if len(got) > 0 || err == nil || !strings.HasPrefix(err.Error(), "7 of 7 pictures could not be had, the first: ") {
		t.Errorf("%d pictures, error %v", len(got), err)
	}
	want := []string{"CONNECT mmbiz.qpic.cn:443", "CONNECT wx.qlogo.cn:443"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(asked))); diff != "" {
		t.Errorf("hosts mismatch (-want +got):\n%s", diff)
	}
}

// TestHostsOutOfReachAreNotTriedForEver counts the connections that end at once.
func TestHostsOutOfReachAreNotTriedForEver(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var tried atomic.Int64
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			tried.Add(1)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-ended })
	addresses := make([]string, 1000)
	for i := range addresses {
		addresses[i] = addressOf(fmt.Sprintf("n%04d", i))
	}
	endpoint := "http://" + l.Addr().String()
	_, err = NewThumbnails(configFor(t, endpoint).HTTP, endpoint, 4).Fetch(t.Context(), addresses, 120, func(int) {})
	if err == nil || !strings.HasPrefix(err.Error(), "1000 of 1000 pictures could not be had") {
		t.Errorf("error %v", err)
	}
	if n := tried.Load(); n < patience || n > patience+4 {
		t.Errorf("%d requests were tried, want about %d", n, patience)
	}
}
