package sandbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

// example returns the account file that README.md shows.
func example(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(b), "```yaml\n")
	text, _, _ := strings.Cut(after, "```")
	return text
}

func TestReadmeExample(t *testing.T) {
	t.Parallel()
	s, err := sandbox.Parse([]byte(example(t)), "README.md", start.AddDate(1, 0, 0)) // the file has its own clock
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{appid}, s.Accounts()); diff != "" {
		t.Errorf("accounts: -want +got:\n%s", diff)
	}
	if secret, _ := s.AppSecret(appid); secret != "pretend-secret" {
		t.Errorf("secret: got %q", secret)
	}
	clock := time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("", 8*3600))
	if got := s.Now().Sub(clock); got < 0 || got > time.Minute {
		t.Errorf("the clock runs on from %s: it is off by %s", clock, got)
	}
	got := map[string]time.Time{}
	counts := map[material.Type]int{}
	for _, it := range s.Live(appid) {
		counts[it.Type]++
		got[it.Name] = time.Unix(it.UpdateTime, 0)
	}
	if diff := cmp.Diff(map[material.Type]int{material.Image: 1006, material.Voice: 21, material.Video: 21, material.News: 51}, counts); diff != "" {
		t.Errorf("counts: -want +got:\n%s", diff)
	}
	for name, want := range map[string]time.Time{
		"logo.png":   clock.Add(-400 * 24 * time.Hour),
		"banner.png": clock.Add(-2 * 24 * time.Hour),
		"hello.amr":  time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC),
		"qr.png":     clock.Add(-365*24*time.Hour - time.Minute), // the sixth
	} {
		if !got[name].Equal(want) {
			t.Errorf("%s: last changed %s, want %s", name, got[name], want)
		}
	}
}

func TestAgesCountFromTheTimeOfLoading(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "account.yaml")
	text := "accounts:\n  - appid: " + appid + "\n    materials: [{type: voice, age: 2w}, {type: voice, age: 36h}]\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	before := time.Now().Truncate(time.Second)
	s, err := sandbox.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, age := range []time.Duration{14 * 24 * time.Hour, 36 * time.Hour} {
		at := time.Unix(s.Live(appid)[i].UpdateTime, 0).Add(age)
		if at.Before(before) || at.After(time.Now()) {
			t.Errorf("age %s counts from %s", age, at)
		}
	}
	if _, err := sandbox.Load(path + ".absent"); err == nil {
		t.Error("a file that is not there loads")
	}
}

func TestMistakesInTheFile(t *testing.T) {
	t.Parallel()
	const head = "accounts:\n  - appid: wx0123456789abcdef\n"
	tests := map[string]struct{ text, want string }{
		"nothing":              {"", `f.yaml:1:1: accounts: there is none; describe at least one account`},
		"accounts left empty":  {"accounts:\n", `f.yaml:1:10: accounts: there is none; describe at least one account`},
		"not YAML":             {"accounts: [", `f.yaml:1: did not find expected node content`},
		"an unknown key":       {head + "    colour: red\n", `f.yaml:3:5: unknown key "colour"`},
		"two of them":          {head + "    materials:\n      - {type: image, nam: x}\n    x: 1\n", "f.yaml:4:23: unknown key \"nam\"\nf.yaml:5:5: unknown key \"x\""},
		"a key twice":          {head + "    appid: x\n", `f.yaml:3: mapping key "appid" already defined at line 2`},
		"a second document":    {head + "---\naccounts: []\n", `f.yaml:3: a second document; one file is one document`},
		"a bad appid":          {"accounts: [{appid: wx1}]", `f.yaml:1:20: accounts[0].appid: "wx1" is not wx and 16 hex digits`},
		"an appid twice":       {head + "  - appid: wx0123456789abcdef\n", `f.yaml:3:12: accounts[1].appid: wx0123456789abcdef is there twice`},
		"no type":              {head + "    materials:\n      - {name: x}\n", `f.yaml:4:9: accounts[0].materials[0]: "" is not a type of material; the types are image, voice, video, news`},
		"a bad age":            {head + "    materials:\n      - {type: image, age: old}\n", `f.yaml:4: age "old" is not a duration, such as 400d, 2w or 36h`},
		"an age to come":       {head + "    materials:\n      - {type: image, age: -1d}\n", `f.yaml:4:9: accounts[0].materials[0]: age -24h0m0s is in the future`},
		"a bad id":             {head + "    materials: [{type: image, media_id: a b}]\n", `f.yaml:3:17: accounts[0].materials[0]: media_id "a b" has ' ' at character 2; only A-Z a-z 0-9 - _ can occur`},
		"an id twice":          {head + "    materials:\n      - {type: image, media_id: x}\n      - {type: voice, media_id: x}\n", `f.yaml:5:33: accounts[0].materials[1].media_id: x is there twice`},
		"a bad colour":         {head + "    materials: [{type: image, color: red}]\n", `f.yaml:3:17: accounts[0].materials[0]: color "red" is not #rrggbb, such as #07c160`},
		"a bad size":           {head + "    materials: [{type: image, size: 1x}]\n", `f.yaml:3:17: accounts[0].materials[0]: size "1x" is not WIDTHxHEIGHT, such as 640x480`},
		"a giant":              {head + "    materials: [{type: image, size: 1x5000}]\n", `f.yaml:3:17: accounts[0].materials[0]: size "1x5000" has to be between 1x1 and 4096x4096`},
		"a coloured voice":     {head + "    materials: [{type: voice, color: red}]\n", `f.yaml:3:17: accounts[0].materials[0]: only an image has thumb, color, size or url; this is type voice`},
		"articles of an image": {head + "    materials: [{type: image, articles: [{title: x}]}]\n", `f.yaml:3:17: accounts[0].materials[0]: only news has articles; this is type image`},
		"news with two names":  {head + "    materials: [{type: news, name: y, articles: [{title: x}]}]\n", `f.yaml:3:17: accounts[0].materials[0]: news is named after its first article; remove name "y" or the articles`},
		"an unknown cover":     {head + "    materials: [{type: news, articles: [{title: x, thumb: y}]}]\n", `f.yaml:3:17: accounts[0].materials[0]: article "x": thumb "y" is not the name of an image of this account; use thumb_media_id for an id`},
		"a bad quota":          {head + "    quotas: {del_material: {daily: 1}}\n", `f.yaml:3:13: accounts[0].quotas: "del_material" is not an endpoint of the sandbox`},
		"a fault of no effect": {head + "    faults: [{every: 3}]\n", `f.yaml:3:14: accounts[0].faults[0]: it does nothing; give it an effect such as errcode: -1`},
		"a fault nowhere":      {head + "    faults: [{path: /x, errcode: -1}]\n", `f.yaml:3:14: accounts[0].faults[0]: path "/x" is not an endpoint of the sandbox`},
		"a strange cut":        {head + "    faults: [{cut: wire}]\n", `f.yaml:3:14: accounts[0].faults[0]: cut "wire" is neither before nor body`},
		"a strange loss":       {head + "    faults: [{lost: sock}]\n", `f.yaml:3:14: accounts[0].faults[0]: lost "sock" is neither busy nor cut`},
		"a chance above one":   {head + "    faults: [{errcode: 1, probability: 2}]\n", `f.yaml:3:14: accounts[0].faults[0]: probability 2 is not between 0 and 1`},
		"a strange status":     {head + "    faults: [{status: 42}]\n", `f.yaml:3:14: accounts[0].faults[0]: status 42 is not an HTTP status from 200 to 599`},
		"a strange type":       {head + "    faults: [{type: thumb, errcode: 1}]\n", `f.yaml:3:14: accounts[0].faults[0]: "thumb" is not a type of material; the types are image, voice, video, news`},
		"uses and more":        {head + "    faults: [{token_uses: 2, every: 3}]\n", `f.yaml:3:14: accounts[0].faults[0]: token_uses goes with errcode alone`},
		"too many to make":     {head + "    generate: {image: 1000001}\n", `f.yaml:3:15: accounts[0].generate: 1000001 is more than 1000000`},
		"an unknown poster":    {head + "    menu:\n      buttons: [{name: a, buttons: [{name: b, type: media_id, material: x}]}]\n", `f.yaml:4:37: accounts[0].menu.buttons[0].buttons[0]: material "x" is not the name of what a message of type media_id shows; use media_id for an id`},
		"a button of no name":  {head + "    website_menu: {buttons: [{type: click}]}\n", `f.yaml:3:30: accounts[0].website_menu.buttons[0]: a button has no name`},
		"a text with an image": {head + "    auto_replies: {keywords: [{replies: [{type: text, media_id: x}]}]}\n", `f.yaml:3:42: accounts[0].auto_replies.keywords[0].replies[0]: type "text" shows no material; use img, voice, video, news or media_id`},
		"an unknown greeting":  {head + "    auto_replies: {add_friend: {type: img, material: x}}\n", `f.yaml:3:32: accounts[0].auto_replies.add_friend: material "x" is not the name of what a message of type img shows; use media_id for an id`},
		"an empty draft":       {head + "    drafts: [{media_id: x}]\n", `f.yaml:3:14: accounts[0].drafts[0]: a draft has at least one article`},
		"an unknown embed":     {head + "    published: [{articles: [{title: x, embeds: [y]}]}]\n", `f.yaml:3:17: accounts[0].published[0]: article "x": embeds: "y" is not the name of an image of this account`},
		"a strange path":       {head + "    cloud_run: {paths: [/cgi-bin/menu/set]}\n", `f.yaml:3:25: accounts[0].cloud_run.paths[0]: "/cgi-bin/menu/set" is not an endpoint that takes a token`},
		"a token of another":   {head + "    access_token: T\n    cloud_run: {cloudbase_access_token: T}\n", `f.yaml:4:41: accounts[0].cloud_run.cloudbase_access_token: another token is the same`},
		"a strange address":    {head + "    ip_whitelist: [10.0.0.0/8]\n", `f.yaml:3:20: accounts[0].ip_whitelist[0]: "10.0.0.0/8" is not an IP address`},
		"a negative number":    {head + "    generate: {image: -1}\n", `f.yaml:3:15: accounts[0].generate: a number is negative`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := sandbox.Parse([]byte(tt.text), "f.yaml", start)
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("accounts: [{appid: wx0123456789abcdef, materials: [{type: news, articles: [{title: x}]}], faults: [{at: 1, cut: body}]}]")
	f.Add("accounts: [{appid: wx0123456789abcdef, quotas: {/cgi-bin/token: {daily: 1}}}]")
	f.Add("clock: 2026-11-23T09:00:00+08:00\naccounts:\n  - &a {appid: wx0123456789abcdef}\n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "generate") {
			return // a number may ask for a million materials
		}
		s, err := sandbox.Parse([]byte(text), "f.yaml", start)
		if err == nil && len(s.Accounts()) == 0 {
			t.Error("no error and no account")
		}
	})
}
