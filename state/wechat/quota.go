package wechat

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"time"

	"wxkeep/state"
)

const pathQuota = "/cgi-bin/openapi/quota/get"

// Quota calls quota/get for the quota of path, such as
// /cgi-bin/material/del_material. Once a call of that path is refused with 45011,
// its calls keep to the rate that this told.
//
// It is a call that nothing depends on: a failed one is tried at most once more,
// and a refused token is not renewed for it. Through cloud call it cannot be
// made, and is [state.ErrNotGranted] without being tried. 76021 and 76022, a path
// that WeChat does not count, are [state.ErrItem].
//
// Source: wechat-api.md section 6; row 9 of section 12 says where rate_limit may
// stand.
func (r *Reader) Quota(ctx context.Context, path string) (state.Quota, error) {
	if r.client.wire.config.Way == CloudRun {
		return state.Quota{}, fmt.Errorf("%s: %w: it cannot be called through cloud call", pathQuota, state.ErrNotGranted)
	}
	var quota state.Quota
	_, err := r.client.call(ctx, request{
		method:   http.MethodPost,
		path:     pathQuota,
		limit:    maxSmall,
		optional: true,
		body: struct {
			Path string `json:"cgi_path"`
		}{path},
		decode: func(body io.Reader) (err error) {
			quota, err = readQuota(body)
			return err
		},
	})
	if err != nil {
		return state.Quota{}, err
	}
	if quota.Rate.Known() {
		r.client.Paced(path, quota.Rate)
	}
	return quota, nil
}

// readQuota reads an answer. What is left follows from the rest where it is not
// said; without a limit nothing is known.
func readQuota(body io.Reader) (state.Quota, error) {
	q := quotaReader{limit: unsaid, used: unsaid, left: unsaid}
	_, err := readAnswer(body, func(s *scanner, key []byte) error {
		if string(key) != "quota" {
			return q.readRate(s, key)
		}
		return q.object(s, func(key []byte) error { return q.readDay(s, key) })
	})
	switch {
	case err != nil:
		return state.Quota{}, err
	case q.limit <= 0 || q.left == unsaid && q.used == unsaid:
		return state.Quota{}, unexpected("no daily_limit, or neither remain nor used")
	case q.left == unsaid:
		q.left = q.limit - q.used
	case q.used == unsaid:
		q.used = q.limit - q.left
	}
	return state.Quota{Limit: int(q.limit), Used: int(max(0, q.used)), Left: int(max(0, q.left)), Rate: q.rate}, nil
}

// unsaid is a number that an answer does not have. WeChat may tell of less than
// nothing left.
const unsaid = math.MinInt64

// longestWindow bounds a refresh_second that cannot be meant.
const longestWindow = 24 * 60 * 60

// A quotaReader is what an answer was found to say.
type quotaReader struct {
	limit, used, left int64
	rate              state.Rate // the strictest
}

func (q *quotaReader) readDay(s *scanner, key []byte) error {
	switch string(key) {
	case "daily_limit":
		return s.integer(&q.limit)
	case "used":
		return s.integer(&q.used)
	case "remain":
		return s.integer(&q.left)
	}
	return q.readRate(s, key)
}

// readRate reads a limit in a short time, the account's or the platform's; both
// hold.
func (q *quotaReader) readRate(s *scanner, key []byte) error {
	if k := string(key); k != "rate_limit" && k != "component_rate_limit" {
		return s.skip()
	}
	var calls, seconds int64
	err := q.object(s, func(key []byte) error {
		switch string(key) {
		case "call_count":
			return s.integer(&calls)
		case "refresh_second":
			return s.integer(&seconds)
		}
		return s.skip()
	})
	q.rate = q.rate.Stricter(state.Rate{Calls: int(calls), Window: time.Duration(min(seconds, longestWindow)) * time.Second})
	return err
}

// object reads an object, or nothing where it is null.
func (q *quotaReader) object(s *scanner, each func(key []byte) error) error {
	if none, err := s.null(); none || err != nil {
		return err
	}
	return s.object(each)
}
