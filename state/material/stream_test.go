package material

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func encoded(t testing.TB, items []Item) []byte {
	t.Helper()
	var b bytes.Buffer
	e := NewEncoder(&b)
	for i := range items {
		if err := e.Encode(&items[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decoded(r io.Reader) ([]Item, error) {
	d := NewDecoder(r)
	items := []Item{}
	for {
		it, err := d.Decode()
		if errors.Is(err, io.EOF) {
			return items, nil
		}
		if err != nil {
			return items, err
		}
		items = append(items, it)
	}
}

func TestAStreamGivesBackEveryItem(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		items []Item
	}{
		{"none", []Item{}},
		{"an empty one", []Item{{}}},
		{"as they are listed", []Item{
			{ID: "qzM", Type: Image, Name: "图片.png", UpdateTime: 1690000000, URL: "http://mmbiz.qpic.cn/x/0"},
			{ID: "-_0", Type: News, Name: "title", UpdateTime: 1690000001, Cover: "http://mmbiz.qpic.cn/y/0"},
		}},
		{"any bytes", []Item{{ID: "\x00\xff", Type: "no type", Name: "\n\x80{\"", URL: "\xfe", Cover: "\x00"}}},
		{"times at the ends", []Item{{UpdateTime: math.MinInt64}, {UpdateTime: math.MaxInt64}, {UpdateTime: -1}}},
		{"a name longer than any buffer", []Item{{ID: "a"}, {ID: "b", Name: strings.Repeat("长", streamBuffer)}, {ID: "c"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			stream := encoded(t, tt.items)
			for _, r := range []io.Reader{bytes.NewReader(stream), iotest.OneByteReader(bytes.NewReader(stream))} {
				got, err := decoded(r)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.items, got); diff != "" {
					t.Errorf("mismatch (-written +read):\n%s", diff)
				}
			}
		})
	}
}

func anyItems() *rapid.Generator[[]Item] {
	text := rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 300), func(b []byte) string { return string(b) })
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Item {
		return Item{
			ID: ID(text.Draw(t, "id")), Type: Type(rapid.OneOf(rapid.SampledFrom([]string{"image", "news"}), text).Draw(t, "type")),
			Name: text.Draw(t, "name"), UpdateTime: rapid.Int64().Draw(t, "time"), URL: text.Draw(t, "url"), Cover: text.Draw(t, "cover"),
		}
	}), 0, 20)
}

// TestAStreamThatIsNotWholeIsAnError holds that no stream with a byte missing or
// changed is taken for a whole one, and that a whole one comes back as it was.
func TestAStreamThatIsNotWholeIsAnError(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items := anyItems().Draw(t, "items")
		var b bytes.Buffer
		e := NewEncoder(&b)
		for i := range items {
			_ = e.Encode(&items[i])
		}
		_ = e.Close()
		stream := b.Bytes()
		got, err := decoded(bytes.NewReader(stream))
		if diff := cmp.Diff(append([]Item{}, items...), got); err != nil || diff != "" {
			t.Fatalf("%v; mismatch (-written +read):\n%s", err, diff)
		}
		at := rapid.IntRange(0, len(stream)-1).Draw(t, "at")
		if got, err := decoded(bytes.NewReader(stream[:at])); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut to %d of %d bytes: %d items, %v", at, len(stream), len(got), err)
		}
		stream[at] ^= rapid.ByteRange(1, 255).Draw(t, "change")
		if got, err := decoded(bytes.NewReader(stream)); err == nil {
			t.Errorf("byte %d of %d changed: %d items, and no error", at, len(stream), len(got))
		}
	})
}

// FuzzDecoder holds that no stream, however it came about, does more than fail,
// and that what is read is what writing it again gives.
func FuzzDecoder(f *testing.F) {
	f.Add(encoded(f, nil))
	f.Add(encoded(f, []Item{{ID: "a", Type: Image, Name: "b", UpdateTime: 7, URL: "c"}, {Type: "?"}}))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Add([]byte(`{"media_id":"a","type":"image","name":"b","update_time":7}`))
	f.Fuzz(func(t *testing.T, stream []byte) {
		items, err := decoded(bytes.NewReader(stream))
		if err != nil {
			return
		}
		again, err := decoded(bytes.NewReader(encoded(t, items)))
		if diff := cmp.Diff(items, again); err != nil || diff != "" {
			t.Errorf("%v; mismatch (-read +read again):\n%s", err, diff)
		}
	})
}

// TestReadingAnItemAllocatesOnce counts what each item more costs to read and to
// write.
func TestReadingAnItemAllocatesOnce(t *testing.T) {
	few, many := listed(100), listed(1100)
	read := func(items []Item) float64 {
		stream := encoded(t, items)
		return testing.AllocsPerRun(5, func() {
			d := NewDecoder(bytes.NewReader(stream))
			for {
				if _, err := d.Decode(); err != nil {
					return
				}
			}
		})
	}
	write := func(items []Item) float64 {
		return testing.AllocsPerRun(5, func() {
			e := NewEncoder(io.Discard)
			for i := range items {
				_ = e.Encode(&items[i])
			}
			_ = e.Close()
		})
	}
	if more := read(many) - read(few); more > 1010 { // the runtime may have some of its own
		t.Errorf("1000 items more cost %g allocations to read, want 1000", more)
	}
	if more := write(many) - write(few); more > 10 {
		t.Errorf("1000 items more cost %g allocations to write, want none", more)
	}
}

// listed makes items as an account lists them: with ids of which the first part is
// the account's, and the rest as good as random.
func listed(n int) []Item {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	r := rand.New(rand.NewPCG(1, 2))
	text := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = letters[r.IntN(64)]
		}
		return string(b)
	}
	items := make([]Item, n)
	for i := range items {
		items[i] = Item{
			ID: ID("qzM0Rk1sX2Vn4Bd7ayT5cA" + text(21)), Type: Image, Name: fmt.Sprintf("banner-%06d.png", i), UpdateTime: 1690000000 + int64(i),
			URL: "http://mmbiz.qpic.cn/mmbiz_png/" + text(43) + "/0?wx_fmt=png",
		}
	}
	return items
}

func BenchmarkEncoder(b *testing.B) {
	items := listed(100_000)
	b.SetBytes(int64(len(encoded(b, items))))
	b.ReportAllocs()
	for b.Loop() {
		e := NewEncoder(io.Discard)
		for i := range items {
			_ = e.Encode(&items[i])
		}
		_ = e.Close()
	}
}

func BenchmarkDecoder(b *testing.B) {
	stream := encoded(b, listed(100_000))
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	for b.Loop() {
		d := NewDecoder(bytes.NewReader(stream))
		n := 0
		for {
			_, err := d.Decode()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 100_000 {
			b.Fatal(n)
		}
	}
}
