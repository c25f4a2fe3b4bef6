package cli_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

// governed begins the manifests about places: all that is not kept would go.
const governed = "types: [image, news]\nguards: {max_delete_percent: 100, allow_irreversible: [news], min_age: 0s}\n"

// A placeTest is an account that uses an orphan in one place only.
type placeTest struct {
	account sandbox.Account
	used    material.ID
	where   string // as the plan says it
	paths   []string
}

// usedID is long enough to be found in a file.
const usedID = "used_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// placeTests are all places, and every way to use something there.
func placeTests() map[string]placeTest {
	button := func(b sandbox.Button) *sandbox.Menu {
		return &sandbox.Menu{Buttons: []sandbox.Button{{Name: "产品", Buttons: []sandbox.Button{b}}}}
	}
	article := func(a sandbox.Article) []sandbox.Draft { return []sandbox.Draft{{Articles: []sandbox.Article{a}}} }
	menu := []string{sandbox.MenuGet, sandbox.SelfMenu}
	published := []string{sandbox.PublishedGet}
	return map[string]placeTest{
		"menu, made by API": {
			sandbox.Account{Menu: button(sandbox.Button{Name: "海报", Message: sandbox.Message{Type: "media_id", ID: usedID}})},
			usedID, "menu/产品/海报", menu,
		},
		"menu, for some followers": {
			sandbox.Account{Menu: &sandbox.Menu{
				Buttons: []sandbox.Button{{Name: "首页", URL: "https://example.com", Message: sandbox.Message{Type: "view"}}},
				Conditional: []sandbox.ConditionalMenu{{
					Rule:    map[string]string{"tag_id": "2"},
					Buttons: []sandbox.Button{{Name: "会员", Message: sandbox.Message{Type: "media_id", ID: usedID}}},
				}},
			}},
			usedID, "/会员", menu,
		},
		"menu, made on the website": {
			sandbox.Account{WebsiteMenu: button(sandbox.Button{Name: "活动", Message: sandbox.Message{Type: "news", ID: "issue"}})},
			"issue", "menu/产品/活动", menu,
		},
		"auto_reply": {
			sandbox.Account{AutoReplies: &sandbox.AutoReplies{MessageDefault: &sandbox.Message{Type: "news", ID: "issue"}}},
			"issue", "auto_reply/收到消息回复", []string{sandbox.AutoReply},
		},
		"drafts, a cover": {
			sandbox.Account{Drafts: article(sandbox.Article{Title: "预告", ThumbMediaID: usedID})},
			usedID, `draft "预告", cover`, []string{sandbox.DraftGet},
		},
		"drafts, in the text": {
			sandbox.Account{Drafts: article(sandbox.Article{Title: "预告", Embeds: []string{"used.png"}})},
			usedID, `draft "预告", in the text`, []string{sandbox.DraftGet},
		},
		"drafts, an image message": {
			sandbox.Account{Drafts: article(sandbox.Article{Title: "图集", Images: []string{"used.png"}})},
			usedID, `draft "图集", among the images`, []string{sandbox.DraftGet},
		},
		"published, a cover": {
			sandbox.Account{Published: article(sandbox.Article{Title: "往期", ThumbMediaID: usedID})},
			usedID, `published "往期", cover`, published,
		},
		"published, in the text": {
			sandbox.Account{Published: article(sandbox.Article{Title: "往期", Embeds: []string{"used.png"}})},
			usedID, `published "往期", in the text`, published,
		},
		"news, a cover": {
			sandbox.Account{Materials: []sandbox.Material{{Type: material.News, ID: "staying", Articles: []sandbox.Article{{Title: "留下", ThumbMediaID: usedID}}}}},
			usedID, `news "留下", cover`, nil,
		},
		"news, in the text": {
			sandbox.Account{Materials: []sandbox.Material{{Type: material.News, ID: "staying", Articles: []sandbox.Article{{Title: "留下", Embeds: []string{"used.png"}}}}}},
			usedID, `news "留下", in the text`, nil,
		},
		"files": {sandbox.Account{}, usedID, "site/index.html", nil},
	}
}

// placed is the account of a test, with what every one has, and a manifest that
// searches the places.
func placed(t *testing.T, tt placeTest, places ...string) *pretend {
	t.Helper()
	a := tt.account
	a.Materials = append([]sandbox.Material{
		{Type: material.Image, ID: "kept", Name: "kept.png"},
		{Type: material.Image, ID: "free", Name: "free.png"},
		{Type: material.Image, ID: usedID, Name: "used.png"},
		{Type: material.News, ID: "issue", Articles: []sandbox.Article{{Title: "开业", ThumbMediaID: "kept"}}},
	}, a.Materials...)
	p := newPretend(t, a, governed+"keep: [kept, staying]\nreferences: ["+strings.Join(places, ", ")+"]\n", nil)
	site := filepath.Join(p.dir, "site")
	if err := os.Mkdir(site, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(site, "index.html"), []byte("<p>\n<a data-id=\""+usedID+"\">"), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// reference is how a manifest names the place of a test.
func reference(name string) string {
	place, _, _ := strings.Cut(name, ",")
	if place == "files" {
		return "{files: [site/*.html]}"
	}
	return place
}

func TestWhatOnePlaceUsesIsKept(t *testing.T) {
	t.Parallel()
	for name, tt := range placeTests() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := placed(t, tt, reference(name))
			s := p.exits(t, 0, "plan")
			line := regexp.MustCompile(`(?m)^ +` + string(tt.used) + ` .*  referenced: .*` + regexp.QuoteMeta(tt.where))
			if !line.MatchString(s.stdout) {
				t.Errorf("no line like %s in\n%s", line, s)
			}
			has(t, s.stdout, ", 1 in use, ")
			p.exits(t, 0, "apply", "--auto-approve")
			if live := fmt.Sprint(p.live()); !strings.Contains(live, string(tt.used)) || strings.Contains(live, "free") {
				t.Errorf("left are %s, want %s among them, and not free", live, tt.used)
			}
		})
	}
}

func TestAPlaceThatIsLeftOutIsNotChecked(t *testing.T) {
	t.Parallel()
	all := []string{"menu", "auto_reply", "drafts", "published", "news"}
	for i, place := range all {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			p := placed(t, placeTest{}, append(append([]string{}, all[:i]...), all[i+1:]...)...)
			s := p.exits(t, 0, "plan")
			has(t, s.stdout, "\nbrand-main: NOT CHECKED for uses: "+place+"\nbrand-main: 1 kept, ")
		})
	}
}

// Each run repeats its calls with waits, so all are begun at once.
func TestAPlaceThatCannotBeReadHoldsEverything(t *testing.T) {
	t.Parallel()
	type attempt struct {
		name   string
		status int
		p      *pretend
		said   chan said
	}
	var attempts []attempt
	try := func(status int, name, place string, tt placeTest, faults ...sandbox.Fault) {
		a := attempt{name, status, placed(t, tt, place), make(chan said, 1)}
		if err := a.p.sandbox.Inject(pretendAppID, faults...); err != nil {
			t.Error(err)
		}
		attempts = append(attempts, a)
		go func() { a.said <- run(t, a.p.command("apply", "--auto-approve")) }()
	}
	failures := map[string]sandbox.Fault{"is not granted": {Errcode: 48001}, "answers with 502": {Status: http.StatusBadGateway}, "is cut": {Cut: sandbox.CutBody}}
	for name, tt := range placeTests() {
		for _, path := range tt.paths {
			for how, fault := range failures {
				fault.Path = path
				try(15, fmt.Sprintf("%s: %s %s", name, path, how), reference(name), tt, fault)
			}
		}
	}
	// News is read as it is listed.
	failures["has no item"] = sandbox.Fault{NoItem: true}
	for how, fault := range failures {
		fault.Path, fault.Type = "/cgi-bin/material/batchget_material", material.News
		try(15, "news: "+how, "news", placeTests()["news, a cover"], fault)
	}
	try(15, "files: match nothing", "{files: [sight/*.html]}", placeTest{})
	for _, a := range attempts {
		s := <-a.said
		if s.status != a.status || a.p.deletes() != 0 {
			t.Errorf("%s: %d deleted, want none and exit status %d\n%s", a.name, a.p.deletes(), a.status, s)
		}
		has(t, s.stderr, "references_unknown: ")
	}
}

func TestWhatAnAutoReplyHidesIsHeldUntilItIsResolved(t *testing.T) {
	t.Parallel()
	p := placed(t, placeTest{account: sandbox.Account{
		AutoReplies: &sandbox.AutoReplies{AddFriend: &sandbox.Message{Type: "img", ID: usedID}},
	}}, "auto_reply")
	s := p.exits(t, 0, "plan")
	has(t, s.stdout, "~ hold image (2)", "maybe_in_use: auto_reply/关注后自动回复 shows one that the API does not identify", "1 to delete")
	entry := regexp.MustCompile(`add to resolved_uses: (\{.*media_id: "` + usedID + `".*\})`).FindStringSubmatch(s.stdout)
	if entry == nil {
		t.Fatalf("there is no entry to paste\n%s", s)
	}
	manifest := governed + "keep: [kept]\nreferences: [auto_reply]\nresolved_uses:\n  - "
	p.write(t, manifest+entry[1]+"\n")
	s = p.exits(t, 0, "apply", "--auto-approve")
	has(t, s.stdout, "referenced: auto_reply/关注后自动回复", "Resources: 0 added, 0 changed, 2 destroyed.")
	if got := fmt.Sprint(p.live()); got != fmt.Sprintf("[kept %s]", usedID) {
		t.Errorf("left are %s", got)
	}
	// Another picture there opens the question again.
	upload(t, p, "other")
	p.write(t, manifest+regexp.MustCompile(`sha256: "[0-9a-f]{4}`).ReplaceAllString(entry[1], `sha256: "0000`)+"\n")
	has(t, p.exits(t, 0, "plan").stdout, "~ hold image (1)", "maybe_in_use")
}

func TestAnImageOfADraftThatWasPublishedStaysReferenced(t *testing.T) {
	t.Parallel()
	p := placed(t, placeTest{}, "drafts")
	var drafts []material.ID
	for _, title := range []string{"发布", "群发"} {
		id, err := p.sandbox.AddDraft(pretendAppID, sandbox.Draft{Articles: []sandbox.Article{{Title: title, ThumbMediaID: usedID}}})
		if err != nil {
			t.Fatal(err)
		}
		drafts = append(drafts, id)
	}
	p.exits(t, 0, "plan", "--record")
	if !p.sandbox.Publish(pretendAppID, drafts[0]) || !p.sandbox.RemoveDraft(pretendAppID, drafts[1]) {
		t.Fatal("the drafts were not there")
	}
	day := time.Now().In(time.FixedZone("UTC+8", 8*60*60)).Format("2006-01")
	for _, command := range [][]string{{"plan"}, {"apply", "--auto-approve"}} {
		s := p.exits(t, 0, command...)
		line := regexp.MustCompile(usedID + `.*  referenced: draft "(发布|群发)", cover, last seen ` + day + `-\d\d`)
		if !line.MatchString(s.stdout) {
			t.Errorf("no line like %s in\n%s", line, s)
		}
	}
	if got := fmt.Sprint(p.live()); got != fmt.Sprintf("[kept %s]", usedID) {
		t.Errorf("left are %s", got)
	}
}

func TestACoverGoesWithTheNewsThatUsesItOrStaysWithIt(t *testing.T) {
	t.Parallel()
	account := func(refused bool) sandbox.Account {
		return sandbox.Account{Materials: []sandbox.Material{
			{Type: material.Image, ID: "kept"},
			{Type: material.Image, ID: "cover", Name: "cover.png", Age: 9000 * time.Hour},
			{Type: material.Image, ID: "free", Age: 8000 * time.Hour},
			{Type: material.News, ID: "issue", InUse: refused, Articles: []sandbox.Article{{Title: "开业", ThumbMediaID: "cover"}}},
		}}
	}
	for refused, want := range map[bool]string{false: "[free issue cover]", true: "[free issue]"} {
		p := newPretend(t, account(refused), governed+"keep: [kept]\nreferences: [news]\n", nil)
		s := p.exits(t, 0, "apply", "--auto-approve")
		if got := fmt.Sprint(p.sandbox.Deletes()); got != want {
			t.Errorf("refused: %t: sent were %s, want %s\n%s", refused, got, want, s)
		}
		if refused {
			has(t, s.stdout, "refused news issue", "changed image cover", "news issue still uses it")
			has(t, p.exits(t, 0, "plan").stdout, `referenced: news "开业", cover`, "~ hold news (1)")
		}
	}
}
