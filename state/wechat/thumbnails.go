package wechat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"wxkeep/state/material"
)

// Thumbnails fetches pictures from WeChat's image hosts, which serve them to
// everybody: no token and no cookie goes with a request, no redirect is
// followed, and no other host is called.
type Thumbnails struct {
	http        *http.Client
	parallelism int
	stand       string // the base URL that stands for the image hosts; empty for themselves
	large       sync.Mutex
}

// NewThumbnails returns a fetcher of at most parallelism pictures at once, or
// [DefaultParallelism] with 0. endpoint is the API's base URL: where that is on
// loopback, it is a pretend account's, which serves its pictures there, too.
func NewThumbnails(transport http.RoundTripper, endpoint string, parallelism int) *Thumbnails {
	p := &Thumbnails{
		parallelism: parallelism,
		http: &http.Client{
			Transport:     transport,
			Timeout:       pictureTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	if parallelism <= 0 {
		p.parallelism = DefaultParallelism
	}
	if u, err := url.Parse(endpoint); err == nil && loopback(u.Hostname()) {
		p.stand = strings.TrimRight(endpoint, "/")
	}
	return p
}

const (
	pictureTimeout = 20 * time.Second
	maxPicture     = 10 << 20 // WeChat takes no larger image (wechat-api.md section 2.5)
	// patience is how many requests in a row may get no answer before the rest
	// is not tried: the hosts are out of reach.
	patience = 16
)

// Fetch fetches the pictures at addresses, which are URLs as
// [material.URLKey] takes them, and returns each as a JPEG of at most side
// pixels, by that key. A picture that cannot be had is not among them; err then
// says of how many that is so, and why of one. done hears how many are finished.
func (p *Thumbnails) Fetch(ctx context.Context, addresses []string, side int, done func(n int)) (map[string][]byte, error) {
	found := map[string][]byte{}
	var mu sync.Mutex
	var first error
	finished, silent := 0, 0
	var g errgroup.Group
	g.SetLimit(p.parallelism)
	for _, address := range addresses {
		g.Go(func() error {
			mu.Lock()
			tired := silent >= patience
			mu.Unlock()
			b, err := []byte(nil), errUnreached
			if !tired {
				b, err = p.thumbnail(ctx, address, side)
			}
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				found[material.URLKey(address)] = b
			} else if first == nil {
				first = err
			}
			if silent++; answered(err) {
				silent = 0
			}
			finished++
			done(finished)
			return nil
		})
	}
	_ = g.Wait() // a picture that is not there is no failure
	if first != nil {
		first = fmt.Errorf("%d of %d pictures could not be had, the first: %s", len(addresses)-len(found), len(addresses), plainText(first, nil))
	}
	return found, first
}

var errUnreached = errors.New("the hosts of pictures are out of reach")

// answered reports whether an error came from an answer.
func answered(err error) bool {
	_, transport := errors.AsType[*url.Error](err)
	return !transport && !errors.Is(err, errUnreached)
}

// thumbnail fetches a picture in the smallest size that suffices and is there.
func (p *Thumbnails) thumbnail(ctx context.Context, address string, side int) ([]byte, error) {
	var b []byte
	var err error
	for _, size := range []int{300, 0} {
		if b, err = p.fetch(ctx, material.ImageURL(address, size)); err == nil || !answered(err) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	return p.shrink(b, side)
}

func (p *Thumbnails) fetch(ctx context.Context, address string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, errors.New("its address is not one of WeChat's image hosts")
	}
	if p.stand != "" {
		address = p.stand + u.EscapedPath()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := p.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: HTTP status %d", u.Host, resp.StatusCode)
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxPicture+1))
	if err == nil && len(b) > maxPicture {
		err = fmt.Errorf("%s: a picture of more than %d bytes", u.Host, maxPicture)
	}
	return b, err
}
