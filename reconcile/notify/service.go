package notify

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf16"
)

// A Service is who takes a message. Manifests have these words.
type Service string

// The services.
const (
	WeCom    Service = "wecom"    // 企业微信, a group's robot
	Feishu   Service = "feishu"   // 飞书, or Lark, a custom bot
	DingTalk Service = "dingtalk" // 钉钉, a custom robot
	Slack    Service = "slack"    // an incoming webhook
	Webhook  Service = "webhook"  // anything that takes a [Document]
)

// The limits of the services; doc.go names their sources.
const (
	wecomContent = 4096   // bytes of the content
	feishuBody   = 20_000 // bytes of the body: the documentation says 20 KB
	dingtalkBody = 20_000 // bytes of the body
	slackHeader  = 150    // characters
	slackSection = 3000   // characters
	webhookText  = 20_000 // bytes: our own
	openText     = "Open the run"
	feishuLocale = "zh_cn" // the language that a client falls back to
)

// write returns v as JSON, with the signs <, > and & as they are.
func write(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("notify: a body is not JSON: " + err.Error()) // only strings, numbers, times and booleans
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

type object map[string]any

// markdown returns the message under a heading.
func (m message) markdown(heading, lineEnd string) string {
	parts := append([]string{heading}, m.lines...)
	if m.link != "" {
		parts = append(parts, "["+openText+"]("+m.link+")")
	}
	return strings.Join(parts, lineEnd)
}

// wecom returns Markdown: lines end where they end.
func wecom(m message) []byte {
	content := func(m message) string { return m.markdown("**"+m.title+"**", "\n") }
	m = m.fit(wecomContent, func(m message) int { return len(content(m)) })
	return write(object{"msgtype": "markdown", "markdown": object{"content": content(m)}})
}

// dingtalk returns Markdown: an empty line ends a line.
func dingtalk(m message) []byte {
	body := func(m message) []byte {
		text := m.markdown("#### "+m.title, "\n\n")
		return write(object{"msgtype": "markdown", "markdown": object{"title": m.title, "text": text}})
	}
	return body(m.fit(dingtalkBody, func(m message) int { return len(body(m)) }))
}

// A feishuPost is a message of lines, each of which is a list of tagged pieces.
type feishuPost struct {
	Timestamp string `json:"timestamp,omitempty"`
	Sign      string `json:"sign,omitempty"`
	Type      string `json:"msg_type"`
	Content   object `json:"content"`
}

// feishu returns a post: its texts know no markup.
func feishu(m message, timestamp, sign string) []byte {
	body := func(m message) []byte {
		lines := [][]object{}
		for _, line := range m.lines {
			lines = append(lines, []object{{"tag": "text", "text": line}})
		}
		if m.link != "" {
			lines = append(lines, []object{{"tag": "a", "text": openText, "href": m.link}})
		}
		return write(feishuPost{timestamp, sign, "post", object{"post": object{feishuLocale: object{"title": m.title, "content": lines}}}})
	}
	return body(m.fit(feishuBody, func(m message) int { return len(body(m)) }))
}

// slack returns blocks of plain text, in which nothing is a mention, and one with
// the link. Its text is what a phone shows before the message is opened.
func slack(m message) []byte {
	m = m.fit(slackSection, func(m message) int { return units(strings.Join(m.lines, "\n")) })
	blocks := []object{
		{"type": "header", "text": plain(cut(m.title, slackHeader))},
		{"type": "section", "text": plain(strings.Join(m.lines, "\n"))},
	}
	if m.link != "" {
		link := object{"type": "mrkdwn", "text": "<" + escape(m.link) + "|" + openText + ">", "verbatim": true}
		blocks = append(blocks, object{"type": "context", "elements": []object{link}})
	}
	return write(object{"text": m.title, "blocks": blocks})
}

func plain(text string) object { return object{"type": "plain_text", "text": text, "emoji": false} }

// escape writes what Slack reads as its own: of a link only & is left.
func escape(link string) string { return strings.ReplaceAll(link, "&", "&amp;") }

// units counts as JavaScript does, which is never less than characters.
func units(s string) int { return len(utf16.Encode([]rune(s))) }
