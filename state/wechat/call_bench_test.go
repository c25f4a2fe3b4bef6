package wechat

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"runtime"
	"testing"

	"wxkeep/state"
	"wxkeep/state/material"
)

// A canned round trip answers every request with the same body: what is left is
// what a call costs besides the network.
type canned []byte

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(c)), Request: r}, nil
}

func BenchmarkCall(b *testing.B) {
	client, err := New(Config{Token: fixed(testToken), HTTP: canned(bigImages(b))})
	if err != nil {
		b.Fatal(err)
	}
	r := NewReader(client)
	b.ReportAllocs()
	for b.Loop() {
		if page, err := r.Page(b.Context(), material.Image, 0, state.PageSize); err != nil || len(page.Items) != state.PageSize {
			b.Fatal(len(page.Items), err)
		}
	}
}

// BenchmarkPageByEncodingJSON is what the scanner is compared with.
func BenchmarkPageByEncodingJSON(b *testing.B) {
	type row struct {
		ID      string `json:"media_id"`
		Name    string
		URL     string
		Updated int64 `json:"update_time"`
		Content struct {
			News []struct {
				Title, Content string
				Thumb          string `json:"thumb_media_id"`
			} `json:"news_item"`
		}
	}
	for typ, page := range map[material.Type][]byte{material.News: bigNews(b), material.Image: bigImages(b)} {
		b.Run(string(typ), func(b *testing.B) {
			b.SetBytes(int64(len(page)))
			b.ReportAllocs()
			for b.Loop() {
				var answer struct{ Item []row }
				if err := json.NewDecoder(bytes.NewReader(page)).Decode(&answer); err != nil || len(answer.Item) != state.PageSize {
					b.Fatal(len(answer.Item), err)
				}
			}
		})
	}
}

// readCost reads a page some times, and returns the allocations and bytes of one. The
// first times make what is used again.
func readCost(t *testing.T, typ material.Type, page []byte) (allocations float64, bytesEach uint64) {
	t.Helper()
	const times = 20
	once := func() {
		if got, err := readPage(bytes.NewReader(page), typ, 0, false); err != nil || len(got.Items) != state.PageSize {
			t.Fatal(len(got.Items), err)
		}
	}
	once()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range times {
		once()
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / times, (after.TotalAlloc - before.TotalAlloc) / times
}

// TestAPageCostsNoMoreThanItsItems counts what the whole process allocates, and is
// therefore not parallel. The race detector makes a pool forget at random.
func TestAPageCostsNoMoreThanItsItems(t *testing.T) {
	allocations, size := readCost(t, material.Image, bigImages(t))
	if allocations >= state.PageSize {
		t.Errorf("%.1f allocations for a page of %d images, want less than one an item", allocations, state.PageSize)
	}
	if most := uint64(3 * scanBuffer); size > most {
		t.Errorf("%d bytes for a page of images, want at most %d", size, most)
	}
	page := bigNews(t)
	if _, size := readCost(t, material.News, page); size > uint64(len(page))/4 {
		t.Errorf("%d bytes to read a page of %d bytes of news: its articles were held", size, len(page))
	}
}
