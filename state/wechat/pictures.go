package wechat

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"wxkeep/state"
	"wxkeep/state/material"
)

// Pictures fetches images from the URLs that batchget_material lists, which costs
// no quota. A request goes to WeChat's image hosts alone, over https, and has no
// token, no cookie and no referrer; a redirect is not followed. An endpoint on
// loopback is a pretend account's, which serves its own images.
type Pictures struct {
	config Config
	own    string // the endpoint that serves the images itself; empty for none

	mu    sync.Mutex
	wires map[string]*wire // by host
}

// NewPictures returns what fetches images over the connections of c.
func NewPictures(c *Client) *Pictures {
	p := &Pictures{config: c.wire.config, wires: map[string]*wire{}}
	if u, err := url.Parse(c.wire.endpoints[0]); err == nil && loopback(u.Hostname()) {
		p.own = c.wire.endpoints[0]
	}
	return p
}

// Picture fetches the image at address: any bytes that came with status 200, of
// at most 32 MiB. An address that is not of WeChat's image hosts is
// [state.ErrItem].
//
// Source: wechat-api.md sections 2.2 and 8.6.
func (p *Pictures) Picture(ctx context.Context, address string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || material.URLKey(address) == "" || u.User != nil || u.Port() != "" {
		return nil, fmt.Errorf("%w: its URL is not of WeChat's image hosts, such as mmbiz.qpic.cn", state.ErrItem)
	}
	w, err := p.wire(u.Hostname())
	if err != nil {
		return nil, err
	}
	var picture []byte
	_, err = w.do(ctx, request{
		method: http.MethodGet,
		path:   u.EscapedPath(),
		query:  u.Query(),
		limit:  maxFile,
		decode: func(body io.Reader) (err error) {
			picture, err = io.ReadAll(body)
			return err
		},
	}, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("image URL: %w", err)
	}
	return picture, nil
}

// wire returns what calls a host.
func (p *Pictures) wire(host string) (*wire, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.wires[host]; w != nil {
		return w, nil
	}
	config := p.config
	config.Endpoint, config.Others = "https://"+host, nil
	if p.own != "" {
		config.Endpoint = p.own
	}
	w, err := newWire(config)
	if err == nil {
		p.wires[host] = w
	}
	return w, err
}
