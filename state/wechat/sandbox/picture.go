package sandbox

import (
	"bytes"
	"crypto/sha512"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net/http"
	"sync"
)

// servePicture is every path that is no endpoint: a picture that some account
// has there, in whatever size is asked for, or 404. A picture outlives its
// material; whether WeChat's do is not known (wechat-api.md section 8.6).
func (s *Sandbox) servePicture(w http.ResponseWriter, r *http.Request) {
	for _, appid := range s.order {
		it := s.accounts[appid].shelf.picture(r.URL.Path)
		if it == nil {
			continue
		}
		s.count(pictureCalls)
		body := it.bytes()
		w.Header().Set("Content-Type", http.DetectContentType(body))
		_, _ = w.Write(body) // nobody is left to tell
		return
	}
	s.count(unknownCalls)
	http.NotFound(w, r)
}

// picture draws the image: the colour given, or one made from the id, with a
// few pixels that no other id has.
func (it *item) picture() []byte {
	width, height, _ := it.dimensions() // both were checked when it was put here
	fill, _ := it.fill()
	sum := sha512.Sum512([]byte("pixels\x00" + it.ID))
	if it.Color == "" {
		fill = color.NRGBA{R: sum[0], G: sum[1], B: sum[2], A: 255}
	}
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := 0; i < len(img.Pix); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = fill.R, fill.G, fill.B, 255
	}
	if it.Color == "" {
		sign(img, sum[:])
	}
	return it.encode(img)
}

// sign writes bytes into the first pixels, three to a pixel.
func sign(img *image.NRGBA, b []byte) {
	for i := 0; i*3+2 < len(b) && i*4 < len(img.Pix); i++ {
		copy(img.Pix[i*4:i*4+3], b[i*3:])
	}
}

// encode returns a PNG, or for a thumb a JPEG.
func (it *item) encode(img image.Image) []byte {
	var b bytes.Buffer
	var err error
	if it.Thumb {
		err = jpeg.Encode(&b, img, nil)
	} else {
		err = encoder.Encode(&b, img)
	}
	if err != nil {
		panic(err) // a buffer takes everything, and the size was checked
	}
	return b.Bytes()
}

// encoder keeps its large buffers from picture to picture.
var encoder = png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: &pngBuffers{}}

type pngBuffers struct{ pool sync.Pool }

func (p *pngBuffers) Get() *png.EncoderBuffer {
	b, _ := p.pool.Get().(*png.EncoderBuffer)
	return b
}

func (p *pngBuffers) Put(b *png.EncoderBuffer) { p.pool.Put(b) }
