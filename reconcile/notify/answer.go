package notify

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
)

// An answer is WeCom's and DingTalk's, or Feishu's, which are sent with HTTP 200
// whether the message was taken or not.
type answer struct {
	Errcode *int   `json:"errcode"`
	Errmsg  string `json:"errmsg"`
	Code    *int   `json:"code"` // Feishu's
	Msg     string `json:"msg"`
}

// of returns the code and its text; ok is false where there is none.
func (a answer) of(s Service) (code int, text string, ok bool) {
	field, text := a.Errcode, a.Errmsg
	if s == Feishu {
		field, text = a.Code, a.Msg
	}
	if field == nil {
		return 0, "", false
	}
	return *field, text, true
}

// tooOften are the codes of a robot that was called too often: Feishu's whole
// service is, at full hours (open.feishu.cn, custom bot guide).
var tooOften = map[Service][]int{
	WeCom:    {-1, 45009},
	DingTalk: {-1, 130101, 660026},
	Feishu:   {9499, 11232},
}

// busy reports whether an answer asks to come again.
func (s Service) busy(body []byte) bool {
	var a answer
	if json.Unmarshal(body, &a) != nil {
		return false
	}
	code, _, ok := a.of(s)
	return ok && slices.Contains(tooOften[s], code)
}

// judge reports whether the message was taken. What the service says is shown
// without any part of the secrets, but for a plain webhook: that may say anything.
func (s Service) judge(status int, body []byte, secrets []string) error {
	said := func(text string) string {
		if text = cut(inert(scrub(text, secrets)), 200); text != "" {
			return ": " + text
		}
		return ""
	}
	if status < 200 || status > 299 {
		if s == Slack { // it answers with a word, such as no_service
			return fmt.Errorf("HTTP %d%s", status, said(string(body)))
		}
		return fmt.Errorf("HTTP %d %s", status, http.StatusText(status))
	}
	if s == Slack || s == Webhook {
		return nil
	}
	var a answer
	_ = json.Unmarshal(body, &a) // what is no JSON has no code
	switch code, text, ok := a.of(s); {
	case !ok:
		return errors.New("the answer is not the service's: is the URL that of its robot?")
	case code != 0:
		return fmt.Errorf("refused with code %d%s", code, said(text))
	}
	return nil
}

// tellingPart is how long a part of a secret is that must not be shown.
const tellingPart = 8

// scrub takes every part of a secret out of text.
func scrub(text string, secrets []string) string {
	for _, secret := range secrets {
		text = scrubOne(text, secret)
	}
	return text
}

func scrubOne(text, secret string) string {
	part := min(tellingPart, len(secret))
	if part == 0 {
		return text
	}
	var out strings.Builder
	for len(text) >= part {
		if !strings.Contains(secret, text[:part]) {
			out.WriteByte(text[0])
			text = text[1:]
			continue
		}
		n := part
		for n < len(text) && strings.Contains(secret, text[:n+1]) {
			n++
		}
		out.WriteString("REDACTED")
		text = text[n:]
	}
	return out.String() + text
}

// cause says in words of our own why there was no answer. The errors of net/http
// have the URL, and those of TLS and DNS a part of it.
func cause(ctx context.Context, err error) error {
	timeout, _ := errors.AsType[net.Error](err)
	_, dns := errors.AsType[*net.DNSError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	_, alert := errors.AsType[tls.AlertError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	number, system := errors.AsType[syscall.Errno](err)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return errInterrupted
	case errors.Is(err, context.DeadlineExceeded), timeout != nil && timeout.Timeout():
		return errors.New("no answer in time")
	case dns:
		return errors.New("its host is not found")
	case untrusted:
		return errors.New("its certificate is not trusted; --ca-file trusts more")
	case alert, record:
		return errors.New("TLS failed")
	case system:
		return errors.New(number.Error())
	}
	return errors.New("no connection, or it was cut")
}
