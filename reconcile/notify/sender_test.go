package notify

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func texts(errs []error) []string {
	var all []string
	for _, err := range errs {
		all = append(all, err.Error())
	}
	return all
}

// closed is a URL at which nobody listens.
func closed(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return "http://" + l.Addr().String()
}

// TestWhatIsNotSentIsToldWithoutTheKey holds every error, and that none has a part
// of the URL's key or of the signature's.
func TestWhatIsNotSentIsToldWithoutTheKey(t *testing.T) {
	t.Parallel()
	const signKey = "SEC-3fK8pQ0aVd"
	path := "/services/T0/" + key + "?access_token=" + key + "&x=%2F"
	echo := "no " + path + " and " + key[3:] + " and " + signKey[4:] + " <!channel>"
	answers := func(status int, body string) func(*testing.T) string {
		return func(t *testing.T) string {
			return receive(t, reply{status, body, http.Header{"Location": {"https://evil.example/" + key}}}).URL
		}
	}
	tests := map[string]struct {
		service Service
		url     func(*testing.T) string
		want    string
	}{
		"a host that is not there": {Slack, func(*testing.T) string { return "https://" + key + ".invalid" }, "its host is not found"},
		"nobody listens":           {WeCom, closed, "connection refused"},
		"a certificate of nobody": {Webhook, func(t *testing.T) string {
			s := httptest.NewUnstartedServer(http.NotFoundHandler())
			s.Config.ErrorLog = quietLog
			s.StartTLS()
			t.Cleanup(s.Close)
			return s.URL
		}, "its certificate is not trusted; --ca-file trusts more"},
		"no TLS": {Feishu, func(t *testing.T) string {
			return strings.Replace(receive(t, taken[Feishu]).URL, "http:", "https:", 1)
		}, "no connection, or it was cut"},
		"a connection that is cut": {WeCom, func(t *testing.T) string {
			s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
			t.Cleanup(s.Close)
			return s.URL
		}, "no connection, or it was cut"},
		"an answer that is cut": {WeCom, func(t *testing.T) string {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "100")
				_, _ = fmt.Fprint(w, `{"errcode":0`)
			}))
			t.Cleanup(s.Close)
			return s.URL
		}, "no connection, or it was cut"},
		"no URL":                      {WeCom, func(*testing.T) string { return key }, errURL.Error()},
		"a URL that cannot be read":   {WeCom, func(*testing.T) string { return "https://" + key + "\x7f:%" }, errURL.Error()},
		"http over the network":       {Webhook, func(*testing.T) string { return "http://192.0.2.1" }, errURL.Error()},
		"a robot that is gone":        {WeCom, answers(200, `{"errcode":93000,"errmsg":"`+echo+`"}`), "refused with code 93000: no REDACTED and REDACTED and REDACTED ＜!channel＞"},
		"a wrong signature":           {DingTalk, answers(200, `{"errcode":310000,"errmsg":"sign not match"}`), "refused with code 310000: sign not match"},
		"a wrong signature, Feishu":   {Feishu, answers(200, `{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}`), "refused with code 19021: sign match fail or timestamp is not within one hour from current time"},
		"another service's answer":    {Feishu, answers(200, "<html>"+key), "the answer is not the service's: is the URL that of its robot?"},
		"Slack says why":              {Slack, answers(404, "no_service "+echo), "HTTP 404: no_service no REDACTED and REDACTED and REDACTED ＜!channel＞"},
		"a webhook's text is its own": {Webhook, answers(403, echo), "HTTP 403 Forbidden"},
		"a redirect is not followed":  {Webhook, answers(307, ""), "HTTP 307 Temporary Redirect"},
		"a server in trouble":         {DingTalk, answers(500, echo), "HTTP 500 Internal Server Error"},
		"too many calls":              {Slack, answers(429, "rate_limited"), "HTTP 429: rate_limited"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := planned()
			c := channel(test.service, test.url(t)+path, p)
			c.Sign = signKey
			got := texts(sender().Send(t.Context(), []Channel{c}, Run{Command: "plan", Plan: p}))
			if diff := cmp.Diff([]string{c.Name + ": " + test.want}, got); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			for at := 0; at+tellingPart <= len(key); at++ {
				if all := strings.Join(got, " "); strings.Contains(all, key[at:at+tellingPart]) {
					t.Fatalf("a part of the key is in %q", all)
				}
			}
		})
	}
}

func TestAChannelIsPrintedWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	c := Channel{Service: DingTalk, URL: "https://x/" + key, Sign: key, Name: "dingtalk (file x)"}
	got := fmt.Sprintf("%v %+v %#v %s", c, c, []Channel{c}, &c)
	if strings.Contains(got, key) {
		t.Errorf("printed: %s", got)
	}
}

func TestAMessageIsTriedAgain(t *testing.T) {
	t.Parallel()
	busy := func(body string) reply { return reply{200, body, nil} }
	tests := map[string]struct {
		service Service
		replies []reply
		tries   int
		want    []string
	}{
		"after trouble on the server":        {WeCom, []reply{{500, "", nil}, {502, "", nil}, taken[WeCom]}, 3, nil},
		"after Feishu's full hour":           {Feishu, []reply{busy(`{"code":11232,"msg":"frequency limited"}`), taken[Feishu]}, 2, nil},
		"after too many, and not after long": {Slack, []reply{{429, "", http.Header{"Retry-After": {"0"}}}, taken[Slack]}, 2, nil},
		"not for ever":                       {DingTalk, []reply{busy(`{"errcode":-1,"errmsg":"busy"}`)}, 3, []string{"dingtalk (environment variable HOOK): refused with code -1: busy"}},
		"not after a refusal":                {WeCom, []reply{busy(`{"errcode":93000,"errmsg":"gone"}`), taken[WeCom]}, 1, []string{"wecom (environment variable HOOK): refused with code 93000: gone"}},
		"not after a mistake in the message": {Slack, []reply{{400, "invalid_blocks", nil}, taken[Slack]}, 1, []string{"slack (environment variable HOOK): HTTP 400: invalid_blocks"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := receive(t, test.replies...)
			p := planned()
			got := texts(sender().Send(t.Context(), []Channel{channel(test.service, r.URL, p)}, Run{Command: "plan", Plan: p}))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			requests, bodies := r.got()
			if len(requests) != test.tries {
				t.Errorf("%d tries, want %d", len(requests), test.tries)
			}
			for _, body := range bodies {
				if string(body) != string(bodies[0]) || len(body) == 0 {
					t.Errorf("another try sent another body: %s", body)
				}
			}
		})
	}
}

// TestATimeLimitEndsAllTries has a server that never answers.
func TestATimeLimitEndsAllTries(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // before that a server does not see that nobody waits
		<-r.Context().Done()
	}))
	t.Cleanup(s.Close)
	p := planned()
	slow := Sender{Time: 20 * time.Millisecond}
	want := []string{"wecom (environment variable HOOK): no answer in time"}
	if diff := cmp.Diff(want, texts(slow.Send(t.Context(), []Channel{channel(WeCom, s.URL, p)}, Run{Plan: p}))); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	want = []string{"wecom (environment variable HOOK): " + errInterrupted.Error()}
	if diff := cmp.Diff(want, texts(sender().Send(ended, []Channel{channel(WeCom, s.URL, p)}, Run{Plan: p}))); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestAChannelHearsOfWhatItWants(t *testing.T) {
	t.Parallel()
	all := []Event{Due, Blocked, Failed, Done}
	tests := map[string]struct {
		on   map[string][]Event
		want []string // the accounts that are told of
	}{
		"everything":                        {map[string][]Event{"brand-main": all, "quiet": all, "second": all, "third": all}, []string{"third", "second", "brand-main"}},
		"one account, the others elsewhere": {map[string][]Event{"second": all}, []string{"second"}},
		"failures only":                     {map[string][]Event{"brand-main": {Failed}, "second": {Failed}, "third": {Failed}}, []string{"third"}},
		"each account as it says":           {map[string][]Event{"brand-main": {Due}, "second": {Done}, "third": {Blocked}}, []string{"brand-main"}},
		"nothing to tell":                   {map[string][]Event{"quiet": all}, nil},
		"nothing that is wanted":            {map[string][]Event{"brand-main": {Done}}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := receive(t, taken[Webhook])
			c := Channel{Service: Webhook, URL: r.URL, On: test.on}
			if errs := sender().Send(t.Context(), []Channel{c}, Run{Command: "plan", Plan: planned()}); errs != nil {
				t.Fatal(errs)
			}
			_, bodies := r.got()
			var got []string
			for _, body := range bodies {
				got = append(got, accountsIn(t, body)...)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("accounts (-want +got):\n%s", diff)
			}
		})
	}
}
