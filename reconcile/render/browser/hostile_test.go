package browser

import (
	"fmt"
	"strings"
	"testing"

	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// attacks are names that would run a script, open a dialog, fetch something or
// mislead the reader, were they not inert.
var attacks = []string{
	`</script><script>pwned = 1; alert(1)</script>`,
	`<!--<script>pwned = 1</script>`,
	`</bdi></td><img src="https://evil.example/x.png" onerror="pwned = 1; alert(1)">`,
	`"><svg onload="pwned = 1"><style>@import "https://evil.example/x.css"</style>`,
	`'-alert(1)-'`,
	`</title></style></noscript><iframe src="https://evil.example/"></iframe>`,
	`<meta http-equiv="refresh" content="0;url=https://evil.example/"><base href="https://evil.example/">`,
	`{{.Plan}} ${pwned = 1} javascript:alert(1)`,
	"\u202egnp.exe \u2066\u2028\x00\x1b[31m",
	`<a href="javascript:alert(1)">click</a>`,
	`</noscript><img src=x onerror=alert(1)>`,
	strings.Repeat(`<b>very long`, 2000),
}

// elsewhere are addresses that are not those of WeChat's images, or seem to be.
var elsewhere = []string{
	"https://evil.example/mmbiz_png/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/0",
	`https://evil.example\.qpic.cn/mmbiz_png/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/0`,
	"http://mmbiz.qpic.cn@evil.example/mmbiz_png/aaaaaaaaaaaaaaaaaaaaaaaaa/0",
	"https://evil.example#.qpic.cn/mmbiz_png/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa/0",
	`https://mmbiz.qpic.cn/"onerror="alert(1)/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa/0`,
	"javascript:alert(1)//mmbiz.qpic.cn/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/0",
	"data:image/svg+xml,<svg onload='alert(1)'>",
	"//evil.example:80@mmbiz.qpic.cn.evil.example/aaaaaaaaaaaaaaaaaaaaaaaaa/0",
}

// attacked is a plan in which every text is an attack.
func attacked() *plan.Plan {
	p := done()
	for i := range p.Changes {
		c := &p.Changes[i]
		text := attacks[i%len(attacks)]
		c.Item.Name, c.Detail, c.Note = text, text, text
		c.Item.URL, c.Item.Cover = elsewhere[i%len(elsewhere)], elsewhere[i%len(elsewhere)]
	}
	odd := p.Changes[0]
	odd.Item.ID, odd.Item.Type, odd.Reason, odd.Outcome = material.ID(attacks[0]), material.Type(attacks[3]), plan.Reason(attacks[2]), plan.Outcome(attacks[1])
	p.Changes = append(p.Changes, odd)
	a := &p.Accounts[0]
	a.Name, a.AppID, a.Error, a.ChangesDigest = attacks[0], attacks[2], attacks[3], attacks[5]
	a.Result.Messages = attacks
	for _, text := range attacks {
		a.Guards = append(a.Guards, plan.Guard{Name: text, Status: plan.Blocked, Message: text})
		a.Findings = append(a.Findings, plan.Finding{Kind: text, MediaID: material.ID(text), Position: text, Message: text})
		a.References = append(a.References, plan.Reference{Source: text, Status: plan.Off}, plan.Reference{Source: text, Status: text})
		a.Calls[text] = plan.Call{}
		a.Manifest.Paths = append(a.Manifest.Paths, text)
	}
	a.Manifest.GitCommit, a.Manifest.Digest = attacks[3], attacks[2]
	p.ChangesDigest, p.Digest, p.WxkeepVersion, p.FormatVersion = attacks[3], attacks[2], attacks[0], attacks[5]
	return p
}

func TestHostileNamesAreInert(t *testing.T) {
	t.Parallel()
	for _, s := range []screen{screens[0], screens[2]} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := attacked()
			page := open(t, p, nil, s)
			page.js(`document.getElementById('materials').scrollIntoView()`)
			page.settled()
			page.shot("hostile-" + s.name)
			page.js(`document.getElementById('list').focus()`)
			page.press(kb.Home, kb.Enter)
			for range p.Changes {
				page.press(kb.ArrowRight)
			}
			page.shot("hostile-details-" + s.name)
			page.press(kb.Escape)
			page.choose("sort", "name")
			page.press("/", "<", "b", ">")
			page.equal("a search for markup finds it as text", true, value[bool](page, `document.querySelector('.row .name').textContent.includes('<b>')`))
			page.js(`dispatchEvent(new Event('beforeprint'))`)
			page.equal("a script ran", "undefined", value[string](page, `typeof pwned`))
			page.equal("elements that no page has", 0, value[int](page, `document.querySelectorAll('iframe, a:not(.skip), b:not(.totals b), base, object, embed, link, meta[http-equiv=refresh], main img:not(.picture img)').length`))
			page.equal("scripts", 2, value[int](page, `document.scripts.length`))
			page.equal("handlers in attributes", 0, value[int](page, `[...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => a.name.startsWith('on'))).length`))
			page.equal("wider than the screen", false, value[bool](page, `document.documentElement.scrollWidth > innerWidth`))
			page.quiet()
			page.js(`scrollTo(0, 0)`)
			page.shot("hostile-top-" + s.name)
		})
	}
}

// TestThePolicyStopsWhatEscapingWouldMiss puts markup into the page by force:
// with the policy alone, nothing runs and nothing is fetched.
func TestThePolicyStopsWhatEscapingWouldMiss(t *testing.T) {
	t.Parallel()
	page := open(t, twelve(), nil, screens[0])
	for _, attack := range []string{
		`document.body.innerHTML = '<b>no</b>'`,
		`document.body.append(Object.assign(document.createElement('script'), {text: 'pwned = 1'}))`,
		`eval('pwned = 1')`,
		`document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="pwned = 1">')`,
	} {
		if _, err := chromedp.Run(page.ctx, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => { %s })()`, attack), asPage)); err == nil {
			t.Errorf("the policy allows %s", attack)
		}
	}
	got := value[[]string](page, `{
		const img = document.createElement('img');
		const loaded = new Promise(done => { img.onload = () => done('loaded'); img.onerror = () => done('stopped'); });
		img.src = 'https://evil.example/x.png';
		document.body.append(img);
		Promise.all([loaded, fetch('https://mmbiz.qpic.cn/x').then(() => 'answered', () => 'stopped')]);
	}`)
	page.equal("a picture from elsewhere, and a call", "[stopped stopped]", got)
	page.equal("a script ran", "undefined", value[string](page, `typeof pwned`))
	page.mu.Lock()
	defer page.mu.Unlock()
	for _, address := range page.sent {
		if !strings.HasPrefix(address, "https://mmbiz.qpic.cn/mmbiz_png/") {
			t.Errorf("%s was asked for", address)
		}
	}
}

// asPage lets the policy hold for a script of the test, too.
func asPage(p *cdpruntime.EvaluateParams) { p.AllowUnsafeEvalBlockedByCSP = new(false) }
