package sandbox

import "fmt"

// AutoReplies are the automatic replies (自动回复) of an account, made on the
// website.
type AutoReplies struct {
	AddFriend      *Message      `yaml:"add_friend"`      // to a new follower (关注后自动回复)
	MessageDefault *Message      `yaml:"message_default"` // to any message (收到消息回复)
	Keywords       []KeywordRule `yaml:"keywords"`        // to messages with a keyword
	Off            bool          `yaml:"off"`             // switched off
}

// A KeywordRule is a rule with its replies.
type KeywordRule struct {
	Name     string    `yaml:"name"`
	Keywords []string  `yaml:"keywords"`
	Replies  []Message `yaml:"replies"`
}

// resolved returns the replies with ids in place of names.
func (r *AutoReplies) resolved(s *shelf) (*AutoReplies, *misfit) {
	if r == nil {
		return nil, nil
	}
	out := &AutoReplies{Off: r.Off}
	for key, m := range map[string]struct{ from, to **Message }{
		"add_friend":      {&r.AddFriend, &out.AddFriend},
		"message_default": {&r.MessageDefault, &out.MessageDefault},
	} {
		if *m.from == nil {
			continue
		}
		message := **m.from
		if err := message.resolve(s); err != nil {
			return nil, &misfit{[]any{key}, err}
		}
		*m.to = &message
	}
	for i, rule := range r.Keywords {
		replies := make([]Message, len(rule.Replies))
		for k, m := range rule.Replies {
			if err := m.resolve(s); err != nil {
				return nil, &misfit{[]any{"keywords", i, "replies", k}, err}
			}
			replies[k] = m
		}
		rule.Replies = replies
		out.Keywords = append(out.Keywords, rule)
	}
	return out, nil
}

// messages returns all replies.
func (r *AutoReplies) messages() []Message {
	var all []Message
	if r == nil {
		return nil
	}
	for _, m := range []*Message{r.AddFriend, r.MessageDefault} {
		if m != nil {
			all = append(all, *m)
		}
	}
	for _, rule := range r.Keywords {
		all = append(all, rule.Replies...)
	}
	return all
}

// getAutoReply is GET /cgi-bin/get_current_autoreply_info.
//
// Source: wechat-api.md section 8.3.
func (c *call) getAutoReply() int {
	r := c.account.replies
	if r == nil {
		c.out.WriteString(`{"is_add_friend_reply_open":0,"is_autoreply_open":0}`)
		return 0
	}
	open := 1
	if r.Off {
		open = 0
	}
	c.showing = true
	fmt.Fprintf(c.out, `{"is_add_friend_reply_open":%d,"is_autoreply_open":%[1]d`, open)
	for _, m := range []struct {
		key     string
		message *Message
	}{{"add_friend_autoreply_info", r.AddFriend}, {"message_default_autoreply_info", r.MessageDefault}} {
		if m.message != nil {
			c.out.WriteString(`,"` + m.key + `":`)
			c.writeReply(*m.message)
		}
	}
	if len(r.Keywords) > 0 {
		c.out.WriteString(`,"keyword_autoreply_info":{"list":[`)
		for i, rule := range r.Keywords {
			if i > 0 {
				c.out.WriteByte(',')
			}
			c.writeRule(rule)
		}
		c.out.WriteString(`]}`)
	}
	c.out.WriteByte('}')
	return 0
}

func (c *call) writeReply(m Message) {
	c.out.WriteByte('{')
	writeField(c.out, "type", c.shownAs(m))
	c.writeShown("content", m)
	c.out.WriteByte('}')
}

func (c *call) writeRule(rule KeywordRule) {
	c.out.WriteByte('{')
	c.writeText("rule_name", rule.Name)
	writeNumber(c.out, "create_time", c.now.Unix())
	writeField(c.out, "reply_mode", "reply_all")
	c.out.WriteString(`,"keyword_list_info":[`)
	for i, word := range rule.Keywords {
		if i > 0 {
			c.out.WriteByte(',')
		}
		c.out.WriteString(`{"type":"text","match_mode":"contain"`)
		c.writeText("content", word)
		c.out.WriteByte('}')
	}
	c.out.WriteString(`],"reply_list_info":[`)
	for i, m := range rule.Replies {
		if i > 0 {
			c.out.WriteByte(',')
		}
		c.writeReply(m)
	}
	c.out.WriteString(`]}`)
}
