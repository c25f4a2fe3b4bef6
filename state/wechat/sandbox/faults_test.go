package sandbox_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

func TestFaultsHitTheCallsTheyChoose(t *testing.T) {
	t.Parallel()
	const busy = -1
	tests := map[string]struct {
		fault sandbox.Fault
		want  []int // the errcodes of ten calls of get_materialcount
	}{
		"every call":              {sandbox.Fault{}, []int{busy, busy, busy, busy, busy, busy, busy, busy, busy, busy}},
		"each third":              {sandbox.Fault{Every: 3}, []int{0, 0, busy, 0, 0, busy, 0, 0, busy, 0}},
		"the second alone":        {sandbox.Fault{At: 2}, []int{0, busy, 0, 0, 0, 0, 0, 0, 0, 0}},
		"from the eighth on":      {sandbox.Fault{From: 8}, []int{0, 0, 0, 0, 0, 0, 0, busy, busy, busy}},
		"up to the second":        {sandbox.Fault{To: 2}, []int{busy, busy, 0, 0, 0, 0, 0, 0, 0, 0}},
		"from 3 to 4":             {sandbox.Fault{From: 3, To: 4}, []int{0, 0, busy, busy, 0, 0, 0, 0, 0, 0}},
		"some, the same always":   {sandbox.Fault{Probability: 0.5, Seed: 1}, []int{busy, 0, busy, busy, 0, 0, busy, busy, 0, busy}},
		"another endpoint":        {sandbox.Fault{Path: sandbox.DelMaterial}, []int{0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
		"this endpoint":           {sandbox.Fault{Path: sandbox.Count, At: 1}, []int{busy, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
		"a type it does not name": {sandbox.Fault{Type: material.Image}, []int{0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.fault.Errcode = busy
			c := call(t, sandbox.Account{Faults: []sandbox.Fault{tt.fault}})
			var got []int
			for range 10 {
				got = append(got, c.get(sandbox.Count).code(t))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			c.stable(false) // a fault without a path leaves logging in alone
		})
	}
}

func TestFaultsChooseByTypeAndID(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Materials: images("a", "b"), Faults: []sandbox.Fault{
		{Path: sandbox.BatchGet, Type: material.Voice, At: 1, Errcode: 45011},
		{ID: imageID("a"), Errcode: 48005},
		{Path: sandbox.StableToken, Errcode: 40164},
	}})
	got := []int{
		c.list(material.Image, 0, 20).code(t), c.list(material.Voice, 0, 20).code(t), c.list(material.Voice, 0, 20).code(t),
		c.delete(imageID("a")).code(t), c.delete(imageID("b")).code(t),
		c.send("POST", sandbox.StableToken, `{"appid":"`+appid+`"}`, "").code(t),
	}
	if diff := cmp.Diff([]int{0, 45011, 0, 48005, 0, 40164}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What a fault does to one deletion, and whether the material is gone after it.
func TestFaultsBeforeAndAfterTheEffect(t *testing.T) {
	t.Parallel()
	const cut = -999
	tests := map[string]struct {
		fault  sandbox.Fault
		status int
		code   int // cut: no whole answer came
		gone   bool
	}{
		"no fault":                    {sandbox.Fault{Latency: time.Microsecond}, 200, 0, true},
		"errcode":                     {sandbox.Fault{Errcode: 45009}, 200, 45009, false},
		"cut before":                  {sandbox.Fault{Cut: sandbox.CutBefore}, 0, cut, false},
		"cut body":                    {sandbox.Fault{Cut: sandbox.CutBody}, 200, cut, true},
		"lost, busy":                  {sandbox.Fault{Lost: sandbox.LostBusy}, 200, -1, true},
		"lost, cut":                   {sandbox.Fault{Lost: sandbox.LostCut}, 0, cut, true},
		"errcode wins over the loss":  {sandbox.Fault{Errcode: 48005, Lost: sandbox.LostBusy}, 200, -1, false},
		"errcode in a body that ends": {sandbox.Fault{Errcode: 48005, Cut: sandbox.CutBody}, 200, cut, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := call(t, sandbox.Account{Materials: images("a"), Faults: []sandbox.Fault{tt.fault}})
			a := c.delete(imageID("a"))
			code := cut
			if a.Err == nil {
				code = a.code(t)
			}
			if code != tt.code || a.Status != tt.status {
				t.Errorf("got status %d, code %d (%v); want %d, %d", a.Status, code, a.Err, tt.status, tt.code)
			}
			if gone := len(c.sandbox.Live(appid)) == 0; gone != tt.gone {
				t.Errorf("gone: got %t, want %t", gone, tt.gone)
			}
			if diff := cmp.Diff([]material.ID{imageID("a")}, c.sandbox.Deletes()); diff != "" {
				t.Errorf("deletes: -want +got:\n%s", diff)
			}
			if got := c.sandbox.Calls()[sandbox.DelMaterial]; got != 1 {
				t.Errorf("calls: got %d, want 1", got)
			}
		})
	}
}

func TestGatewayErrorIsHTML(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Materials: images("a"), Faults: []sandbox.Fault{{Status: 502}}})
	a := c.delete(imageID("a"))
	if a.Status != 502 || a.Header.Get("Content-Type") != "text/html" || !strings.HasPrefix(a.Body, "<html>") {
		t.Errorf("got %d %q %q", a.Status, a.Header.Get("Content-Type"), a.Body)
	}
	if len(c.sandbox.Live(appid)) != 1 {
		t.Error("the material is gone")
	}
}

func TestLatencyComesBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Faults: []sandbox.Fault{{Latency: 20 * time.Millisecond}, {Latency: 30 * time.Millisecond}}})
	before := time.Now()
	c.get(sandbox.Count)
	if took := time.Since(before); took < 50*time.Millisecond {
		t.Errorf("took %s, want 50ms at least", took)
	}
}

func TestTokenDiesOfUse(t *testing.T) {
	t.Parallel()
	for _, code := range []int{0, 40001, 40014} {
		c := call(t, sandbox.Account{Faults: []sandbox.Fault{{TokenUses: 2, Errcode: code}}})
		if code == 0 {
			code = 42001
		}
		first := c.stable(false).Token
		got := []int{c.with(first), c.with(first), c.with(first), c.with(first)}
		second := c.stable(false).Token
		got = append(got, c.with(second), c.with(second), c.with(second))
		if diff := cmp.Diff([]int{0, 0, code, code, 0, 0, code}, got); diff != "" {
			t.Errorf("code %d: -want +got:\n%s", code, diff)
		}
	}
}

func TestListsThatMove(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault sandbox.Fault
		want  [][]string // two pages of two
	}{
		"an upload repeats a row":      {sandbox.Fault{Upload: 1}, [][]string{{"d", "c"}, {"c", "b"}}},
		"a deletion skips a row":       {sandbox.Fault{Remove: 1}, [][]string{{"d", "c"}, {"a"}}},
		"of another type: nothing":     {sandbox.Fault{Remove: 1, Type: material.Voice}, [][]string{{"d", "c"}, {"b", "a"}}},
		"the offset is ignored":        {sandbox.Fault{IgnoreOffset: true}, [][]string{{"d", "c"}, {"d", "c"}}},
		"a page is shorter than asked": {sandbox.Fault{PageCap: 1}, [][]string{{"d", "c"}, {"b"}}},
		"two uploads":                  {sandbox.Fault{Upload: 2}, [][]string{{"d", "c"}, {"d", "c"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.fault.Path, tt.fault.At = sandbox.BatchGet, 2
			if tt.fault.Type != "" {
				tt.fault.At = 0
			}
			c := call(t, sandbox.Account{Materials: images("d", "c", "b", "a"), Faults: []sandbox.Fault{tt.fault}})
			got := [][]string{c.list(material.Image, 0, 2).page(t).names(), c.list(material.Image, 2, 2).page(t).names()}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestAnUploadByAFaultIsNew(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Faults: []sandbox.Fault{{Path: sandbox.BatchGet, At: 1, Upload: 1}}})
	for _, typ := range material.Types() {
		c.list(typ, 0, 20)
	}
	live := c.sandbox.Live(appid)
	if len(live) != 1 || live[0].Type != material.Image || live[0].UpdateTime != start.Unix() {
		t.Errorf("got %+v, want one image of now", live)
	}
}

func TestAnswersThatLie(t *testing.T) {
	t.Parallel()
	list := func(c *caller) string { return c.list(material.Voice, 0, 1).Body }
	count := func(c *caller) string { return c.get(sandbox.Count).Body }
	tests := map[string]struct {
		fault sandbox.Fault
		ask   func(*caller) string
		want  string
	}{
		"no item":                   {sandbox.Fault{NoItem: true}, list, `{"total_count":1,"item_count":1}`},
		"a total that is too large": {sandbox.Fault{TotalOff: 3}, list, `{"item":[{"media_id":"v","name":"v","update_time":1,"tags":[]}],"total_count":4,"item_count":1}`},
		"a total that is too small": {sandbox.Fault{TotalOff: -3}, list, `{"item":[{"media_id":"v","name":"v","update_time":1,"tags":[]}],"total_count":0,"item_count":1}`},
		"wrong counts":              {sandbox.Fault{TotalOff: 1}, count, `{"voice_count":2,"video_count":1,"image_count":1,"news_count":1}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := call(t, sandbox.Account{
				Materials: []sandbox.Material{{Type: material.Voice, ID: "v", Name: "v", Updated: time.Unix(1, 0)}},
				Faults:    []sandbox.Fault{tt.fault},
			})
			if got := tt.ask(c); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestAPageLongerThanAsked(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Materials: images("d", "c", "b", "a"), Faults: []sandbox.Fault{{PageExtra: 2}}})
	if diff := cmp.Diff([]string{"d", "c", "b"}, c.list(material.Image, 0, 1).page(t).names()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestBadBytesAreRaw(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{
		Materials: []sandbox.Material{{Type: material.Image, Name: "n"}, {Type: material.News, Name: "t"}, {Type: material.Video, ID: "v"}},
		Faults:    []sandbox.Fault{{BadBytes: true}},
	})
	for name, body := range map[string]string{
		"image list": c.list(material.Image, 0, 20).Body,
		"news list":  c.list(material.News, 0, 20).Body,
		"video":      c.content("v").Body,
	} {
		if json.Valid([]byte(body)) || utf8.ValidString(body) || !strings.Contains(body, "\x02\x0b\xe6\x9c\"") {
			t.Errorf("%s is valid: %q", name, body)
		}
		if clean := strings.ReplaceAll(body, "\x02\x0b\xe6\x9c", ""); !json.Valid([]byte(clean)) {
			t.Errorf("%s is broken beyond the bad bytes: %q", name, clean)
		}
	}
}

func TestInjectAndHeal(t *testing.T) {
	t.Parallel()
	c := call(t)
	if err := c.sandbox.Inject(appid, sandbox.Fault{Errcode: 50002, Errmsg: "user limited"}); err != nil {
		t.Fatal(err)
	}
	if a := c.get(sandbox.Count); a.code(t) != 50002 || !strings.Contains(a.Body, "user limited") {
		t.Errorf("got %s", a.Body)
	}
	c.sandbox.Heal(appid)
	if got := c.get(sandbox.Count).code(t); got != 0 {
		t.Errorf("after Heal: got errcode %d", got)
	}
	if err := c.sandbox.Inject("nobody", sandbox.Fault{Errcode: -1}); err == nil {
		t.Error("a fault for an unknown account is accepted")
	}
}

func TestErrorMessagesEndAsWeChatsDo(t *testing.T) {
	t.Parallel()
	c := call(t)
	form := regexp.MustCompile(`^invalid media_id(,? rid: R| hint: \[H\]( rid: R)?| hints: \[H!\]|, hints: \[ req_id: H \])$`)
	rid := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}`)
	hint := regexp.MustCompile(`\b[0-9a-f]{8}\b`)
	forms := map[string]bool{}
	for range 12 {
		var e struct{ Errmsg string }
		if err := json.Unmarshal([]byte(c.delete("absent").Body), &e); err != nil {
			t.Fatal(err)
		}
		got := hint.ReplaceAllString(rid.ReplaceAllString(e.Errmsg, "R"), "H")
		if !form.MatchString(got) {
			t.Errorf("strange message %q", e.Errmsg)
		}
		forms[got] = true
	}
	if len(forms) != 6 {
		t.Errorf("got %d forms, want 6: %v", len(forms), forms)
	}
}
