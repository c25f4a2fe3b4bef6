package wechat

import (
	"crypto/sha256"
	"encoding/base64"
	"hash"
)

// A digest tells whether articles still say and use what they did. It is of the
// title, the text, the cover and the images, and not of the article's own address,
// which of a draft is another one each time. A nil digest takes nothing in.
type digest struct{ sum hash.Hash }

func newDigest() *digest { return &digest{sha256.New()} }

// digestBytes are enough that no two versions of an article share a digest by
// chance.
const digestBytes = 12

// write takes in a piece of a text.
func (d *digest) write(piece []byte) {
	if d != nil {
		d.sum.Write(piece)
	}
}

// say takes in a part of an article, of which the last one is text. The zero
// bytes keep what belongs to one part out of the next.
func (d *digest) say(part, text string) {
	if d != nil {
		d.sum.Write([]byte("\x00" + part + "\x00" + text))
	}
}

// take returns the digest of what was said, and forgets it.
func (d *digest) take() string {
	sum := d.sum.Sum(nil)
	d.sum.Reset()
	return base64.RawURLEncoding.EncodeToString(sum[:digestBytes])
}
