package notify

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"wxkeep/reconcile/plan"
)

// used is how much of a service's limit a body takes, by the service's own count.
func used(t *testing.T, service Service, body []byte) (took, limit int) {
	t.Helper()
	switch service {
	case WeCom:
		var b struct{ Markdown struct{ Content string } }
		if err := json.Unmarshal(body, &b); err != nil {
			t.Fatal(err)
		}
		return len(b.Markdown.Content), 4096
	case DingTalk:
		return len(body), 20_000
	case Feishu:
		return len(body), 20_000
	case Slack, Webhook:
	}
	var b struct {
		Blocks []struct{ Text struct{ Text string } }
	}
	if err := json.Unmarshal(body, &b); err != nil {
		t.Fatal(err)
	}
	if header := len([]rune(b.Blocks[0].Text.Text)); header > 150 {
		t.Errorf("a header of %d characters", header)
	}
	if len(body) > 40_000 {
		t.Errorf("a message of %d bytes", len(body))
	}
	return len(utf16.Encode([]rune(b.Blocks[1].Text.Text))), 3000
}

// packed is the body of a message with so many lines of one character, and a last
// one of so many. The character takes bytes, and more in a pair of JavaScript.
func packed(service Service, lines, last int, sign string) []byte {
	m := message{title: "wxkeep plan: 1 to delete", link: "https://ci.example/runs/7"}
	for range lines {
		m.lines = append(m.lines, sign)
	}
	m.lines = append(m.lines, strings.Repeat("x", last))
	switch service {
	case WeCom:
		return wecom(m)
	case DingTalk:
		return dingtalk(m)
	case Feishu:
		return feishu(m, "1795436731", "TIF5xQZ4WlbWegE3voYkBL42fS+F4gTvmCMcRK+QjCA=")
	case Slack, Webhook:
	}
	return slack(m)
}

// TestMessagesFillTheirServicesLimits finds, for each service, the longest message
// that is sent whole, and that one character more leaves a line out.
func TestMessagesFillTheirServicesLimits(t *testing.T) {
	t.Parallel()
	for _, service := range []Service{WeCom, DingTalk, Feishu, Slack} {
		for _, sign := range []string{"x", "中", "😀"} {
			t.Run(fmt.Sprintf("%s %s", service, sign), func(t *testing.T) {
				t.Parallel()
				empty, limit := used(t, service, packed(service, 100, 0, sign))
				last := limit - empty
				whole := packed(service, 100, last, sign)
				if took, _ := used(t, service, whole); took != limit || strings.Contains(string(whole), "more lines") {
					t.Errorf("a message of %d is not sent whole: it takes %d of %d", limit, took, limit)
				}
				short := packed(service, 100, last+1, sign)
				if took, _ := used(t, service, short); took > limit || !strings.Contains(string(short), "… and 1 more lines: see the plan") {
					t.Errorf("a message of %d takes %d of %d:\n%s", limit+1, took, limit, short)
				}
				if !strings.Contains(string(short), "https://ci.example/runs/7") {
					t.Errorf("the link is gone:\n%s", short)
				}
			})
		}
	}
}

// TestThousandsOfAccountsFit has more to say than any chat takes.
func TestThousandsOfAccountsFit(t *testing.T) {
	t.Parallel()
	p := &plan.Plan{}
	for i := range 2_000 {
		p.Accounts = append(p.Accounts, plan.Account{Name: fmt.Sprintf("account-%d", i), Status: plan.Denied, Error: strings.Repeat("中", 400)})
	}
	for service := range taken {
		run := Run{Command: "plan", Plan: p, Link: "https://ci.example/" + strings.Repeat("x", 900)}
		r := receive(t, taken[service])
		if errs := sender().Send(t.Context(), []Channel{channel(service, r.URL, p)}, run); errs != nil {
			t.Fatal(errs)
		}
		_, bodies := r.got()
		if service == Webhook {
			if names := accountsIn(t, bodies[0]); len(names) != 2_000 {
				t.Errorf("the document has %d accounts", len(names))
			}
			continue
		}
		if took, limit := used(t, service, bodies[0]); took > limit || took < limit/2 {
			t.Errorf("%s: the message takes %d of %d", service, took, limit)
		}
		for _, part := range []string{"2000 accounts failed", "account-0", "more lines: see the plan", "https://ci.example/"} {
			if !strings.Contains(string(bodies[0]), part) {
				t.Errorf("%s: %q is not in the message", service, part)
			}
		}
	}
}
