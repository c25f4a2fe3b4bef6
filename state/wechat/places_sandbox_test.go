package wechat_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wxkeep/state"
	"wxkeep/state/material"
	"wxkeep/state/wechat"
	"wxkeep/state/wechat/sandbox"
)

// furnished is an account that uses its materials everywhere.
func furnished() sandbox.Account {
	return sandbox.Account{
		Materials: []sandbox.Material{
			{Type: material.Image, ID: "poster", Name: "poster.png"},
			{Type: material.Image, ID: "cover", Name: "cover.png"},
			{Type: material.Image, ID: "text", Name: "text.png"},
			{Type: material.Voice, ID: "hello", Name: "hello.amr"},
			{Type: material.Video, ID: "intro", Name: "intro.mp4"},
			{Type: material.News, ID: "issue", Articles: []sandbox.Article{{Title: "开业", Thumb: "cover.png", Embeds: []string{"text.png"}}}},
		},
		Menu: &sandbox.Menu{Buttons: []sandbox.Button{
			{Name: "产品", Buttons: []sandbox.Button{{Name: "海报", Message: sandbox.Message{Type: "media_id", Material: "poster.png"}}}},
			{Name: "会员", Message: sandbox.Message{Type: "view_limited", Material: "开业"}},
		}},
		AutoReplies: &sandbox.AutoReplies{
			AddFriend:      &sandbox.Message{Type: "voice", Material: "hello.amr"},
			MessageDefault: &sandbox.Message{Type: "news", Material: "开业"},
			Keywords:       []sandbox.KeywordRule{{Name: "介绍", Replies: []sandbox.Message{{Type: "video", Material: "intro.mp4"}, {Type: "img", Material: "poster.png"}}}},
		},
		Drafts:    []sandbox.Draft{{Articles: []sandbox.Article{{Title: "预告", Thumb: "cover.png", Embeds: []string{"text.png"}}, {Title: "图集", Images: []string{"poster.png"}}}}},
		Published: []sandbox.Draft{{Articles: []sandbox.Article{{Title: "往期", Thumb: "cover.png"}}}},
	}
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// urlOf is the key of an image's address, as the listing gives it.
func urlOf(t *testing.T, s *sandbox.Sandbox, id material.ID) string {
	t.Helper()
	for _, it := range s.Live(appid) {
		if it.ID == id {
			return material.URLKey(it.URL)
		}
	}
	t.Fatalf("no %s", id)
	return ""
}

func searchers(c *wechat.Client) map[string]state.Searcher {
	all := map[string]state.Searcher{}
	for _, s := range []state.Searcher{wechat.NewMenu(c), wechat.NewAutoReply(c), wechat.NewDrafts(c), wechat.NewPublished(c)} {
		all[s.Place()] = s
	}
	return all
}

var withoutScans = cmpopts.IgnoreFields(state.Search{}, "Scan")

func TestEveryPlaceOfAPretendAccountIsSearched(t *testing.T) {
	t.Parallel()
	client, s := connect(t, furnished())
	poster, err := wechat.NewReader(client).Material(t.Context(), "poster")
	if err != nil {
		t.Fatal(err)
	}
	hello, err := wechat.NewReader(client).Material(t.Context(), "hello")
	if err != nil {
		t.Fatal(err)
	}
	cover, text := urlOf(t, s, "cover"), urlOf(t, s, "text")
	want := map[string]state.Search{
		"menu": {Seen: 2, Uses: []state.Use{
			{Where: "menu/会员", URL: cover}, {Where: "menu/会员", ID: "issue"}, {Where: "menu/产品/海报", ID: "poster"},
		}},
		"auto_reply": {
			Seen: 4,
			Uses: []state.Use{{Where: "auto_reply/收到消息回复", URL: cover}, {Where: "auto_reply/收到消息回复", ID: "issue"}},
			Shown: []state.Shown{
				{Place: "auto_reply/关注后自动回复", Type: material.Voice, SHA256: sum(hello.File)},
				{Place: "auto_reply/介绍", Type: material.Video, SHA256: sum([]byte("vid=wxv_1"))},
				{Place: "auto_reply/介绍 (2)", Type: material.Image, SHA256: sum(poster.File)},
			},
		},
		"drafts": {Seen: 1, Uses: []state.Use{
			{Where: `draft "预告" (article 1), in the text`, URL: text},
			{Where: `draft "预告" (article 1), cover`, ID: "cover", URL: cover},
			{Where: `draft "预告" (article 2), among the images`, ID: "poster"},
		}},
		"published": {Seen: 1, Uses: []state.Use{{Where: `published "往期", cover`, ID: "cover", URL: cover}}},
	}
	for range 2 { // another answer, other copies, the same sums
		for place, searcher := range searchers(client) {
			got, err := searcher.Search(t.Context())
			if err != nil {
				t.Errorf("%s: %v", place, err)
			}
			expected := want[place]
			expected.Place = place
			for i := range expected.Uses {
				expected.Uses[i].Place = place
			}
			if diff := cmp.Diff(expected, got, withoutScans); diff != "" {
				t.Errorf("%s (-want +got):\n%s", place, diff)
			}
		}
	}
	calls := client.Calls()
	if calls[sandbox.MediaGet] != 4 || calls[sandbox.MenuGet] != 2 || calls[sandbox.DraftGet] != 2 {
		t.Errorf("calls: %v", calls)
	}
	snapshot, err := state.Observe(t.Context(), wechat.NewReader(client), material.Types(), state.Options{Whole: []material.Type{material.News}})
	if err != nil {
		t.Fatal(err)
	}
	wantNews := []state.Use{
		{Place: "news", Where: `news "开业", in the text`, URL: text, By: "issue"},
		{Place: "news", Where: `news "开业", cover`, ID: "cover", URL: cover, By: "issue"},
	}
	if diff := cmp.Diff(wantNews, snapshot.Uses); diff != "" {
		t.Errorf("news (-want +got):\n%s", diff)
	}
}

func TestAHiddenImageOfAWebsiteMenuIsShown(t *testing.T) {
	t.Parallel()
	account := furnished()
	account.WebsiteMenu = &sandbox.Menu{Buttons: []sandbox.Button{{Name: "联系我们", Message: sandbox.Message{Type: "img", Material: "cover.png"}}}}
	client, _ := connect(t, account)
	got, err := wechat.NewMenu(client).Search(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cover, err := wechat.NewReader(client).Material(t.Context(), "cover")
	if err != nil {
		t.Fatal(err)
	}
	want := []state.Shown{{Place: "menu/联系我们", Type: material.Image, SHA256: sum(cover.File)}}
	if diff := cmp.Diff(want, got.Shown); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAPlaceThatFailsIsAnError(t *testing.T) {
	t.Parallel()
	paths := map[string][]string{
		"menu": {sandbox.MenuGet, sandbox.SelfMenu}, "auto_reply": {sandbox.AutoReply, sandbox.MediaGet},
		"drafts": {sandbox.DraftGet}, "published": {sandbox.PublishedGet},
	}
	faults := map[string]struct {
		fault sandbox.Fault
		want  error
	}{
		"not granted": {sandbox.Fault{Errcode: 48001}, state.ErrNotGranted},
		"quota":       {sandbox.Fault{Errcode: 45009}, state.ErrQuota},
		"a gateway":   {sandbox.Fault{Status: http.StatusBadGateway}, state.ErrBusy},
		"cut":         {sandbox.Fault{Cut: sandbox.CutBody}, state.ErrBusy},
		"unknown":     {sandbox.Fault{Errcode: 99999}, state.ErrStop},
	}
	for name, f := range faults {
		for place, all := range paths {
			for _, path := range all {
				t.Run(name+" "+path, func(t *testing.T) {
					t.Parallel()
					fault := f.fault
					fault.Path = path
					account := furnished()
					account.Faults = []sandbox.Fault{fault}
					client, _ := connect(t, account)
					if got, err := searchers(client)[place].Search(t.Context()); !errors.Is(err, f.want) {
						t.Errorf("got %+v, %v; want %v", got, err, f.want)
					}
				})
			}
		}
	}
	for name, fault := range map[string]sandbox.Fault{
		"no item": {NoItem: true}, "the total is off": {TotalOff: 1}, "the offset is ignored": {IgnoreOffset: true},
	} {
		account := furnished()
		account.Generate = sandbox.Generate{Drafts: 40}
		account.Faults = []sandbox.Fault{fault}
		client, _ := connect(t, account)
		if got, err := wechat.NewDrafts(client).Search(t.Context()); err == nil {
			t.Errorf("%s: taken for %d drafts", name, got.Seen)
		}
	}
}

func TestBusyAnswersAndBadBytesDoNotHideUses(t *testing.T) {
	t.Parallel()
	account := furnished()
	account.Faults = []sandbox.Fault{{Every: 2, Errcode: -1}, {BadBytes: true}, {Every: 3, Cut: sandbox.CutBody}}
	client, _ := connect(t, account)
	calm, _ := connect(t, furnished())
	for place, searcher := range searchers(client) {
		got, err := searcher.Search(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", place, err)
		}
		want, err := searchers(calm)[place].Search(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, withoutScans, cmpopts.IgnoreFields(state.Use{}, "Where"), cmpopts.IgnoreFields(state.Shown{}, "Place")); diff != "" {
			t.Errorf("%s (-calm +got):\n%s", place, diff)
		}
	}
}

func TestAPublishedDraftIsFoundAmongThePublications(t *testing.T) {
	t.Parallel()
	client, s := connect(t, furnished())
	if !s.Publish(appid, s.Drafts(appid)[0]) {
		t.Fatal("not published")
	}
	drafts, err := wechat.NewDrafts(client).Search(t.Context())
	if err != nil || drafts.Seen != 0 {
		t.Errorf("drafts: %+v, %v", drafts, err)
	}
	published, err := wechat.NewPublished(client).Search(t.Context())
	if err != nil || published.Seen != 2 {
		t.Errorf("published: %+v, %v", published, err)
	}
	for _, u := range published.Uses {
		if u.ID == "poster" {
			t.Errorf("the images of an image message are told: %+v", u)
		}
	}
}

func TestWhatWasDeletedCanBeUploadedAgain(t *testing.T) {
	t.Parallel()
	client, s := connect(t, sandbox.Account{Materials: []sandbox.Material{
		{Type: material.Image, Name: `C:\图\..\a "b"..png`},
		{Type: material.Image, Name: "thumb", Thumb: true},
		{Type: material.Image, Name: "as it was.PNG"},
		{Type: material.Voice, Name: "greeting"},
		{Type: material.Voice, Name: "voice.amr"},
	}})
	reader, uploader := wechat.NewReader(client), wechat.NewUploader(client)
	var names []string
	for _, it := range s.Live(appid) {
		before, err := reader.Material(t.Context(), it.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := wechat.NewDeleter(client, material.Set{it.ID: {}}, nil).Delete(t.Context(), it.ID); err != nil {
			t.Fatal(err)
		}
		id, url, err := uploader.Upload(t.Context(), it.Type, it.Name, before.File)
		if err != nil || id == it.ID || (it.Type == material.Image) != (url != "") {
			t.Fatalf("%q: %s %q, %v", it.Name, id, url, err)
		}
		after, err := reader.Material(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("%q came back as something else (-before +after):\n%s", it.Name, diff)
		}
	}
	for _, it := range s.Live(appid) {
		names = append(names, it.Name)
	}
	want := []string{"as it was.PNG", "thumb.jpg", "a b.png", "voice.amr", "greeting.amr"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}
