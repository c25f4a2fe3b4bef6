package examples_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	fence   = regexp.MustCompile("(?ms)^```.*?^```$")
	span    = regexp.MustCompile("`[^`\n]+`")
	heading = regexp.MustCompile(`(?m)^#+ `)
	link    = regexp.MustCompile(`\]\(([^)]+)\)`)
	remark  = regexp.MustCompile(`(?m) +# .*$`)
	status  = regexp.MustCompile(`\| (\d+) \|`)
	bold    = regexp.MustCompile(`\*\*`)
)

// untranslated is what a translation may not change.
func untranslated(text string) map[string][]string {
	blocks := fence.FindAllString(text, -1)
	for i := range blocks {
		blocks[i] = remark.ReplaceAllString(blocks[i], "")
	}
	prose := fence.ReplaceAllString(text, "")
	spans := span.FindAllString(prose, -1)
	slices.Sort(spans)
	return map[string][]string{
		"code blocks, but for remarks": blocks,
		"code in the text":             spans,
		"headings":                     heading.FindAllString(prose, -1),
		"exit statuses":                status.FindAllString(prose, -1),
		"bold":                         bold.FindAllString(prose, -1),
	}
}

func TestTheChineseReadmeSaysWhatTheEnglishOneDoes(t *testing.T) {
	t.Parallel()
	english, chinese := read(t, "../README.md"), read(t, "README.zh-CN.md")
	if diff := cmp.Diff(untranslated(english), untranslated(chinese)); diff != "" {
		t.Errorf("README.md and README.zh-CN.md differ (-English +Chinese):\n%s", diff)
	}
	first, _, _ := strings.Cut(english, "\n")
	has(t, first, "(examples/README.zh-CN.md)")
	first, _, _ = strings.Cut(chinese, "\n")
	has(t, first, "(../README.md)")
}

// Every example says in a README.md what it is for, what to change and which
// secrets it needs, and no link in one leads nowhere.
func TestLinksOfTheReadmesLeadSomewhere(t *testing.T) {
	t.Parallel()
	readmes, err := filepath.Glob("*/README.md")
	if err != nil || len(readmes) < 8 {
		t.Fatalf("%d, %v", len(readmes), err)
	}
	for _, name := range append(readmes, "README.md", "README.zh-CN.md", "../README.md") {
		for _, m := range link.FindAllStringSubmatch(read(t, name), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, name := range []string{"docker", "github-actions", "gitlab-ci", "kubernetes", "systemd", "teams"} {
		has(t, read(t, name, "README.md"), "**To change", "**Secrets")
	}
}
