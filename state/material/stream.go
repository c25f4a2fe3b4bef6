package material

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"io"
)

// The form of a stream of items, which [Encoder] writes and [Decoder] reads:
//
//	item   = length of what follows, update_time, id, type, name, url, cover
//	stream = item…, 0, CRC-32C of all before
//
// A length is an unsigned varint and never 0, update_time a signed one; a text is
// its length and its bytes, whatever they are; the CRC is 4 bytes, big-endian. The
// end is written out, so a stream that was cut is not taken for a shorter one.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// An Encoder writes items as a stream.
type Encoder struct {
	w   *bufio.Writer
	sum hash.Hash32
	buf []byte
}

// NewEncoder returns an Encoder that writes to w, which has everything after
// Close alone.
func NewEncoder(w io.Writer) *Encoder {
	return &Encoder{w: bufio.NewWriterSize(w, streamBuffer), sum: crc32.New(castagnoli)}
}

// streamBuffer is how much is read and written at once. An item that is longer
// costs a copy, no more.
const streamBuffer = 64 << 10

// Encode writes one item. An error is w's, and comes again from Close.
func (e *Encoder) Encode(it *Item) error {
	b := append(e.buf[:0], make([]byte, binary.MaxVarintLen64)...)
	b = binary.AppendVarint(b, it.UpdateTime)
	for _, text := range [...]string{string(it.ID), string(it.Type), it.Name, it.URL, it.Cover} {
		b = binary.AppendUvarint(b, uint64(len(text)))
		b = append(b, text...)
	}
	e.buf = b
	// The length goes right before what it is of, once that is known.
	var length [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(length[:], uint64(len(b)-len(length)))
	from := len(length) - n
	copy(b[from:], length[:n])
	return e.write(b[from:])
}

func (e *Encoder) write(b []byte) error {
	_, _ = e.sum.Write(b) // a hash has no error
	_, err := e.w.Write(b)
	return err
}

// Close ends the stream. It does not close what the Encoder writes to.
func (e *Encoder) Close() error {
	if err := e.write([]byte{0}); err != nil {
		return err
	}
	if _, err := e.w.Write(binary.BigEndian.AppendUint32(nil, e.sum.Sum32())); err != nil {
		return err
	}
	return e.w.Flush()
}

// A Decoder reads what an Encoder wrote.
type Decoder struct {
	r    *bufio.Reader
	sum  uint32
	done bool
}

// NewDecoder returns a Decoder that reads from r, and maybe some way past the
// end of the stream.
func NewDecoder(r io.Reader) *Decoder {
	return &Decoder{r: bufio.NewReaderSize(r, streamBuffer)}
}

// errStream means that a stream is not one that an Encoder wrote.
var errStream = errors.New("the stream of items was altered")

// Decode returns the next item, and io.EOF after the last. A stream that was cut
// is io.ErrUnexpectedEOF; that one was altered may show at its end only, so its
// items count once io.EOF came.
func (d *Decoder) Decode() (Item, error) {
	if d.done {
		return Item{}, io.EOF
	}
	n, err := d.length()
	if err != nil {
		return Item{}, err
	}
	if n == 0 {
		return Item{}, d.end()
	}
	body, err := d.body(n)
	if err != nil {
		return Item{}, err
	}
	return parseItem(body)
}

// length reads the length of the next item.
func (d *Decoder) length() (uint64, error) {
	b, err := d.r.Peek(binary.MaxVarintLen64) // fewer at the end of the stream
	n, size := binary.Uvarint(b)
	switch {
	case size < 0:
		return 0, errStream
	case size == 0:
		return 0, cut(err)
	}
	d.add(b[:size])
	_, err = d.r.Discard(size)
	return n, err
}

func (d *Decoder) add(b []byte) { d.sum = crc32.Update(d.sum, castagnoli, b) }

// body reads the n bytes of an item. A length that is not true costs no more
// memory than there are bytes.
func (d *Decoder) body(n uint64) (string, error) {
	if n <= streamBuffer {
		b, err := d.r.Peek(int(n))
		if err != nil {
			return "", cut(err)
		}
		d.add(b)
		body := string(b)
		_, err = d.r.Discard(int(n))
		return body, err
	}
	var long bytes.Buffer
	if got, err := io.Copy(&long, io.LimitReader(d.r, int64(min(n, 1<<62)))); err != nil || uint64(got) < n {
		return "", cut(errors.Join(err, io.EOF))
	}
	d.add(long.Bytes())
	return long.String(), nil
}

// end checks the sum.
func (d *Decoder) end() error {
	sum, err := d.r.Peek(crc32.Size)
	if err != nil {
		return cut(err)
	}
	if binary.BigEndian.Uint32(sum) != d.sum {
		return errStream
	}
	d.done = true
	return io.EOF
}

// cut is the error of a stream that ends too early.
func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// parseItem takes an item apart. Its texts share the memory of body.
func parseItem(body string) (Item, error) {
	p := itemParser{rest: body}
	at := p.uvarint()
	it := Item{UpdateTime: int64(at>>1) ^ -int64(at&1)}
	it.ID = ID(p.text())
	it.Type = shared(Type(p.text()))
	it.Name, it.URL, it.Cover = p.text(), p.text(), p.text()
	if p.failed || p.rest != "" {
		return Item{}, errStream
	}
	return it, nil
}

// shared is t, without the item around it.
func shared(t Type) Type {
	for _, known := range [...]Type{Image, Voice, Video, News} {
		if t == known {
			return known
		}
	}
	return t
}

type itemParser struct {
	rest   string
	failed bool
}

func (p *itemParser) uvarint() uint64 {
	var n uint64
	for i := 0; i < len(p.rest) && i < binary.MaxVarintLen64; i++ {
		b := p.rest[i]
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			p.rest = p.rest[i+1:]
			return n
		}
	}
	p.failed = true
	return 0
}

func (p *itemParser) text() string {
	n := p.uvarint()
	if n > uint64(len(p.rest)) {
		p.failed = true
		return ""
	}
	text := p.rest[:n]
	p.rest = p.rest[n:]
	return text
}
