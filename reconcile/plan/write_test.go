package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wxkeep/state/material"
)

// TestAPlanIsWrittenAsOneDocument compares what is written change by change with
// what the encoder makes of the whole.
func TestAPlanIsWrittenAsOneDocument(t *testing.T) {
	t.Parallel()
	change := rapid.Custom(func(t *rapid.T) Change {
		return Change{
			Account: "brand", Action: rapid.SampledFrom([]Action{Keep, Hold, Delete}).Draw(t, "action"), Reason: Orphan,
			Item:   material.Item{ID: "a", Type: material.Image, Name: rapid.String().Draw(t, "name"), URL: rapid.SampledFrom([]string{"", "http://x/<&>"}).Draw(t, "url")},
			Detail: rapid.SampledFrom([]string{"", "##[error]", "\u202e{}[],"}).Draw(t, "detail"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		p := sample()
		p.Changes = rapid.SliceOfN(change, 0, 4).Draw(t, "changes")
		if rapid.Bool().Draw(t, "none at all") {
			p.Changes = nil
		}
		got, err := p.Encode()
		if err != nil {
			t.Fatal(err)
		}
		digest := p.Digest
		var whole bytes.Buffer
		e := json.NewEncoder(&whole)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		p.Digest = noDigest
		if err := e.Encode(p); err != nil {
			t.Fatal(err)
		}
		file := Escape(whole.Bytes())
		if want := digestOf(file); digest != want {
			t.Errorf("digest %s, want %s", digest, want)
		}
		want := bytes.Replace(file, []byte(noDigest), []byte(digest), 1)
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("file mismatch (-whole +written):\n%s", diff)
		}
	})
}

// long is a plan of n deletions.
func long(n int) *Plan {
	p := sample()
	p.Changes = nil
	for i := range n {
		p.Changes = append(p.Changes, Change{
			Account: "brand-main", Action: Delete, Reason: Orphan, Detail: "never kept",
			Item: material.Item{ID: material.ID(fmt.Sprintf("qzM0Rk1sX2Vn4Bd7ayT5cA%021d", i)), Type: material.Image, Name: "图.png", UpdateTime: 1690000000, URL: fmt.Sprintf("http://mmbiz.qpic.cn/mmbiz_png/%043d/0?wx_fmt=png", i)},
		})
	}
	return p
}

// largest remembers the longest piece that was written at once.
type largest int

func (l *largest) Write(b []byte) (int, error) {
	*l = max(*l, largest(len(b)))
	return len(b), nil
}

func TestALongPlanIsWrittenInSmallPieces(t *testing.T) {
	t.Parallel()
	var l largest
	if err := long(4_000).Write(&l); err != nil { // more than is held
		t.Fatal(err)
	}
	if l > 8<<10 {
		t.Errorf("%d bytes were written at once", l)
	}
}

// BenchmarkWrite writes a plan of 100,000 changes.
func BenchmarkWrite(b *testing.B) {
	p := long(100_000)
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Write(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
