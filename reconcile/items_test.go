package reconcile

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state"
	"wxkeep/state/material"
)

// remembering is a decision that saw n images.
func remembering(n int) *Decision {
	d := &Decision{snapshot: &state.Snapshot{ObservedAt: time.Unix(1690000000, 0).UTC(), Listings: []state.Listing{{Type: material.Image, Counted: n, Listed: n}}}}
	for i := range n {
		d.snapshot.Items = append(d.snapshot.Items, material.Item{
			ID: material.ID(fmt.Sprintf("qzM0Rk1sX2Vn4Bd7ayT5cA%021d", i)), Type: material.Image, Name: fmt.Sprintf("图 %d\n\x00", i),
			UpdateTime: int64(1690000000 + i), URL: fmt.Sprintf("http://mmbiz.qpic.cn/mmbiz_png/%043d/0?wx_fmt=png", i),
		})
	}
	return d
}

func written(t testing.TB, d *Decision) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := d.writeObservation(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestARememberedListingIsWholeOrAnError(t *testing.T) {
	t.Parallel()
	d := remembering(3)
	whole := written(t, d)
	o, err := readObservation(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d.snapshot.Items, o.Snapshot.Items); diff != "" {
		t.Errorf("items mismatch (-written +read):\n%s", diff)
	}
	for at := range whole {
		if o, err := readObservation(bytes.NewReader(whole[:at])); err == nil {
			t.Errorf("cut to %d of %d bytes: %d items, and no error", at, len(whole), len(o.Snapshot.Items))
		}
	}
	for _, n := range []string{"2", "4", "-1"} {
		other := strings.Replace(string(whole), `"items":3`, `"items":`+n, 1)
		if _, err := readObservation(strings.NewReader(other)); err == nil {
			t.Errorf("a head that says %s items: no error", n)
		}
	}
	if _, err := readObservation(strings.NewReader(`{"snapshot":{},"items":1}` + "\n" + `{"media_id":"a","type":"image"}` + "\n")); err == nil {
		t.Error("items as JSON: no error")
	}
}

func BenchmarkWriteObservation(b *testing.B) {
	d := remembering(100_000)
	b.SetBytes(int64(len(written(b, d))))
	b.ReportAllocs()
	for b.Loop() {
		written(b, d)
	}
}

func BenchmarkReadObservation(b *testing.B) {
	data := written(b, remembering(100_000))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readObservation(bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}
