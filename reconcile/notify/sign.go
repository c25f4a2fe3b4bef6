package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strconv"
	"time"
)

// signDingTalk adds the signature to the webhook's URL: the key signs the time in
// milliseconds, a line feed and itself (open.dingtalk.com, robot security
// settings).
func signDingTalk(u url.URL, key string, at time.Time) url.URL {
	timestamp := strconv.FormatInt(at.UnixMilli(), 10)
	query := u.Query()
	query.Set("timestamp", timestamp)
	query.Set("sign", mac(key, timestamp+"\n"+key))
	u.RawQuery = query.Encode()
	return u
}

// signFeishu returns the time and the signature for the body: the time in seconds,
// a line feed and the key sign nothing at all (open.feishu.cn, custom bot guide).
func signFeishu(key string, at time.Time) (timestamp, sign string) {
	timestamp = strconv.FormatInt(at.Unix(), 10)
	return timestamp, mac(timestamp+"\n"+key, "")
}

func mac(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	_, _ = h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}
