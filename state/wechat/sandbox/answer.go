package sandbox

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strconv"
)

// messages are WeChat's own words for the errcodes that the sandbox gives.
//
// Source: the recorded answers and the list of codes behind wechat-api.md
// section 7.
var messages = map[int]string{
	-1:    "system error",
	0:     "ok",
	40001: "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r",
	40002: "invalid grant_type",
	40004: "invalid media type",
	40005: "invalid file type",
	40007: "invalid media_id",
	40009: "invalid image size",
	40013: "invalid appid",
	40014: "invalid access_token",
	40035: "invalid parameter",
	40125: "invalid appsecret",
	40137: "invalid image format",
	40164: "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist",
	40170: "args count exceed count limit",
	41001: "access_token missing",
	41002: "appid missing",
	41004: "appsecret missing",
	41005: "media data missing",
	41006: "media_id missing",
	41018: "component_appid missing",
	41021: "component_access_token missing",
	42001: "access_token expired",
	42006: "component_access_token expired",
	43001: "require GET method",
	43002: "require POST method",
	44001: "empty media data",
	44002: "empty post data",
	45001: "media size out of limit",
	45009: "reach max api daily quota limit",
	46003: "menu no exist",
	45011: "api minute-quota reach limit  must slower  retry next minute",
	47001: "data format error",
	48001: "api unauthorized",
	48005: "api forbidden to delete material used by auto-reply or menu",
	48010: "material is not allowed to be modified",
	61003: "component is not authorized by this account",
	61006: "component ticket is invalid",
	61023: "refresh_token is invalid",
	76021: "cgi_path not found, please check",
}

// suffixes are the ways in which real messages end. A client must not compare
// them whole.
//
// Source: wechat-api.md section 1.
var suffixes = []string{
	" hint: [%[1]s] rid: %[2]s",
	" rid: %[2]s",
	", rid: %[2]s",
	" hint: [%[1]s]",
	" hints: [%[1]s!]",
	", hints: [ req_id: %[1]s ]",
}

// send writes the answer: what the endpoint wrote, or the errcode.
func (c *call) send(code int) {
	if code != 0 {
		c.out.Reset()
		c.contentType = "text/plain"
		c.writeRefusal(code)
	}
	h := c.w.Header()
	h.Set("Content-Type", c.contentType)
	h.Set("Content-Length", strconv.Itoa(c.out.Len()))
	if c.hit.Cut == CutBody {
		_, _ = c.w.Write(c.out.Bytes()[:c.out.Len()/2])
		_ = http.NewResponseController(c.w).Flush() // the headers have to arrive
		panic(http.ErrAbortHandler)
	}
	_, _ = c.w.Write(c.out.Bytes()) // nobody is left to tell
}

// writeRefusal writes an error body, whose message ends in one of several ways.
func (c *call) writeRefusal(code int) {
	msg, known := messages[code]
	if !known {
		msg = "error"
	}
	if c.errmsg != "" {
		msg = c.errmsg
	}
	if c.hit.Errmsg != "" && code == c.hit.Errcode {
		msg = c.hit.Errmsg
	}
	n := c.s.answers.Add(1)
	sum := sha256.Sum256(fmt.Appendf(nil, "rid %d", n))
	rid := fmt.Sprintf("%x-%x-%x", sum[0:4], sum[4:8], sum[8:12])
	msg += fmt.Sprintf(suffixes[n%int64(len(suffixes))], fmt.Sprintf("%x", sum[12:16]), rid)
	c.writeErrcode(code, msg)
}

func (c *call) writeErrcode(code int, msg string) {
	fmt.Fprintf(c.out, `{"errcode":%d,"errmsg":`, code)
	writeString(c.out, msg)
	c.out.WriteByte('}')
}

// sendGateway answers as a gateway in front of the API would.
func (c *call) sendGateway(status int) {
	c.w.Header().Set("Content-Type", "text/html")
	c.w.WriteHeader(status)
	_, _ = fmt.Fprintf(c.w, "<html><head><title>%[1]d %[2]s</title></head><body><h1>%[1]d %[2]s</h1></body></html>\n", status, http.StatusText(status))
}

// writeField writes "key":"value", with a comma before it unless it is first.
func writeField(b *bytes.Buffer, key, value string) {
	if last := b.Bytes()[b.Len()-1]; last != '{' {
		b.WriteByte(',')
	}
	b.WriteByte('"')
	b.WriteString(key)
	b.WriteString(`":`)
	writeString(b, value)
}

// writeString writes a JSON string the way WeChat does: slashes escaped, text
// as it is, invalid UTF-8 among it.
func writeString(b *bytes.Buffer, s string) {
	b.WriteByte('"')
	writeEscaped(b, s)
	b.WriteByte('"')
}

func writeEscaped(b *bytes.Buffer, s string) {
	from := 0
	for i := range len(s) {
		ch := s[i]
		if ch >= ' ' && ch != '"' && ch != '\\' && ch != '/' {
			continue
		}
		b.WriteString(s[from:i])
		from = i + 1
		switch ch {
		case '"', '\\', '/':
			b.WriteByte('\\')
			b.WriteByte(ch)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		default:
			fmt.Fprintf(b, `\u%04x`, ch)
		}
	}
	b.WriteString(s[from:])
}
