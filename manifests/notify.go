package manifests

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// A Channel is a place to which a run sends one message.
type Channel struct {
	Service  string   // wecom, feishu, dingtalk, slack or webhook
	URL      *Secret  // of the service's webhook, which holds a key
	Sign     *Secret  // of feishu and dingtalk: the key of the signature; nil for none
	On       []string // what a message is sent about, in the order of [Events]; never empty
	Position Position
}

// services are those that a channel can be of: one is its key.
var services = []string{"wecom", "feishu", "dingtalk", "slack", "webhook"}

// signed are the services whose robots check a signature.
var signed = []string{"feishu", "dingtalk"}

var channelKeys = append(slices.Clone(services), "on", "sign")

// Events returns what a message can be sent about: something is to be deleted,
// a guard blocks it, something failed, something was deleted.
func Events() []string { return []string{"due", "blocked", "failed", "done"} }

// usualEvents are sent unless a channel says otherwise.
func usualEvents() []string { return Events()[:3] }

// notify reads where messages about runs are sent. None of its messages quotes
// what is written there, but for on: a webhook's URL is a secret.
func (w *walker) notify(n *yaml.Node) []Channel {
	quiet := *w
	quiet.mute = true
	items, _ := quiet.list(n, "notify")
	var channels []Channel
	for _, item := range items {
		m, ok := quiet.mapping(item, "notify", channelKeys)
		if !ok {
			continue
		}
		c := Channel{Position: w.position(item), On: usualEvents()}
		quiet.webhook(&m, &c)
		if v := m.value("on"); v != nil {
			c.On = w.events(v)
		}
		channels = append(channels, c)
	}
	return channels
}

// webhook reads of which service a channel is, and its secrets.
func (w *walker) webhook(m *mapping, c *Channel) {
	written := 0
	for _, service := range services {
		if m.has(service) {
			written++
			c.Service, c.URL = service, w.optionalSecret(m, service)
		}
	}
	switch {
	case written != 1:
		w.errorf(m.node, "notify: want exactly one of %s", alternatives(services))
	case m.has("sign") && !slices.Contains(signed, c.Service):
		w.errorf(m.keyNode("sign"), "sign: only %s check a signature; delete it", both(signed))
	default:
		c.Sign = w.optionalSecret(m, "sign")
	}
}

// both joins two words with an "and".
func both(words []string) string { return words[0] + " and " + words[1] }

// events reads what a message is sent about.
func (w *walker) events(n *yaml.Node) []string {
	items, _ := w.filledList(n, "on")
	var given []string
	for _, item := range items {
		s, ok := w.choice(item, "on", Events()...)
		switch {
		case !ok:
		case slices.Contains(given, s):
			w.errorf(item, "on: %q is there twice", s)
		default:
			given = append(given, s)
		}
	}
	return slices.DeleteFunc(Events(), func(e string) bool { return !slices.Contains(given, e) })
}

func channelTexts(channels []Channel) []string {
	var texts []string
	for _, c := range channels {
		texts = append(texts, c.text())
	}
	return texts
}

// text returns the channel as a manifest writes it.
func (c Channel) text() string {
	on := ""
	if !slices.Equal(c.On, usualEvents()) {
		on = "[" + strings.Join(c.On, ", ") + "]"
	}
	return flow(pair{c.Service, c.URL.text()}, pair{"sign", c.Sign.text()}, pair{"on", on})
}
