package sandbox

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"strconv"

	"wxkeep/state/material"
)

// MediaID returns the id that the nth material (from 0) of this type and name
// gets when its account does not give one: 43 characters, of which the first
// 16 decoded bytes are the same for the whole account.
//
// Source: wechat-api.md section 2.7.
func MediaID(appid string, t material.Type, name string, n int) material.ID {
	return mediaID(appid, t, name, strconv.Itoa(n), false)
}

// mediaID makes an id of 32 bytes, or of 48 when long, that depends on nothing
// but its arguments.
func mediaID(appid string, t material.Type, name, nth string, long bool) material.ID {
	own := 16
	if long {
		own = 32
	}
	prefix := sha256.Sum256([]byte("account\x00" + appid))
	rest := sha512.Sum512([]byte("media_id\x00" + appid + "\x00" + string(t) + "\x00" + name + "\x00" + nth))
	b := append(prefix[:16:16], rest[:own]...)
	return material.ID(base64.RawURLEncoding.EncodeToString(b))
}

// pictureURL makes the address of an image from what makes the image itself. No
// id can be found in it, as none can in WeChat's.
func pictureURL(of string, jpeg bool) string {
	sum := sha512.Sum512([]byte("picture\x00" + of))
	key := base64.RawURLEncoding.EncodeToString(sum[:])
	if jpeg {
		return "http://mmbiz.qpic.cn/mmbiz_jpg/" + key + "/0?wx_fmt=jpeg"
	}
	return "http://mmbiz.qpic.cn/mmbiz_png/" + key + "/0?wx_fmt=png"
}
