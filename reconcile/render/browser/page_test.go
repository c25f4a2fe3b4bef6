package browser

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"wxkeep/reconcile/plan"
	"wxkeep/reconcile/render"
)

// chromium is the browser of all tests; each has a tab of its own.
var chromium struct {
	once sync.Once
	ctx  context.Context
	end  func()
	err  error
}

func TestMain(m *testing.M) {
	status := m.Run()
	if chromium.end != nil {
		chromium.end()
	}
	os.Exit(status)
}

// start starts the browser, unless it runs, or skips the test where there is
// none.
func start(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium on the PATH: that hostile names do nothing in the HTML page, and that its filters, keys and copy buttons work, is not tested here; .ci/run installs chromium and tests it")
	}
	chromium.once.Do(func() {
		options := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(path),
			chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"), // nobody is called, whatever the page does
		)
		if os.Getuid() == 0 {
			options = append(options, chromedp.NoSandbox)
		}
		allocated, cancel := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, stop := chromedp.NewContext(allocated)
		chromium.ctx, chromium.err = ctx, chromedp.Do(ctx)
		chromium.end = func() { stop(); cancel() }
	})
	if chromium.err != nil {
		t.Fatalf("start chromium: %v", chromium.err)
	}
	return chromium.ctx
}

// A tab is a page under test, and what happened in it.
type tab struct {
	*testing.T
	ctx    context.Context
	paused chan *fetch.EventRequestPaused // with room for all: what hears must not wait

	mu       sync.Mutex
	requests []*network.Request // made by the page, stopped ones among them
	sent     []string           // addresses that the page's policy let pass
	dialogs  []string
	errors   []string // of the console, violations of the policy among them
}

// A screen is how the page is looked at.
type screen struct {
	name          string
	width, height int64
	phone, dark   bool
}

var screens = []screen{
	{"desktop-light", 1280, 900, false, false},
	{"desktop-dark", 1280, 900, false, true},
	{"phone-light", 390, 844, true, false},
	{"phone-dark", 390, 844, true, true},
}

// tall is a screen on which twelve rows are in sight.
var tall = screen{"tall", 1280, 1900, false, false}

// open renders the plan and opens it as a file.
func open(t *testing.T, p *plan.Plan, pictures render.Pictures, s screen) *tab {
	t.Helper()
	var b bytes.Buffer
	if err := render.HTML(&b, p, render.Style{Pictures: pictures}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "plan.html")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	parent := start(t)
	ctx, cancel := chromedp.NewContext(parent)
	t.Cleanup(cancel)
	ctx, stop := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(stop)
	page := &tab{T: t, ctx: ctx, paused: make(chan *fetch.EventRequestPaused, 100_000)}
	if err := chromedp.Listen(ctx, page.heard); err != nil {
		t.Fatal(err)
	}
	go page.answer()
	scheme := "light"
	if s.dark {
		scheme = "dark"
	}
	call(page, network.Enable, network.EnableParams{})
	call(page, log.Enable, cdp.Empty{})
	call(page, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: "http*"}}})
	call(page, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: s.width, Height: s.height, DeviceScaleFactor: 1, Mobile: s.phone})
	call(page, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	page.do(chromedp.Navigate((&url.URL{Scheme: "file", Path: file}).String()))
	return page
}

// call sends a command to the tab.
func call[P, R any](p *tab, command cdp.Command[P, R], params P) R {
	p.Helper()
	r, err := chromedp.Call(p.ctx, command, params)
	if err != nil {
		p.Fatalf("%s: %v", command.Method, err)
	}
	return r
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.Fatal(err)
	}
}

// heard takes in what happens.
func (p *tab) heard(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request)
	case *cdppage.EventJavascriptDialogOpening:
		p.dialogs = append(p.dialogs, e.Message)
	case *cdpruntime.EventExceptionThrown:
		p.errors = append(p.errors, e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		if e.Entry.Source == log.EntrySourceSecurity {
			p.errors = append(p.errors, e.Entry.Text)
		}
	case *fetch.EventRequestPaused:
		p.sent = append(p.sent, e.Request.URL)
		p.paused <- e
	}
}

// answer gives WeChat's image hosts pictures, until the test ends.
func (p *tab) answer() {
	for {
		select {
		case <-p.ctx.Done():
			return
		case e := <-p.paused:
			answer := fetch.FulfillRequestParams{RequestID: e.RequestID, ResponseCode: 200, Body: swatch(e.Request.URL)}
			if strings.Contains(e.Request.URL, "/missing") {
				answer = fetch.FulfillRequestParams{RequestID: e.RequestID, ResponseCode: 404}
			}
			_, _ = chromedp.Call(p.ctx, fetch.FulfillRequest, answer) // a picture scrolled away wants no answer
		}
	}
}

// swatch is the picture at an address: one of a few.
func swatch(address string) []byte {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(address))
	all := swatches()
	return all[sum.Sum32()%uint32(len(all))]
}

var swatches = sync.OnceValue(func() (all [24][]byte) {
	for i := range all {
		all[i] = paint(uint32(i+1) * 2654435761)
	}
	return all
})

func paint(sum uint32) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, 120, 80))
	for y := range 80 {
		for x := range 120 {
			img.SetNRGBA(x, y, color.NRGBA{uint8(sum), uint8(sum>>8) + uint8(y), uint8(sum>>16) + uint8(x), 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// value is what an expression is worth in the page.
func value[T any](p *tab, expression string) T {
	p.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatalf("%s: %v", expression, err)
	}
	return v
}

// js runs a script in the page.
func (p *tab) js(script string) {
	p.Helper()
	value[chromedp.Void](p, script)
}

// await waits until an expression is true.
func (p *tab) await(expression string) {
	p.Helper()
	if _, err := chromedp.Run(p.ctx, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(30*time.Second))); err != nil {
		p.Fatalf("never true: %s: %v", expression, err)
	}
}

// press sends keys to what has the focus. A character is typed unless the page
// takes the key for itself, as with a keyboard.
func (p *tab) press(keys ...string) {
	p.Helper()
	for _, k := range keys {
		key := kb.Keys[[]rune(k)[0]]
		call(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{
			Type: input.DispatchKeyEventTypeKeyDown, Key: key.Key, Code: key.Code, Text: key.Text, WindowsVirtualKeyCode: key.Windows,
		})
		call(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: key.Key, Code: key.Code, WindowsVirtualKeyCode: key.Windows})
	}
}

// quiet fails the test when a dialog was opened, a script failed, or somebody
// but WeChat's image hosts was called.
func (p *tab) quiet() {
	p.Helper()
	p.js(`0`) // the events before its answer have been heard
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.dialogs {
		p.Errorf("a dialog was opened: %s", d)
	}
	for _, e := range p.errors {
		p.Errorf("the page's script failed: %s", e)
	}
	for _, r := range p.requests {
		u, err := url.Parse(r.URL)
		images := err == nil && u.Scheme == "https" && strings.HasSuffix(u.Hostname(), ".qpic.cn")
		if !images && u.Scheme != "file" && u.Scheme != "data" {
			p.Errorf("%s was asked for", r.URL)
		}
		if images && (fmt.Sprint(r.Headers["Referer"]) != "" || r.ReferrerPolicy != network.RequestReferrerPolicyNoReferrer) {
			p.Errorf("%s was asked for with a referrer (%s)", r.URL, r.ReferrerPolicy)
		}
	}
}

// asked returns how often the page asked for an address with this in it.
func (p *tab) asked(part string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, r := range p.requests {
		if strings.Contains(r.URL, part) {
			n++
		}
	}
	return n
}

// shot keeps a picture of the page, if somebody wants to look at it.
func (p *tab) shot(name string) {
	p.Helper()
	dir := os.Getenv("WXKEEP_SCREENSHOTS")
	if dir == "" {
		dir = p.TempDir()
	}
	b := call(p, cdppage.CaptureScreenshot, cdppage.CaptureScreenshotParams{}).Data
	if err := os.MkdirAll(dir, 0o700); err != nil {
		p.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), b, 0o600); err != nil {
		p.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(b)); err != nil {
		p.Errorf("screenshot %s: %v", name, err)
	}
}

// settled waits until all pictures in sight are loaded.
func (p *tab) settled() {
	p.Helper()
	p.await(`[...document.querySelectorAll('.row .picture')].every(b => b.hasChildNodes())`)
	p.await(`[...document.querySelectorAll('.picture img')].filter(i => i.getBoundingClientRect().top < innerHeight && i.getBoundingClientRect().bottom > 0).every(i => i.complete)`)
}

func (p *tab) equal(what string, want, got any) {
	p.Helper()
	if w, g := fmt.Sprint(want), fmt.Sprint(got); w != g {
		p.Errorf("%s: %s, want %s", what, g, w)
	}
}
