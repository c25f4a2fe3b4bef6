package wechat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wxkeep/state/material"
)

// texts decodes an object of strings.
func texts(r io.Reader) (map[string]string, error) {
	got := map[string]string{}
	err := scan(r, func(s *scanner, key []byte) error {
		name, text := string(key), ""
		err := s.text(&text)
		got[name] = text
		return err
	})
	return got, err
}

func TestTextIsDecoded(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, raw, want string }{
		{"plain", `hello`, "hello"},
		{"empty", ``, ""},
		{"Chinese", `永久素材`, "永久素材"},
		{"every escape", `\"\\\/\b\f\n\r\t`, "\"\\/\b\f\n\r\t"},
		{"a code", `\u6c38\u004a`, "永J"},
		{"a pair of surrogates", `\ud83d\ude00!`, "😀!"},
		{"half a pair", `a\ud83dz`, "a\ufffdz"},
		{"half a pair before another code", `\ud83d\u0041`, "\ufffdA"},
		{"raw control characters are kept", "a\nb\x01c\x7f", "a\nb\x01c\x7f"},
		{"each byte that is not UTF-8 is replaced", "a\xff\xfeb", "a\ufffd\ufffdb"},
		{"backslashes before the end", `\\\\`, `\\`},
		{"an escaped quote at the end", `a\\\"`, `a\"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for how, r := range readers(`{"k":"` + tt.raw + `"}`) {
				got, err := texts(r)
				if err != nil {
					t.Fatalf("%s: %v", how, err)
				}
				if diff := cmp.Diff(map[string]string{"k": tt.want}, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", how, diff)
				}
			}
		})
	}
}

// readers gives text at once and byte by byte.
func readers(text string) map[string]io.Reader {
	return map[string]io.Reader{
		"at once":      strings.NewReader(text),
		"byte by byte": iotest.OneByteReader(strings.NewReader(text)),
		"with its EOF": iotest.DataErrReader(strings.NewReader(text)),
	}
}

func TestScanIsStrictAboutStructure(t *testing.T) {
	t.Parallel()
	var syntax *syntaxError
	for _, text := range []string{
		`<html></html>`, `ok `, `{"a":1,}`, `{"a":1 "b":2}`, `{"a" 1}`, `{a:1}`, `{"a":}`, `{"a":[1,]}`,
		`{"a":[1 2]}`, `{"a":nul}`, `{"a":nulll}`, `{"a":01}`, `{"a":1.}`, `{"a":--1}`, `{"a":+1}`, `{"a":.5}`, `{"a":NaN}`,
		`{"a":1}}`, `{"a":1}{}`, `{"a":1}x`, `{,}`, `{"a":1]`, `{"a":[1}`, "\xef\xbb{}", "{\"a\":1}\x00",
		`{"a":` + strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth) + `}`,
		`{"a":` + strings.Repeat("1", maxScalar+1) + `}`,
	} {
		if err := scan(strings.NewReader(text), nothing); !errors.As(err, &syntax) {
			t.Errorf("%.40s: got %v", text, err)
		}
	}
}

func TestJSONOfAnotherKindIsUnexpected(t *testing.T) {
	t.Parallel()
	var content *contentError
	for _, text := range []string{`[]`, `"a"`, `1 `, `null `} {
		if err := scan(strings.NewReader(text), nothing); !errors.As(err, &content) {
			t.Errorf("%s: got %v", text, err)
		}
	}
	for _, value := range []string{`"a"`, `1`, `true`, `{}`, `null`} {
		err := scan(strings.NewReader(`{"k":`+value+`}`), func(s *scanner, _ []byte) error { return s.array(s.skip) })
		if !errors.As(err, &content) {
			t.Errorf("%s for a list: got %v", value, err)
		}
	}
}

func TestScanBoundsStringsThatAreKept(t *testing.T) {
	t.Parallel()
	var content *contentError
	if _, err := texts(strings.NewReader(`{"k":"` + strings.Repeat("a", maxText+1) + `"}`)); !errors.As(err, &content) {
		t.Errorf("a string too long: got %v", err)
	}
	if _, err := texts(strings.NewReader(`{"k":"` + strings.Repeat("a", maxText) + `"}`)); err != nil {
		t.Errorf("the longest string: %v", err)
	}
	if err := scan(strings.NewReader(`{"k":"`+strings.Repeat("a", 10*maxText)+`"}`), nothing); err != nil {
		t.Errorf("a long string that is skipped: %v", err)
	}
}

func TestIntegerTakesNumericStrings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		value string
		want  int64
		fails bool
	}{
		{"12", 12, false},
		{`"12"`, 12, false},
		{`" 12 "`, 12, false},
		{"-1", -1, false},
		{"null", -7, false},
		{"9223372036854775807", 9223372036854775807, false},
		{"9223372036854775808", 0, true},
		{"1.5", 0, true},
		{`""`, 0, true},
		{`"many"`, 0, true},
		{"true", 0, true},
		{"[1]", 0, true},
	}
	for _, tt := range tests {
		got := int64(-7)
		err := scan(strings.NewReader(`{"n":`+tt.value+`}`), func(s *scanner, _ []byte) error { return s.integer(&got) })
		var content *contentError
		if tt.fails != errors.As(err, &content) || !tt.fails && (err != nil || got != tt.want) {
			t.Errorf("%s: got %d, %v", tt.value, got, err)
		}
	}
}

// Strings cross the buffer's end at every place when the padding grows.
func TestStringsMayCrossTheBuffer(t *testing.T) {
	t.Parallel()
	const value = `\\\\\"\\\"\u6c38\\`
	for pad := scanBuffer - 40; pad < scanBuffer+4; pad++ {
		text := `{"pad":"` + strings.Repeat("x", pad) + `","k":"` + value + `","k2":"` + value + `"}`
		got := map[string]string{}
		err := scan(strings.NewReader(text), func(s *scanner, key []byte) error {
			if string(key) != "k2" {
				return s.skip()
			}
			var v string
			defer func() { got["k2"] = v }()
			return s.text(&v)
		})
		if diff := cmp.Diff(map[string]string{"k2": `\\"\"永\`}, got); err != nil || diff != "" {
			t.Fatalf("padding %d: %v (-want +got):\n%s", pad, err, diff)
		}
	}
}

func TestEveryStringRoundTrips(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := map[string]string{}
		for _, v := range rapid.SliceOf(rapid.String()).Draw(t, "values") {
			want[fmt.Sprintf("k%d", len(want))] = v
		}
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := texts(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// FuzzScan compares the scanner with encoding/json: what both can read has the
// same meaning, all JSON can be read, and nothing cut can be.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		imagePage, newsPage, fourCounts, `{"errcode":40007,"errmsg":"invalid media_id"}`,
		`{"item":[],"total_count":0,"item_count":0}`, `{"total_count":"3","item_count":0}`,
		"\ufeff{\"a\\u0062\":[{},[],\"\\ud83d\\ude00\",1e5,true,null]} ", "{\"total_count\":1,\"item\":[{\"media_id\":\"a\",\"name\":\"\x01\xff\",\"update_time\":1}]}",
	} {
		f.Add([]byte(seed), uint16(len(seed)/2))
	}
	f.Fuzz(func(t *testing.T, data []byte, cut uint16) {
		page, err := readPage(bytes.NewReader(data), material.Image, 0, false)
		if json.Valid(data) && bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
			mustRead(t, err)
		}
		if err != nil {
			return
		}
		if json.Valid(data) {
			if diff := cmp.Diff(reference(t, data), meaningOf(page.Total, page.Items)); diff != "" {
				t.Errorf("not as encoding/json (-want +got):\n%s", diff)
			}
		}
		whole := bytes.TrimRight(data, " \t\r\n")
		if n := int(cut); n < len(whole) {
			if _, err := readPage(bytes.NewReader(whole[:n]), material.Image, 0, false); err == nil {
				t.Errorf("the first %d of %d bytes were taken for a whole answer", n, len(whole))
			}
		}
	})
}

// mustRead fails when JSON was not read for another reason than our limits.
func mustRead(t *testing.T, err error) {
	t.Helper()
	var syntax *syntaxError
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &syntax) && !strings.Contains(syntax.msg, "more than") {
		t.Errorf("JSON was not read: %v", err)
	}
}

// meaningOf is what of a page has to be the same, however it is read.
func meaningOf(total int, items []material.Item) []string {
	lines := []string{fmt.Sprint(total)}
	for _, i := range items {
		lines = append(lines, fmt.Sprintf("%s %q %d %q", i.ID, i.Name, i.UpdateTime, i.URL))
	}
	return lines
}

// reference reads a page with encoding/json, exact about the case of keys.
func reference(t *testing.T, data []byte) []string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var top map[string]any
	if err := d.Decode(&top); err != nil {
		t.Fatal(err)
	}
	var items []material.Item
	list, _ := top["item"].([]any)
	for _, v := range list {
		m, _ := v.(map[string]any)
		items = append(items, material.Item{
			ID: material.ID(str(m["media_id"])), Name: str(m["name"]), URL: str(m["url"]), UpdateTime: int64(num(m["update_time"])),
		})
	}
	return meaningOf(num(top["total_count"]), items)
}

func str(v any) string {
	s, _ := v.(string)
	return s
}

func num(v any) int {
	n, _ := strconv.Atoi(strings.TrimSpace(fmt.Sprint(v)))
	return n
}
