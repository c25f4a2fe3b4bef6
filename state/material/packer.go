package material

import "strings"

// A Packer copies short texts into large ones: 100,000 materials have some 300,000
// of them, and each one alone would cost an allocation, and the collector of
// garbage a look. The zero value is ready.
type Packer struct{ chunk *strings.Builder }

// packed is the bytes of a chunk: about the texts of a page of a listing.
const packed = 8 << 10

// Text returns b as a text that shares its memory with those before and after it.
func (p *Packer) Text(b []byte) string {
	if p.chunk == nil || p.chunk.Cap()-p.chunk.Len() < len(b) {
		p.chunk = &strings.Builder{}
		p.chunk.Grow(max(packed, len(b)))
	}
	at := p.chunk.Len()
	_, _ = p.chunk.Write(b) // a Builder has no error
	return p.chunk.String()[at:]
}
