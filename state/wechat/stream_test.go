package wechat

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// streamed reads the string "k" of an object piece by piece.
func streamed(r io.Reader) (string, error) {
	var b strings.Builder
	err := scan(r, func(s *scanner, key []byte) error {
		if string(key) != "k" {
			return s.skip()
		}
		return s.stream(func(piece []byte) { b.Write(piece) })
	})
	return b.String(), err
}

func TestAStreamIsDecoded(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, value, want string }{
		{"plain", `"<p>永久</p>"`, "<p>永久</p>"},
		{"every escape", `"\"\\\/\b\f\n\r\t"`, "\"\\/\b\f\n\r\t"},
		{"codes", `"\u003cimg\u003E\ud83d\ude00\ud83d"`, "<img>😀\ufffd"},
		{"slashes before the end", `"a\\\\"`, `a\\`},
		{"an escaped quote at the end", `"a\\\""`, `a\"`},
		{"unknown escapes stay", `"a\xb\u12\'"`, `a\xb\u12\'`},
		{"bytes that are no UTF-8 stay", "\"a\xff\x02b\"", "a\xff\x02b"},
		{"null is nothing", `null`, ""},
		{"empty", `""`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for how, r := range readers(`{"a":1,"k":` + tt.value + `,"b":"x"}`) {
				got, err := streamed(r)
				if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
					t.Errorf("%s: %v (-want +got):\n%s", how, err, diff)
				}
			}
		})
	}
	for _, value := range []string{`1`, `{}`, `["a"]`, `true`} {
		if got, err := streamed(strings.NewReader(`{"k":` + value + `}`)); err == nil {
			t.Errorf("%s is taken for the string %q", value, got)
		}
	}
}

func TestACutStreamIsAnError(t *testing.T) {
	t.Parallel()
	const whole = `{"k":"a\\\"\u6c38b"}`
	for n := range len(whole) {
		if got, err := streamed(strings.NewReader(whole[:n])); err == nil {
			t.Errorf("the first %d bytes give %q", n, got)
		}
	}
}

// However an answer is cut into pieces, and whatever the escapes.
func TestEveryStreamRoundTrips(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pad := rapid.SampledFrom([]int{0, scanBuffer - 20, scanBuffer - 9, scanBuffer}).Draw(t, "pad")
		want := strings.Repeat("x", pad) + rapid.StringOf(rapid.SampledFrom([]rune(`\"/u6c<>&永😀`+"\n\x01"))).Draw(t, "text")
		text, err := json.Marshal(map[string]string{"k": want})
		if err != nil {
			t.Fatal(err)
		}
		got, err := streamed(strings.NewReader(string(text)))
		if err != nil || got != want {
			t.Fatalf("got %q, %v; want %q", got, err, want)
		}
		if got, err = streamed(iotest.OneByteReader(strings.NewReader(string(text)))); err != nil || got != want {
			t.Fatalf("byte by byte: got %q, %v; want %q", got, err, want)
		}
	})
}
