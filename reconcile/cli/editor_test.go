package cli_test

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wxkeep/manifests"
	"wxkeep/reconcile/cli"
	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

// inProcess runs a command without a process of its own.
func inProcess(t *rapid.T, status int, args ...string) said {
	t.Helper()
	var stdout, stderr bytes.Buffer
	env := cli.Env{Args: args, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Getenv: func(key string) string {
		return map[string]string{"WX_APP_SECRET": pretendSecret}[key]
	}}
	s := said{cli.Main(env), stdout.String(), stderr.String()}
	if s.status != status {
		t.Fatalf("wxkeep %s: exit status %d, want %d\n%s", strings.Join(args, " "), s.status, status, s)
	}
	return s
}

// at adds to a command where its account and ledger are.
func at(place []string, args ...string) []string { return append(args, place...) }

// anyMaterial has a name as strangers give it.
var anyMaterial = rapid.Custom(func(t *rapid.T) sandbox.Material {
	m := sandbox.Material{
		Type: rapid.SampledFrom(material.Types()).Draw(t, "type"),
		Name: rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			"it's \"quoted\"", "a # comment", "\n  - \"abc\"\n", "\r\n- x", "活动海报 2026.png", "👩‍👩‍👧‍👦 🇨🇳", "\x00\x1b[31mred\x1b[0m", "\u202egnp.exe", "\u2028- y", "\ufeff",
			"---\n...\n", "<<<<<<< HEAD", "missing since 2020-01-01; x", "keep: []", "{a: [b", "*x &y !z", "::set-output name=x::y", strings.Repeat("素", 200), "  ", "\u0085",
		})).Draw(t, "name"),
		Updated: time.Unix(rapid.Int64Range(1_500_000_000, 1_790_000_000).Draw(t, "updated"), 0),
		Long:    rapid.Bool().Draw(t, "long"),
	}
	switch m.Type {
	case material.Image:
		m.Content = []byte("\x89PNG\r\n\x1a\nuploaded")
	case material.Voice:
		m.Content = []byte("#!AMR\nuploaded")
	}
	return m
})

// listedIDs are those that the manifest at path keeps, sorted.
func listedIDs(t *rapid.T, path string) []material.ID {
	t.Helper()
	policy, err := manifests.Load([]string{path}, manifests.Options{NeedAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	var ids []material.ID
	for _, e := range policy.Accounts[0].Keep {
		ids = append(ids, e.ID)
	}
	slices.Sort(ids)
	return ids
}

func fileText(t *rapid.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestAnImportedManifestChangesNothingAndAMergeAddsWhatWasUploadedSince goes
// from a random account to a manifest and on, through every command on the way.
func TestAnImportedManifestChangesNothingAndAMergeAddsWhatWasUploadedSince(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		account := sandbox.Account{AppID: pretendAppID, Secret: pretendSecret, Materials: rapid.SliceOfN(anyMaterial, 1, 8).Draw(t, "materials")}
		box := sandbox.New(account)
		server := httptest.NewServer(box)
		defer server.Close()
		dir, err := os.MkdirTemp(root, "")
		if err != nil {
			t.Fatal(err)
		}
		path, place := filepath.Join(dir, "wxkeep.yaml"), []string{"--endpoint", server.URL, "--state", filepath.Join(dir, "ledger")}
		live := func() []material.ID {
			p := pretend{sandbox: box}
			return p.live()
		}

		inProcess(t, 0, at(place, "import", "--name", "brand-main", "--appid", pretendAppID, "--secret-env", "WX_APP_SECRET", "--out", path)...)
		before := fileText(t, path)
		inProcess(t, 0, "fmt", path)
		if diff := cmp.Diff(before, fileText(t, path)); diff != "" {
			t.Fatalf("fmt changed what import wrote (-import +fmt):\n%s", diff)
		}
		settled(t, place, path, live())

		uploads := rapid.SliceOfN(anyMaterial, 0, 4).Draw(t, "uploads")
		for _, m := range uploads {
			if _, err := box.Upload(pretendAppID, m); err != nil {
				t.Fatal(err)
			}
		}
		s := inProcess(t, 0, at(place, "import", "--merge", path)...)
		if want := fmt.Sprintf("brand-main: %d added, 0 marked missing, 0 live again\n", len(uploads)); !strings.HasPrefix(s.stdout, want) || strings.Count(s.stdout, "\n") != len(uploads)+1 {
			t.Fatalf("want %q and a line for each upload, got\n%s", want, s)
		}
		after := fileText(t, path)
		added, ok := strings.CutPrefix(after, before)
		if !ok || strings.Count(added, "\n") != len(uploads) {
			t.Fatalf("%d lines were to be added to\n%s\nit became\n%s", len(uploads), before, after)
		}
		for line := range strings.Lines(added) {
			if !addedLine.MatchString(line) {
				t.Fatalf("the line %q is not an entry with its comment", line)
			}
		}
		settled(t, place, path, live())
		inProcess(t, 0, at(place, "import", "--merge", path)...)
		if diff := cmp.Diff(after, fileText(t, path)); diff != "" {
			t.Fatalf("a second merge changed something (-first +second):\n%s", diff)
		}
		if n := len(box.Deletes()); n != 0 {
			t.Fatalf("%d deletions", n)
		}
	})
}

var addedLine = regexp.MustCompile(`^  - "[A-Za-z0-9_-]+" +# (image|voice|video|news ) +\d{4}-\d\d-\d\d`)

// settled holds that the manifest lists exactly what is live, and that nothing
// is to be done.
func settled(t *rapid.T, place []string, path string, live []material.ID) {
	t.Helper()
	inProcess(t, 0, "validate", path)
	s := inProcess(t, 0, at(place, "plan", path)...)
	if !strings.HasSuffix(s.stdout, "No changes. Your material matches the manifest.\n") {
		t.Fatalf("the plan has changes:\n%s", s)
	}
	if diff := cmp.Diff(live, listedIDs(t, path)); diff != "" {
		t.Fatalf("listed (-live +manifest):\n%s", diff)
	}
}
