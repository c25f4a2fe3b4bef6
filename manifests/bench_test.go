package manifests

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"wxkeep/state/material"
)

// large returns a manifest of n entries, each with a name and a reason or none.
func large(n int, long bool) []byte {
	var b strings.Builder
	b.WriteString(head + "keep:\n")
	for i := range n {
		if long {
			fmt.Fprintf(&b, "  - media_id: \"qzM%040d\"\n    name: logo%d.png\n    reason: menu banner %d\n", i, i, i)
		} else {
			fmt.Fprintf(&b, "  - \"qzM%040d\"\n", i)
		}
	}
	return []byte(b.String())
}

// BenchmarkLoad compares loading with what the YAML parser takes by itself.
// Twice the entries have to take twice the time.
func BenchmarkLoad(b *testing.B) {
	for _, long := range []bool{false, true} {
		for _, n := range []int{50_000, 100_000} {
			text := large(n, long)
			name := fmt.Sprintf("long=%v/entries=%d/", long, n)
			b.Run(name+"parser", func(b *testing.B) { benchmarkParser(b, text) })
			b.Run(name+"load", func(b *testing.B) { benchmarkLoad(b, text, n) })
		}
	}
}

func benchmarkParser(b *testing.B, text []byte) {
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		next := yaml.NewDecoder(bytes.NewReader(text))
		for {
			var n yaml.Node
			if err := next.Decode(&n); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func benchmarkLoad(b *testing.B, text []byte, n int) {
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		l := decodeText(text)
		l.link()
		if err := l.problems.err(); err != nil {
			b.Fatal(err)
		}
		if got := len(l.policy().Accounts[0].Keep); got != n {
			b.Fatalf("%d entries, want %d", got, n)
		}
	}
}

func BenchmarkDigest(b *testing.B) {
	l := decodeText(large(100_000, true))
	l.link()
	a := l.policy().Accounts[0]
	for b.Loop() {
		a.Digest()
	}
}

func TestAHundredThousandEntries(t *testing.T) {
	t.Parallel()
	const n = 100_000
	l := decodeText(large(n, false))
	l.link()
	if err := l.problems.err(); err != nil {
		t.Fatal(err)
	}
	if got := len(l.policy().Accounts[0].Keep); got != n {
		t.Errorf("%d entries, want %d", got, n)
	}
}

// TestALongListIsNoTree counts what the whole process allocates, and is therefore
// not parallel. The parser alone takes 35 MB for the ids, and 180 MB with names
// and reasons.
func TestALongListIsNoTree(t *testing.T) {
	const n = 100_000
	for _, tt := range []struct {
		name string
		text []byte
		most uint64 // bytes
	}{
		{"ids alone", large(n, false), 26 << 20},
		{"ids with names and reasons", large(n, true), 40 << 20},
		{"ids of a hundred documents", bytes.Repeat(append(large(n/100, false), "---\n"...), 100), 32 << 20},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		l := decodeText(tt.text)
		runtime.ReadMemStats(&after)
		got := 0
		for _, d := range l.accounts() {
			got += len(d.account.Keep)
		}
		if got != n {
			t.Errorf("%s: %d entries, want %d", tt.name, got, n)
		}
		if got := after.Mallocs - before.Mallocs; got > n/2 {
			t.Errorf("%s: %d allocations, want far less than one an entry", tt.name, got)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > tt.most {
			t.Errorf("%s: %d bytes, want at most %d", tt.name, got, tt.most)
		}
	}
}

// BenchmarkRewrite renews one of 100,000 entries and appends one.
func BenchmarkRewrite(b *testing.B) {
	path := filepath.Join(write(b, string(large(100_000, true))), "m.yaml")
	edits := []Edit{{ID: "new", Old: material.ID(fmt.Sprintf("qzM%040d", 77_777))}, {ID: "another", Comment: "restored from gone"}}
	for b.Loop() {
		if _, err := Rewrite([]string{path}, "brand-main", edits); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkImport(b *testing.B) {
	items := make([]material.Item, 100_000)
	for i := range items {
		items[i] = material.Item{ID: material.ID(fmt.Sprintf("qzM%040d", i)), Type: material.Image, Name: "封面.png", UpdateTime: 1.7e9 + int64(i)}
	}
	m := Import{Account: newAccount(b, material.Image), Items: items, Listed: listed}
	for b.Loop() {
		if err := m.Write(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
