package notify

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// TestEveryServiceGetsItsBody holds the exact requests.
func TestEveryServiceGetsItsBody(t *testing.T) {
	t.Parallel()
	runs := map[string]Run{
		"plan":    {Command: "plan", Plan: planned(), Link: "https://ci.example/runs/7?a=1&b=2"},
		"apply":   {Command: "apply", Plan: applied()},
		"hostile": {Command: "plan", Plan: hostile(), Link: "https://ci.example/runs/7"},
	}
	for service, answer := range taken {
		for name, run := range runs {
			t.Run(string(service)+" "+name, func(t *testing.T) {
				t.Parallel()
				r := receive(t, answer)
				c := channel(service, r.URL+"/hook?key="+key, run.Plan)
				if name == "plan" && (service == DingTalk || service == Feishu) {
					c.Sign = "SECkey"
				}
				if errs := sender().Send(t.Context(), []Channel{c}, run); errs != nil {
					t.Fatal(errs)
				}
				requests, bodies := r.got()
				if len(requests) != 1 {
					t.Fatalf("%d requests, want one", len(requests))
				}
				var pretty bytes.Buffer
				if err := json.Indent(&pretty, bodies[0], "", "  "); err != nil {
					t.Fatal(err)
				}
				golden(t, string(service)+"-"+name, requests[0]+"\n"+pretty.String()+"\n")
				if name == "hostile" {
					harmless(t, service, bodies[0])
				}
			})
		}
	}
}

// harmless checks what a chat shows of a body with hostile names.
func harmless(t *testing.T, service Service, body []byte) {
	t.Helper()
	shown := shownText(t, service, body)
	for _, sign := range []string{"<", ">", "[click", "`", "~", "|", "@", "&", "_it_", "\x1b", "\u202e", "\u2028", "\\", "![", "https://evil", "www.evil"} {
		if strings.Contains(shown, sign) {
			t.Errorf("%q is in what %s shows:\n%s", sign, service, shown)
		}
	}
	for line := range strings.Lines(shown) {
		if strings.HasPrefix(line, "# head") || strings.HasPrefix(line, "::error") || strings.HasPrefix(line, "＞ quote") {
			t.Errorf("a name begins a line of what %s shows: %q", service, line)
		}
	}
}

// shownText is what of a body comes from outside, without the link of the run.
func shownText(t *testing.T, service Service, body []byte) string {
	t.Helper()
	var b struct {
		Text     json.RawMessage
		Markdown struct{ Content, Text, Title string }
		Content  struct {
			Post map[string]struct {
				Title   string
				Content [][]struct{ Tag, Text string }
			}
		}
		Blocks []struct{ Text struct{ Text string } }
	}
	if err := json.Unmarshal(body, &b); err != nil {
		t.Fatal(err)
	}
	var parts []string
	switch service {
	case WeCom, DingTalk:
		parts = append(parts, b.Markdown.Content, b.Markdown.Text, b.Markdown.Title)
	case Feishu:
		for _, post := range b.Content.Post {
			parts = append(parts, post.Title)
			for _, line := range post.Content {
				for _, piece := range line {
					if piece.Tag != "text" && piece.Tag != "a" {
						t.Errorf("a piece is tagged %q", piece.Tag)
					}
					parts = append(parts, piece.Text)
				}
			}
		}
	case Slack:
		for _, block := range b.Blocks {
			parts = append(parts, block.Text.Text)
		}
		parts = append(parts, string(b.Text))
	case Webhook:
		var text string
		if err := json.Unmarshal(b.Text, &text); err != nil {
			t.Fatal(err)
		}
		parts = append(parts, text)
	}
	shown := strings.Join(parts, "\n")
	shown = strings.ReplaceAll(shown, "["+openText+"](https://ci.example/runs/7)", "")
	if !strings.Contains(shown, "to delete") {
		t.Errorf("nothing of the message is shown: %s", body)
	}
	return shown
}
