package material

import "testing"

func TestImageURL(t *testing.T) {
	t.Parallel()
	const name = "0QmpxWU4jCNGPp-Y3IMqJM6tBXf8BV_kv3L8LSo1H7G19s7Db0crCa8gsvhayQXo6PnM9c"
	tests := []struct{ name, raw, want string }{
		{"as listed", "http://mmbiz.qpic.cn/mmbiz_png/" + name + "/0?wx_fmt=png", "https://mmbiz.qpic.cn/mmbiz_png/" + name + "/300"},
		{"an older host", "http://mmbiz.qlogo.cn/mmbiz/" + name + "/640", "https://mmbiz.qpic.cn/mmbiz/" + name + "/300"},
		{"without a size", "https://mmbiz.qpic.cn/mmbiz_png/" + name, "https://mmbiz.qpic.cn/mmbiz_png/" + name + "/300"},
		{"a port is not WeChat's", "http://mmbiz.qpic.cn:8080/mmbiz_png/" + name + "/0", "https://mmbiz.qpic.cn/mmbiz_png/" + name + "/300"},
		{"none", "", ""},
		{"another host", "https://example.com/mmbiz_png/" + name + "/0", ""},
		{"another host before a backslash", `https://example.com\.qpic.cn/mmbiz_png/` + name + "/0", ""},
		{"another host behind a user", "https://mmbiz.qpic.cn@example.com/mmbiz_png/" + name + "/0", ""},
		{"a host with markup", `https://"><b>.qpic.cn/mmbiz_png/` + name + "/0", ""},
		{"a script", "javascript:alert(1)//mmbiz.qpic.cn/" + name, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := ImageURL(tt.raw, 300); got != tt.want {
				t.Errorf("ImageURL(%q, 300) = %q, want %q", tt.raw, got, tt.want)
			}
		})
	}
}
