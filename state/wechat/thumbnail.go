package wechat

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // formats that WeChat takes
	jpegs "image/jpeg"
	_ "image/png"

	_ "golang.org/x/image/bmp"
	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // WeChat's hosts serve it
)

const (
	maxPixels   = 40 << 20 // more is no picture but an attack on memory
	largePixels = 2 << 20  // of more, one is decoded at a time
	quality     = 70       // of a JPEG: enough to tell one picture from another
)

// shrink returns a picture as a JPEG of at most side pixels, on white.
func (p *Thumbnails) shrink(b []byte, side int) ([]byte, error) {
	head, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("not a picture: %w", err)
	}
	pixels := head.Width * head.Height
	switch {
	case head.Width <= 0 || head.Height <= 0 || head.Width > maxPixels || head.Height > maxPixels || pixels > maxPixels:
		return nil, fmt.Errorf("a picture of %d × %d pixels", head.Width, head.Height)
	case pixels > largePixels:
		p.large.Lock()
		defer p.large.Unlock()
	}
	whole, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("not a whole picture: %w", err)
	}
	small := image.NewRGBA(fitted(whole.Bounds(), side))
	draw.Draw(small, small.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.BiLinear.Scale(small, small.Bounds(), whole, whole.Bounds(), draw.Over, nil)
	var out bytes.Buffer
	err = jpegs.Encode(&out, small, &jpegs.Options{Quality: quality})
	return out.Bytes(), err
}

// fitted returns the largest rectangle of the same shape within side pixels, but
// no larger than r.
func fitted(r image.Rectangle, side int) image.Rectangle {
	w, h := r.Dx(), r.Dy()
	if longest := max(w, h); longest > side {
		w, h = max(1, w*side/longest), max(1, h*side/longest)
	}
	return image.Rect(0, 0, w, h)
}
