package browser

import (
	"strings"
	"sync"
	"testing"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// names are those of the rows in the document, from the top.
const names = `[...document.querySelectorAll('.row')].toSorted((a, b) => a.ariaRowIndex - b.ariaRowIndex).map(r => r.querySelector('.name').textContent)`

// active is the name in the row that the keys act on.
const active = `document.querySelector('.row[aria-selected=true] .name')?.textContent ?? ''`

func (p *tab) names() []string { return value[[]string](p, names) }

func (p *tab) choose(id, option string) {
	p.Helper()
	p.js(`{const s = document.getElementById('` + id + `'); s.value = '` + option + `'; s.dispatchEvent(new Event('input', {bubbles: true}))}`)
}

func TestFilters(t *testing.T) {
	t.Parallel()
	page := open(t, twelve(), nil, tall)
	tests := []struct {
		name, id, option string
		want             []string
	}{
		{"by type", "by-type", "voice", []string{"旧活动.mp3"}},
		{"by action", "by-action", "used", []string{"used.png"}},
		{"by reason", "by-reason", "maybe_in_use", []string{"无链接.png"}},
	}
	for _, tt := range tests {
		page.choose(tt.id, tt.option)
		if diff := cmp.Diff(tt.want, page.names()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		page.equal(tt.name, "1 of 12 shown", value[string](page, `document.getElementById('shown').textContent`))
		page.do(chromedp.Click("#clear"))
		page.equal("cleared after "+tt.name, 12, len(page.names()))
	}
	page.equal("one account needs no filter", true, value[bool](page, `document.getElementById('by-account').closest('label').hidden`))
	page.quiet()
}

func TestTheSearchFindsNamesIDsAndUses(t *testing.T) {
	t.Parallel()
	page := open(t, twelve(), nil, tall)
	for _, tt := range []struct {
		search string
		want   []string
	}{
		{"BRAND-1", []string{"brand-10.png"}},
		{"voice_000001", []string{"旧活动.mp3"}},
		{"夏日预告", []string{"used.png"}},
		{"cover png", []string{"cover 😀.png", "used.png"}},
		{"nothing like it", nil},
	} {
		page.js(`{const s = document.getElementById('search'); s.value = '` + tt.search + `'; s.dispatchEvent(new Event('input', {bubbles: true}))}`)
		got := page.names()
		if tt.search == "cover png" {
			got = got[:min(2, len(got))]
		}
		if diff := cmp.Diff(strings.Join(tt.want, ";"), strings.Join(got, ";")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.search, diff)
		}
	}
	page.equal("it says that nothing matches", true, value[bool](page, `document.getElementById('none').checkVisibility()`))
	page.do(chromedp.Click("#clear-too"))
	page.equal("cleared", 12, len(page.names()))
	page.quiet()
}

func TestSorting(t *testing.T) {
	t.Parallel()
	page := open(t, twelve(), nil, tall)
	first := func(sort string) string {
		page.choose("sort", sort)
		return page.names()[0]
	}
	page.equal("by action: what is to be deleted", "cover 😀.png", first("plan"))
	first("name")
	sorted := page.names()
	page.equal("by name, numbers as numbers", "brand-9.png;brand-10.png", strings.Join(sorted[1:3], ";"))
	page.do(chromedp.Click("#reverse"))
	reversed := page.names()
	page.equal("reversed", "brand-10.png;brand-9.png", strings.Join(reversed[9:11], ";"))
	page.equal("pressed", "true", value[string](page, `document.getElementById('reverse').ariaPressed`))
	page.do(chromedp.Click("#clear"))
	page.equal("by date: the newest", "cover 😀.png", first("time"))
	page.equal("by type: images before others", "关于我们", func() string { first("type"); n := page.names(); return n[len(n)-1] }())
	page.quiet()
}

func TestKeys(t *testing.T) {
	t.Parallel()
	page := open(t, twelve(), nil, tall)
	page.press("/")
	page.equal("/ is for the search", "search", value[string](page, `document.activeElement.id`))
	page.press("b", "r", "a", "n", "d", "-", "1", "/")
	page.equal("in the search / is a character", "brand-1/", value[string](page, `document.activeElement.value`))
	page.press(kb.Escape)
	page.equal("Esc empties it", 12, len(page.names()))
	page.press(kb.ArrowDown)
	page.equal("the list has the focus", "list", value[string](page, `document.activeElement.id`))
	page.equal("the first row is active", "cover 😀.png", value[string](page, active))
	page.press(kb.ArrowDown, "j", "k")
	page.equal("arrows, j and k move", true, strings.HasPrefix(value[string](page, active), "2026年"))
	page.equal("assistive technology hears which", "row-1", value[string](page, `document.getElementById('list').getAttribute('aria-activedescendant')`))
	page.press(kb.End)
	page.equal("End", "关于我们", value[string](page, active))
	page.equal("the active row is in sight", true, value[bool](page, `{const r = document.querySelector('.row[aria-selected=true]').getBoundingClientRect(); r.top >= 0 && r.bottom <= innerHeight + 1}`))
	page.press(kb.Home, kb.Enter)
	page.equal("Enter opens the details", "cover 😀.png", value[string](page, `document.getElementById('details').open && document.getElementById('details-name').textContent`))
	page.press(kb.ArrowRight)
	page.equal("the right arrow shows the next", true, strings.HasPrefix(value[string](page, `document.getElementById('details-name').textContent`), "2026年"))
	page.shot("details-by-keys")
	page.press(kb.Escape)
	page.await(`!document.getElementById('details').open`)
	page.equal("Esc closes them, and the list has the focus again", "list", value[string](page, `document.activeElement.id`))
	page.quiet()
}

// TestEverythingCanBeReached presses Tab through the whole page: every control
// gets the focus, and shows that it has it.
func TestEverythingCanBeReached(t *testing.T) {
	t.Parallel()
	page := open(t, twelve(), nil, tall)
	got := map[string]bool{}
	for range 40 {
		page.press(kb.Tab)
		at := value[string](page, `document.activeElement.id || document.activeElement.tagName`)
		if at == "BODY" {
			break
		}
		got[at] = true
		if !value[bool](page, `document.activeElement.matches(':focus-visible') && getComputedStyle(document.activeElement).outlineStyle !== 'none'`) {
			t.Errorf("%s does not show that it has the focus", at)
		}
	}
	for _, want := range []string{"theme", "SUMMARY", "search", "by-type", "by-action", "by-reason", "sort", "reverse", "clear", "copy-shown", "list"} {
		if !got[want] {
			t.Errorf("Tab does not reach %s", want)
		}
	}
	unnamed := value[[]string](page, `[...document.querySelectorAll('button, input, select, [role=grid], dialog')].filter(e => !(e.ariaLabel || e.textContent.trim() || e.labels?.length || e.getAttribute('aria-labelledby'))).map(e => e.outerHTML)`)
	if len(unnamed) > 0 {
		t.Errorf("without a label: %q", unnamed)
	}
}

func TestTheThemeCanBeSwitched(t *testing.T) {
	t.Parallel()
	page := open(t, twelve(), nil, tall)
	ground := func() string { return value[string](page, `getComputedStyle(document.body).backgroundColor`) }
	light := ground()
	page.do(chromedp.Click("#theme"))
	page.equal("light as the system is", light, ground())
	page.do(chromedp.Click("#theme"))
	page.equal("dark", "rgb(20, 23, 26)", ground())
	page.do(chromedp.Click("#theme"))
	page.equal("as the system", light, ground())
	page.quiet()
}

// clipboard is the one that all tabs share.
var clipboard sync.Mutex

// allowClipboard gives the page the focus and what it takes to copy, and the test
// leave to look at it.
func (p *tab) allowClipboard() {
	p.Helper()
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		if _, err := chromedp.CallBrowser(p.ctx, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
			Permission: &cdpbrowser.PermissionDescriptor{Name: name}, Setting: cdpbrowser.PermissionSettingGranted,
		}); err != nil {
			p.Fatal(err)
		}
	}
	call(p, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
}

// copied lets act copy something, and returns it.
func (p *tab) copied(act func()) string {
	p.Helper()
	p.js(`navigator.clipboard.writeText('nothing')`)
	act()
	p.await(`!document.getElementById('toast').hidden`)
	return value[string](p, `navigator.clipboard.readText()`)
}

func TestCopyingKeepEntries(t *testing.T) {
	clipboard.Lock()
	defer clipboard.Unlock()
	p := twelve()
	p.Changes[0].Item.Name = "quote \" back \\ \u202egnp.exe\x00"
	page := open(t, p, nil, tall)
	page.allowClipboard()
	id := string(p.Changes[0].Item.ID)
	want := "  - media_id: \"" + id + "\"\n    name: \"quote \\\" back \\\\ \\u202egnp.exe\\x00\"\n"
	page.equal("the button of a row", want, page.copied(func() { page.do(chromedp.Click("#row-0 button")) }))
	page.equal("the key c in the list", want, page.copied(func() {
		page.js(`document.getElementById('list').focus()`)
		page.press("c")
	}))
	page.equal("the button of the details", want, page.copied(func() {
		page.press(kb.Enter)
		page.do(chromedp.Click("#copy-entry"))
	}))
	page.press(kb.Escape)
	page.choose("by-type", "video")
	page.equal("all that are shown", "  - media_id: \""+string(p.Changes[10].Item.ID)+"\"\n    name: \"新品介绍\"\n",
		page.copied(func() { page.do(chromedp.Click("#copy-shown")) }))
	page.equal("a digest", p.ChangesDigest, page.copied(func() { page.do(chromedp.Click(`[aria-label="Copy the changes digest"]`)) }))
	page.quiet()
}

func TestSeveralAccounts(t *testing.T) {
	clipboard.Lock()
	defer clipboard.Unlock()
	p := twelve()
	p.Changes = p.Changes[:3]
	p.Accounts = append(p.Accounts, brand("second"))
	other := change("second", item(material.Image, 50, "other.png"), plan.Delete, plan.Orphan, "never kept")
	p.Changes = append(p.Changes, other)
	page := open(t, p, nil, tall)
	page.allowClipboard()
	page.choose("by-action", "delete")
	page.equal("every row says whose it is", true, value[bool](page, `document.querySelector('.row .meta').textContent.endsWith('brand-main')`))
	entry := func(c plan.Change) string {
		return "  - media_id: \"" + string(c.Item.ID) + "\"\n    name: \"" + c.Item.Name + "\"\n"
	}
	page.equal("entries by account", "  # brand-main\n"+entry(p.Changes[0])+entry(p.Changes[1])+"  # second\n"+entry(other),
		page.copied(func() { page.do(chromedp.Click("#copy-shown")) }))
	page.choose("by-account", "second")
	page.equal("by account", "other.png", strings.Join(page.names(), ";"))
	page.quiet()
}

func TestWhatIsListedOrGoneHasNoEntryToCopy(t *testing.T) {
	t.Parallel()
	page := open(t, done(), nil, tall)
	page.equal("rows with a button", 12-2-2, value[int](page, `document.querySelectorAll('.row button').length`)) // 2 listed, 2 deleted
	page.equal("the outcome is shown", "deleted", value[string](page, `document.querySelector('#row-0 .badge').textContent`))
	page.equal("messages are shown", true, value[bool](page, `document.querySelector('.result').textContent.includes('1 image was uploaded meanwhile')`))
	page.choose("by-outcome", string(plan.Failed))
	page.equal("outcomes can be filtered", "gone.png", strings.Join(page.names(), ";"))
	page.equal("why it failed", true, value[bool](page, `document.querySelector('.row .detail').textContent.includes('accepted, but still listed')`))
	page.quiet()
}

func TestPicturesThatAreNotThereAreIcons(t *testing.T) {
	t.Parallel()
	page := open(t, twelve(), nil, tall)
	page.js(`document.getElementById('materials').scrollIntoView()`)
	page.settled()
	page.await(`document.querySelectorAll('.row .picture img').length === 8 - 1 + 1`) // images with an address, but for the missing one, and a cover
	page.equal("each is lazy and without a referrer", true, value[bool](page, `[...document.querySelectorAll('.picture img')].every(i => i.loading === 'lazy' && i.referrerPolicy === 'no-referrer')`))
	before := page.asked("https:")
	page.js(`scrollTo(0, 0)`)
	page.choose("sort", "name")
	page.choose("sort", "plan")
	page.settled()
	page.equal("a picture that is not there is asked for in two sizes, once each", 2, page.asked("/missing/"))
	if before == 0 {
		t.Error("no picture was asked for")
	}
	page.quiet()
}

func TestEmbeddedPicturesAreNotAskedFor(t *testing.T) {
	t.Parallel()
	page := open(t, twelve(), embedded(twelve()), tall)
	page.js(`document.getElementById('materials').scrollIntoView()`)
	page.settled()
	page.equal("pictures shown: the image, and news with it as cover", 2, value[int](page, `[...document.querySelectorAll('.row .picture img')].filter(i => i.naturalWidth > 0).length`))
	page.equal("requests", 0, page.asked("https:"))
	page.quiet()
}

func TestPrinting(t *testing.T) {
	t.Parallel()
	page := open(t, thousands(2500), nil, tall)
	page.js(`dispatchEvent(new Event('beforeprint'))`)
	page.equal("rows printed", 2000, value[int](page, `document.querySelectorAll('.row').length`))
	page.equal("the rest is counted", "… and 500 more are not printed: filter them first", value[string](page, `document.getElementById('unprinted').textContent`))
	call(page, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	page.equal("rows stand one below the other", true, value[bool](page, `{const r = document.querySelectorAll('.row'); r[1].getBoundingClientRect().top >= r[0].getBoundingClientRect().bottom}`))
	page.shot("print")
	page.js(`dispatchEvent(new Event('afterprint'))`)
	page.equal("afterwards only those in sight are there", true, value[bool](page, `document.querySelectorAll('.row').length < 50`))
	page.quiet()
}

func TestWithoutJavaScriptTheFirstMaterialsAreShown(t *testing.T) {
	t.Parallel()
	page := open(t, thousands(250), nil, tall)
	call(page, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	page.do(chromedp.Reload())
	text, err := chromedp.Run(page.ctx, chromedp.Text("main"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"to destroy", "NOT CHECKED for uses: auto_reply", "These are the first 100 materials; 150 more are not shown.", "活动海报_000095.png"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	page.shot("noscript")
	page.quiet()
}
