package wechat

import (
	"bytes"
	"io"
	"net/http"
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
