package manifests

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"gopkg.in/yaml.v3"

	"wxkeep/state/material"
)

// decodeText loads one text without a file, up to where parts would be read.
func decodeText(text []byte) *loader {
	l := newLoader(Options{NeedAuth: true})
	f := &file{path: "m.yaml", real: "/m.yaml", given: true}
	l.files = append(l.files, f)
	l.decode(f, text)
	return l
}

// FuzzLoad holds that no text makes the loader panic, that a text without a
// mistake gives every entry written in it, and that positions are in the text.
func FuzzLoad(f *testing.F) {
	for _, seed := range fileName.Split(full, -1) {
		f.Add([]byte(seed))
	}
	for _, seed := range []string{
		"keep: [abc, {media_id: abd}]\n", "keep:\n- abc\n- - abd\n", "keep: |\n  - abc\n", "<<: *x\n", "a: \"\\q\n",
		"keep:\n\t- \"abc\n", "a: {b: [c}\n", "--- !!map\n? &a b\n: *a\n", "<<<<<<< x\n", "\xff\xfe", "...\n---\n%", "keep: [abc\n abd]\n",
	} {
		f.Add([]byte(head + seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		l := decodeText(text)
		for _, d := range l.accounts() {
			if len(d.account.Parts) > 0 {
				return // whatever they name is not for a fuzzer to read
			}
		}
		decoded := len(l.problems) == 0
		l.link()
		for _, a := range l.policy().Accounts {
			_, _ = a.Digest(), a.SettingsDigest()
		}
		checkPositions(t, text, l.problems)
		if decoded {
			checkEntries(t, text, l)
		}
	})
}

func checkPositions(t *testing.T, text []byte, problems Problems) {
	t.Helper()
	last := bytes.Count(text, []byte("\n")) + 1
	for _, p := range problems {
		if p.Position.Line > last || p.Position.Line > 0 && p.Position.Column < 1 || p.Message == "" {
			t.Errorf("%v: the text has %d lines", p, last)
		}
	}
	if err := problems.err(); (err == nil) != (len(problems) == 0) {
		t.Errorf("%d problems make the error %v", len(problems), err)
	}
}

// checkEntries compares what was kept with the items that stand in the text.
func checkEntries(t *testing.T, text []byte, l *loader) {
	t.Helper()
	kept := map[material.ID]int{}
	for _, d := range append(l.accounts(), l.parts()...) {
		for _, e := range d.account.Keep {
			kept[e.ID]++
		}
	}
	for next := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var n yaml.Node
		if err := next.Decode(&n); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("loaded, but not YAML: %v", err)
		}
		for _, id := range listedIn(&n) {
			kept[material.ID(id)]--
		}
	}
	for id, n := range kept {
		if n != 0 {
			t.Errorf("%q: %+d entries more than written", id, n)
		}
	}
}

// listedIn returns every media_id that stands under a key keep, anyhow.
func listedIn(n *yaml.Node) []string {
	var ids []string
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == "keep" {
			ids = append(ids, idsIn(child)...)
			continue
		}
		ids = append(ids, listedIn(child)...)
	}
	return ids
}

// idsIn returns the items of a list, and of items that are mappings the value
// of media_id.
func idsIn(n *yaml.Node) []string {
	var ids []string
	for _, item := range n.Content {
		if item.Kind == yaml.ScalarNode {
			ids = append(ids, item.Value)
		}
		for i := 0; i+1 < len(item.Content); i += 2 {
			if item.Content[i].Value == "media_id" {
				ids = append(ids, item.Content[i+1].Value)
			}
		}
	}
	return ids
}
