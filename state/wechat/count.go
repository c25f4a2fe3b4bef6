package wechat

import (
	"context"
	"io"
	"net/http"
	"strings"

	"wxkeep/state"
	"wxkeep/state/material"
)

const pathCount = "/cgi-bin/material/get_materialcount"

// A Reader reads an account's material and changes nothing.
type Reader struct {
	client     *Client
	unsearched bool // news is not searched for uses
}

var _ state.Lister = (*Reader)(nil)

// NewReader returns a reader over c.
func NewReader(c *Client) *Reader { return &Reader{client: c} }

// Unsearched returns a reader that does not look for what news uses: its HTML
// is skipped as it streams.
func (r *Reader) Unsearched() *Reader { return &Reader{client: r.client, unsearched: true} }

// Counts calls get_materialcount. An answer that lacks one of the four counts
// is [state.ErrStop].
//
// Source: wechat-api.md section 2.3.
func (r *Reader) Counts(ctx context.Context) (state.Counts, error) {
	var counts state.Counts
	_, err := r.client.call(ctx, request{
		method: http.MethodGet,
		path:   pathCount,
		limit:  maxSmall,
		decode: func(body io.Reader) (err error) {
			counts, err = readCounts(body)
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	return counts, nil
}

func readCounts(body io.Reader) (state.Counts, error) {
	counts := state.Counts{}
	_, err := readAnswer(body, func(s *scanner, key []byte) error {
		name, ok := strings.CutSuffix(string(key), "_count")
		t, err := material.ParseType(name)
		if !ok || err != nil {
			return s.skip()
		}
		n := int64(-1)
		if err := s.integer(&n); err != nil {
			return err
		}
		counts[t] = int(n)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, t := range material.Types() {
		if n, ok := counts[t]; !ok || n < 0 {
			return nil, unexpected("no %s_count", t)
		}
	}
	return counts, nil
}
