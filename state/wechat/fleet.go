package wechat

import (
	"context"
	"fmt"
	"io"

	"wxkeep/state"
)

// fleetPage is the most accounts that api_get_authorizer_list gives at once.
const fleetPage = 500

// A fleet is the accounts that have authorised a platform, as far as the list was
// read. What it gives is given once: whoever asks again holds a token that was
// refused or has been renewed since, and gets one of a new list.
//
// Source: wechat-api.md section 4.
type fleet struct {
	turn   chan struct{} // held by whoever reads
	tokens map[string]string
	next   int // offset of the page that comes next
}

func newFleet() fleet { return fleet{turn: make(chan struct{}, 1), tokens: map[string]string{}} }

// take returns the refresh token of an account.
func (f *fleet) take(ctx context.Context, c *Component, appid string) (string, error) {
	select {
	case f.turn <- struct{}{}:
	case <-ctx.Done():
		return "", fmt.Errorf("waiting for the list of authorised accounts: %w", ctx.Err())
	}
	defer func() { <-f.turn }()
	if token, ok := f.pop(appid); ok {
		return token, nil
	}
	for begun := f.next == 0; ; begun = true {
		token, ok, err := f.search(ctx, c, appid)
		switch {
		case ok || err != nil:
			return token, err
		case begun:
			return "", fmt.Errorf("%w: %s is not among the accounts that have authorised the platform %s: have its administrator authorise it",
				state.ErrCredential, appid, c.appid)
		}
	}
}

func (f *fleet) pop(appid string) (string, bool) {
	token, ok := f.tokens[appid]
	delete(f.tokens, appid)
	return token, ok
}

// search reads the list from where it stands until the account comes, or to its
// end.
func (f *fleet) search(ctx context.Context, c *Component, appid string) (string, bool, error) {
	for {
		page, err := c.authorizers(ctx, f.next)
		if err != nil {
			return "", false, err
		}
		for _, a := range page.accounts {
			f.tokens[a.appid] = a.refresh
		}
		f.next += len(page.accounts)
		if len(page.accounts) == 0 || f.next >= page.total {
			f.next = 0
		}
		if token, ok := f.pop(appid); ok || f.next == 0 {
			return token, ok, nil
		}
	}
}

// An authorized account, as it is listed.
type authorized struct{ appid, refresh string }

type authorizedPage struct {
	total    int
	accounts []authorized
}

// authorizers calls api_get_authorizer_list.
func (c *Component) authorizers(ctx context.Context, offset int) (page authorizedPage, err error) {
	body := struct {
		Component string `json:"component_appid"`
		Offset    int    `json:"offset"`
		Count     int    `json:"count"`
	}{c.appid, offset, fleetPage}
	_, err = c.call(ctx, pathAuthorizerList, body, nil, func(body io.Reader) (err error) {
		page, err = readAuthorizers(body)
		return err
	})
	return page, err
}

func readAuthorizers(body io.Reader) (authorizedPage, error) {
	var page authorizedPage
	total, listed := int64(-1), false
	_, err := readAnswer(body, func(s *scanner, key []byte) error {
		switch string(key) {
		case "total_count":
			return s.integer(&total)
		case "list":
			listed = true
			return s.list(func() error {
				a, err := readAuthorized(s)
				page.accounts = append(page.accounts, a)
				return err
			})
		}
		return s.skip()
	})
	switch {
	case err != nil:
		return authorizedPage{}, err
	case total < 0 || !listed:
		return authorizedPage{}, unexpected("no total_count or no list")
	}
	page.total = int(total)
	return page, nil
}

func readAuthorized(s *scanner) (a authorized, err error) {
	err = s.object(func(key []byte) error {
		switch string(key) {
		case "authorizer_appid":
			return s.text(&a.appid)
		case "refresh_token":
			return s.text(&a.refresh)
		}
		return s.skip()
	})
	if err == nil && (a.appid == "" || a.refresh == "") {
		err = unexpected("an account without authorizer_appid or refresh_token")
	}
	return a, err
}
