package material

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// picture is the part of a real URL that names the image.
const picture = "GE7et87vE9vicuCibqXsX9GPPLuEtBfXfK0HKuBIa1A1cypS0uY1wickv70iaY1gf3I1DTszuJoS3lAVLvhTcm9sDA"

const pictureKey = "mmbiz.qpic.cn/mmbiz_png/" + picture

func TestURLKey(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, raw, want string }{
		{"as the list of materials gives it", "http://mmbiz.qpic.cn/mmbiz_png/" + picture + "/0?wx_fmt=png", pictureKey},
		{"scheme, size, query and fragment do not matter", "https://mmbiz.qpic.cn/mmbiz_png/" + picture + "/640?wx_fmt=jpeg&tp=webp#img", pictureKey},
		{"a size may have an extension", "https://mmbiz.qpic.cn/mmbiz_png/" + picture + "/640.jpg", pictureKey},
		{"the size may be missing", "https://mmbiz.qpic.cn/mmbiz_png/" + picture, pictureKey},
		{"or empty", "https://mmbiz.qpic.cn/mmbiz_png/" + picture + "/", pictureKey},
		{"slashes may be doubled", "https://mmbiz.qpic.cn//mmbiz_png//" + picture + "//0", pictureKey},
		{"no scheme", "//mmbiz.qpic.cn/mmbiz_png/" + picture + "/0", pictureKey},
		{"port, user and case of the host do not matter", "HTTPS://u:p@MMBIZ.qpic.CN:443/mmbiz_png/" + picture + "/0", pictureKey},
		{"the host's older name", "http://mmbiz.qlogo.cn/mmbiz_png/" + picture + "/0", pictureKey},
		{"HTML escapes", " https:&#x2F;&#47;mmbiz.qpic.cn&sol;mmbiz_png/" + picture + "/0?a=1&amp;b=2 ", pictureKey},
		{"JSON escapes", `https:\/\/mmbiz.qpic.cn\u002Fmmbiz_png\/` + picture + `\/0`, pictureKey},
		{"URL escapes", "https%3A%2F%2Fmmbiz.qpic.cn%2fmmbiz_png%2F" + picture + "%2F0", pictureKey},
		{"broken URL escapes", "https://mmbiz.qpic.cn/mmbiz_png/" + picture + "/0?a=%zz%", pictureKey},
		{"a neighbour is another host", "https://mmecoa.qpic.cn/mmbiz_png/" + picture + "/0", "mmecoa.qpic.cn/mmbiz_png/" + picture},
		{"the case of the path matters", "https://mmbiz.qpic.cn/mmbiz_png/" + strings.ToLower(picture) + "/0", "mmbiz.qpic.cn/mmbiz_png/" + strings.ToLower(picture)},
		{"a short name", "http://mmbiz.qpic.cn/x/0", "mmbiz.qpic.cn/x"},
		{"no image", "http://mmbiz.qpic.cn/0", ""},
		{"no path", "http://mmbiz.qpic.cn", ""},
		{"an article", "http://mp.weixin.qq.com/s?__biz=MzA", ""},
		{"somebody else's host", "http://mmbiz.qpic.cn.example.com/x/0", ""},
		{"a host that only ends alike", "http://evilqpic.cn/x/0", ""},
		{"another URL's query", "http://example.com/?u=http://mmbiz.qpic.cn/x/0", ""},
		{"no URL", "mmbiz", ""},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, URLKey(tt.raw)); diff != "" {
				t.Errorf("URLKey(%q) (-want +got):\n%s", tt.raw, diff)
			}
		})
	}
}

// found returns the distinct keys in text, written n bytes at a time.
func found(text string, n int) []string {
	keys := map[string]bool{}
	f := URLFinder{Found: func(key string) { keys[key] = true }}
	for len(text) > 0 {
		n := min(n, len(text))
		_, _ = f.Write([]byte(text[:n]))
		text = text[n:]
	}
	f.Close()
	return slices.Sorted(maps.Keys(keys))
}

func TestURLsAreFoundInText(t *testing.T) {
	t.Parallel()
	const url = "https://mmbiz.qpic.cn/mmbiz_png/" + picture + "/640?wx_fmt=png&amp;from=appmsg"
	tests := []struct{ name, text string }{
		{"an image", `<p>图<img data-src="` + url + `" src=''/></p>`},
		{"an attribute without quotes", `<img src=` + url + `>`},
		{"a style", `<p style="background:url(` + url + `)">`},
		{"a style in escaped quotes", `<p style="background-image: url(&quot;` + url + `&quot;);">`},
		{"a set of sizes", `<img srcset="` + url + ` 1x,` + url + ` 2x">`},
		{"right after Chinese", "见" + url + "。"},
		{"JSON in an attribute", `<a data-x="{&quot;u&quot;:&quot;` + strings.ReplaceAll(url, "/", `\/`) + `&quot;}">`},
		{"a script", `{"u":"` + strings.ReplaceAll(url, "/", `\u002F`) + `"}`},
		{"another URL's query", `<a href="https://example.com/?u=https%3A%2F%2Fmmbiz.qpic.cn%2Fmmbiz_png%2F` + picture + `%2F0&amp;v=1">`},
		{"Markdown", "![图](" + url + ")"},
		{"no scheme", `<img src="//mmbiz.qpic.cn/mmbiz_png/` + picture + `/0">`},
		{"no scheme and no slashes", "mmbiz.qpic.cn/mmbiz_png/" + picture + "/0"},
		{"capitals and a port", "HTTP://MMBIZ.QPIC.CN:80/mmbiz_png/" + picture + "/0"},
		{"after other hosts", "a.cn/b;qpic.cn;xqpic.cn/c/0;mmbiz.qpic.cn.example.com/x/0;" + url},
		{"numeric escapes", "https://mmbiz&#46;qpic&#x2e;cn/mmbiz_png/" + picture + "/0"},
		{"after megabytes of something else", `<img src="data:image/png;base64` + strings.Repeat("/Ab+", window) + url + strings.Repeat("Ab+/", 5000) + `">`},
		{"the end of the text", url[:len(url)-len("?wx_fmt=png&amp;from=appmsg")]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, n := range []int{1, 7, len(tt.text)} {
				if got := found(tt.text, n); !slices.Contains(got, pictureKey) {
					t.Errorf("%d bytes at a time: found %q, not %s", n, got, pictureKey)
				}
			}
		})
	}
}

func TestURLsOfOthersAreNotFound(t *testing.T) {
	t.Parallel()
	text := `qpic.cn xqpic.cn/a/0 mmbiz.qpic.cn.example.com/a/0 mmbiz.qpic.cn mmbiz.qpic.cn/0 qpic.com/a/0 <b>q</b>pic.cn/a/0 logo.cn/a/0`
	if got := found(text, 5); len(got) > 0 {
		t.Errorf("found %q", got)
	}
}

// An URL is found at every place within a long word, windows' ends among them.
func TestURLsAreFoundAcrossWindows(t *testing.T) {
	t.Parallel()
	for pad := overlap - 200; pad < window+200; pad += 3 {
		text := strings.Repeat("/", pad) + "mmbiz.qpic.cn/mmbiz_png/" + picture + "/0" + strings.Repeat("/", window)
		if !slices.Contains(found(text, 1000), pictureKey) {
			t.Fatalf("not found after %d bytes", pad)
		}
	}
}

func FuzzURLFinder(f *testing.F) {
	f.Add(`<img data-src="https://mmbiz.qpic.cn/mmbiz_png/abc/640?wx_fmt=png&amp;a=1">`, 3)
	f.Add(`http:\/\/mmbiz.qlogo.cn\u002fx\/0 %2F%2fmmbiz&#46;qpic.cn%2Fa%2F0`, 1)
	f.Add(strings.Repeat("x", window-5)+"mmbiz.qpic.cn/a/b/0", 100)
	f.Fuzz(func(t *testing.T, text string, n int) {
		n = max(1, n%(2*window))
		whole := found(text, len(text)+1)
		if diff := cmp.Diff(whole, found(text, n)); diff != "" {
			t.Errorf("%d bytes at a time (-at once +in pieces):\n%s", n, diff)
		}
		if key := URLKey(text); key != "" && len(text) < overlap && !strings.ContainsFunc(text, ends) && !slices.Contains(whole, key) {
			t.Errorf("URLKey is %q, but %q were found", key, whole)
		}
		for _, key := range whole {
			if again := URLKey("https://" + key + "/0"); again != key && !strings.ContainsAny(key, "%&\\") {
				t.Errorf("found %q, whose own key is %q", key, again)
			}
		}
	})
}

// ends reports whether r ends a word.
func ends(r rune) bool { return r >= 0x7f || !inWord[r] }

func BenchmarkURLFinder(b *testing.B) {
	html := []byte(strings.Repeat(`<section style="margin: 0px; line-height: 1.75em;"><p style="text-align: justify;"><span style="font-size: 15px;">春天 活动 优惠 &nbsp;点击&quot;阅读原文&quot; 了解更多</span></p></section>`+"\n", 5000))
	html = fmt.Appendf(html, `<img src="https://%s/0">`, pictureKey)
	b.SetBytes(int64(len(html)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		f := URLFinder{Found: func(string) { n++ }}
		_, _ = f.Write(html)
		f.Close()
		if n != 1 {
			b.Fatal(n)
		}
	}
}
