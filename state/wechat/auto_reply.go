package wechat

import (
	"context"
	"io"
	"net/http"

	"wxkeep/state"
)

const pathAutoReply = "/cgi-bin/get_current_autoreply_info"

// AutoReply searches the automatic replies (自动回复) made on the website.
type AutoReply struct{ client *Client }

var _ state.Searcher = (*AutoReply)(nil)

// NewAutoReply returns a search of the automatic replies over c.
func NewAutoReply(c *Client) *AutoReply { return &AutoReply{c} }

// Place returns [state.PlaceAutoReply].
func (a *AutoReply) Place() string { return state.PlaceAutoReply }

// Search calls get_current_autoreply_info. Replies that are switched off count:
// they may be switched on again.
//
// Source: wechat-api.md section 8.3.
func (a *AutoReply) Search(ctx context.Context) (state.Search, error) {
	var replies []reply
	_, err := a.client.call(ctx, request{
		method: http.MethodGet,
		path:   pathAutoReply,
		limit:  maxFile,
		decode: func(body io.Reader) (err error) {
			replies, err = readReplies(body)
			return err
		},
	})
	if err != nil {
		return state.Search{Place: state.PlaceAutoReply}, err
	}
	d := newDisplay(a.client, state.PlaceAutoReply)
	for _, r := range replies {
		d.add(r.where, r.message)
	}
	return d.search(ctx)
}

// A reply is one automatic reply.
type reply struct {
	where string
	message
}

// The replies that have no rule, in the words of the website.
const (
	onFollow  = "auto_reply/关注后自动回复"
	onMessage = "auto_reply/收到消息回复"
)

// readReplies reads an answer. Any of the three objects may be missing, but not
// all of it.
func readReplies(body io.Reader) ([]reply, error) {
	var replies []reply
	answered := false
	one := func(s *scanner, where string) error {
		if none, err := s.null(); none || err != nil {
			return err
		}
		m, err := readMessage(s)
		if m.kind != "" {
			replies = append(replies, reply{where, m})
		}
		return err
	}
	_, err := readAnswer(body, func(s *scanner, key []byte) error {
		switch string(key) {
		case "is_autoreply_open", "is_add_friend_reply_open":
			answered = true
		case "add_friend_autoreply_info":
			return one(s, onFollow)
		case "message_default_autoreply_info":
			return one(s, onMessage)
		case "keyword_autoreply_info":
			return s.list(func() error {
				more, err := readKeywordRule(s)
				replies = append(replies, more...)
				return err
			})
		}
		return s.skip()
	})
	if err == nil && !answered {
		err = unexpected("nothing about automatic replies, which does not mean that there are none")
	}
	return replies, err
}

// readMessage reads what one reply shows.
func readMessage(s *scanner) (message, error) {
	var m message
	err := s.object(func(key []byte) (err error) {
		switch string(key) {
		case "type":
			return s.text(&m.kind)
		case "content":
			return s.text(&m.value)
		case "news_info":
			m.news, err = readNews(s)
			return err
		}
		return s.skip()
	})
	return m, err
}

// readKeywordRule reads a rule, which may have several replies. One without a
// name goes by its first keyword.
func readKeywordRule(s *scanner) ([]reply, error) {
	var name, keyword string
	var replies []reply
	err := s.object(func(key []byte) error {
		switch string(key) {
		case "rule_name":
			return s.text(&name)
		case "keyword_list_info":
			return s.list(func() error {
				m, err := readMessage(s)
				if keyword == "" {
					keyword = m.value
				}
				return err
			})
		case "reply_list_info":
			return s.list(func() error {
				m, err := readMessage(s)
				replies = append(replies, reply{message: m})
				return err
			})
		}
		return s.skip()
	})
	if name == "" {
		name = keyword
	}
	for i := range replies {
		replies[i].where = "auto_reply/" + name
	}
	return replies, err
}
