package state

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/material"
)

const (
	id43 = "qzMx0123456789012345678901234567890123456ab"
	id64 = "-4567890123456789012345678901234567890123456789012345678901234_"
)

// write makes the files of a directory.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFilesAreSearchedForIDsAndURLs(t *testing.T) {
	t.Parallel()
	const url = "https://mmbiz.qpic.cn/mmbiz_png/abc/640?wx_fmt=png&amp;x=1"
	root := write(t, map[string]string{
		"site/index.html":    "<p>\n<img src=\"" + url + "\">\n" + id43 + " " + id43 + "\n",
		"site/a/b/deep.html": "x='" + id64 + "'",
		"site/a/skip.css":    id43,
		"bot/replies.json":   `{"media_id":"` + id43 + `","u":"` + strings.ReplaceAll(url, "/", `\/`) + `"}`,
		"bot/long.json":      strings.Repeat("a", 129) + " short " + strings.Repeat("b", 128),
		"other/big.bin":      strings.Repeat("\x00\xff", 100_000) + id64 + strings.Repeat("\n", 3) + strings.Repeat("x ", 60_000) + id43,
	})
	if err := os.Symlink("../bot", filepath.Join(root, "site", "linked")); err != nil {
		t.Fatal(err)
	}
	const key = "mmbiz.qpic.cn/mmbiz_png/abc"
	tests := []struct {
		name     string
		root     string
		patterns []string
		live     func(material.ID) bool
		want     Search
	}{
		{
			"every directory", root, []string{"site/**/*.html"}, nil,
			Search{Seen: 2, Uses: []Use{
				{Where: "site/index.html:2", URL: key},
				{Where: "site/a/b/deep.html:1", ID: id64},
				{Where: "site/index.html:3", More: 1, ID: id43},
			}},
		},
		{
			"links are followed, and files read once", root, []string{"site/**/*.json", "site/linked/replies.json"}, nil,
			Search{Seen: 2, Uses: []Use{
				{Where: "site/linked/replies.json:1", URL: key},
				{Where: "site/linked/long.json:1", ID: material.ID(strings.Repeat("b", 128))},
				{Where: "site/linked/replies.json:1", ID: id43},
			}},
		},
		{
			"live ids only, however short", root, []string{"bot/*.json"}, func(id material.ID) bool { return id == "short" },
			Search{Seen: 2, Uses: []Use{{Where: "bot/replies.json:1", URL: key}, {Where: "bot/long.json:1", ID: "short"}}},
		},
		{
			"large and binary files", root, []string{"other/big.bin"}, nil,
			Search{Seen: 1, Uses: []Use{{Where: "other/big.bin:1", ID: id64}, {Where: "other/big.bin:4", ID: id43}}},
		},
		{
			"beside the root", filepath.Join(root, "bot"), []string{"../site/a/{b,c}/*"}, nil,
			Search{Seen: 1, Uses: []Use{{Where: "../site/a/b/deep.html:1", ID: id64}}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := Files(tt.root, tt.patterns)
			s.Live = tt.live
			got, err := s.Search(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Place = s.Place()
			for i := range tt.want.Uses {
				tt.want.Uses[i].Place = PlaceFiles
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Search() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFilesThatCannotBeSearchedAreUnknown(t *testing.T) {
	t.Parallel()
	root := write(t, map[string]string{"a.html": id43, "dir/b.html": "", "ids": ids(maxPlausible + 1)})
	for name, target := range map[string]string{"gone.html": "nowhere", "loop/loop": "../loop"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(root, "dir", "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, pattern, want string }{
		{"nothing matches", "site/**/*.html", `local files not searched: pattern "site/**/*.html" matches no file; correct it, or take it out of references`},
		{"a directory alone", "dir", `local files not searched: pattern "dir" matches no file; correct it, or take it out of references`},
		{"a pipe", "dir/p*", `local files not searched: pattern "dir/p*" matches no file; correct it, or take it out of references`},
		{"a bad pattern", "a[", `local files not searched: pattern "a[" is not well formed; write one such as site/**/*.html`},
		{"no pattern", "", `local files not searched: pattern "" is not well formed; write one such as site/**/*.html`},
		{"a link to nothing", "*.html", `local files not searched: gone.html: no such file or directory`},
		{"too many words", "ids", "local files not searched: more than 250000 words that may be media_ids, up to ids; name fewer files"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Files(root, []string{tt.pattern}).Search(t.Context())
			if !errors.Is(err, ErrFiles) {
				t.Fatalf("got %v, want ErrFiles", err)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := Files(root, []string{"a.html", "none/*"}).Search(t.Context()); !errors.Is(err, ErrFiles) {
		t.Errorf("one pattern of two matches nothing: got %v", err)
	}
	if _, err := Files(root, []string{"loop/**"}).Search(t.Context()); !errors.Is(err, ErrFiles) {
		t.Errorf("a link to itself: got %v", err)
	}
}

func ids(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "id-%020d\n", i)
	}
	return b.String()
}

func TestSearchingFilesCanBeInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	root := write(t, map[string]string{"a": ""})
	if _, err := Files(root, []string{"*"}).Search(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
