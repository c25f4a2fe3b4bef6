package wechat

import "strings"

// A packer copies the short texts of listings into large ones: 100,000 items have
// 300,000 of them, and each one alone would cost an allocation, and the collector
// of garbage a look.
type packer struct{ chunk *strings.Builder }

// packed is the bytes of a chunk: about the texts of a page.
const packed = 8 << 10

func (p *packer) text(b []byte) string {
	if p.chunk == nil || p.chunk.Cap()-p.chunk.Len() < len(b) {
		p.chunk = &strings.Builder{}
		p.chunk.Grow(max(packed, len(b)))
	}
	at := p.chunk.Len()
	_, _ = p.chunk.Write(b)
	return p.chunk.String()[at:]
}
