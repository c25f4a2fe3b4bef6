package browser

import (
	"testing"
)

// TestThirtyThousandMaterials does what a reviewer does in a large plan. How
// long each step takes until the page is drawn is logged, not judged; what is
// judged is that only the rows in sight are in the document.
func TestThirtyThousandMaterials(t *testing.T) {
	t.Parallel()
	const n = 30000
	page := open(t, thousands(n), nil, screens[0])
	timing := value[map[string]float64](page, `{const t = performance.getEntriesByType('navigation')[0]; ({loaded: t.domContentLoadedEventEnd, heap: performance.memory.usedJSHeapSize / 1e6})}`)
	t.Logf("loaded: %.0f ms, heap %.0f MB", timing["loaded"], timing["heap"])
	page.equal("shown", "30,000 of 30,000 shown", value[string](page, `document.getElementById('shown').textContent`))
	// A step is timed until the style and layout after it are done.
	page.js(`step = async f => { await new Promise(requestAnimationFrame); const t = performance.now(); f(); document.body.offsetHeight; const d = performance.now() - t; await new Promise(requestAnimationFrame); return d; }`)
	page.js(`set = (id, v) => { const e = document.getElementById(id); e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})); }`)
	for _, s := range []struct{ name, script, want string }{
		{"first search", `set('search', '活动海报_0123')`, "100 of 30,000 shown"},
		{"search again", `set('search', '活动海报_01234')`, "10 of 30,000 shown"},
		{"search emptied", `set('search', '')`, "30,000 of 30,000 shown"},
		{"filter by type", `set('by-type', 'news')`, "600 of 30,000 shown"},
		{"filter by reason", `set('by-reason', 'listed')`, "0 of 30,000 shown"},
		{"cleared", `document.getElementById('clear').click()`, "30,000 of 30,000 shown"},
		{"first sort by name", `set('sort', 'name')`, "30,000 of 30,000 shown"},
		{"sort by date", `set('sort', 'time')`, "30,000 of 30,000 shown"},
		{"reversed", `document.getElementById('reverse').click()`, "30,000 of 30,000 shown"},
		{"key End", `document.getElementById('list').focus(); document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'End', bubbles: true}))`, "30,000 of 30,000 shown"},
		{"details", `document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}))`, "30,000 of 30,000 shown"},
		{"details closed", `document.getElementById('details').close()`, "30,000 of 30,000 shown"},
	} {
		t.Logf("%s: %.1f ms", s.name, value[float64](page, `step(() => { `+s.script+` })`))
		page.equal(s.name, s.want, value[string](page, `document.getElementById('shown').textContent`))
	}
	page.equal("the last row is in sight", true, value[bool](page, `document.getElementById('row-29999').getBoundingClientRect().top < innerHeight`))
	page.settled()
	page.shot("30000-at-the-end")
	before := page.asked("https:")
	scroll := value[map[string]float64](page, `new Promise(done => {
		const all = []; let last = performance.now(), rows = 0;
		scrollTo(0, 0);
		requestAnimationFrame(function frame(now) {
			all.push(now - last); last = now;
			rows = Math.max(rows, document.querySelectorAll('.row').length);
			scrollBy(0, 700);
			if (all.length < 300) return requestAnimationFrame(frame);
			all.shift();
			all.sort((a, b) => a - b);
			done({median: all[all.length / 2 | 0], p95: all[all.length * .95 | 0], worst: all.at(-1), rows});
		});
	})`)
	t.Logf("scrolling 700 px a frame: %.1f ms a frame, 95 %% below %.1f, worst %.1f", scroll["median"], scroll["p95"], scroll["worst"])
	if scroll["rows"] > 60 {
		t.Errorf("%.0f rows were in the document at once", scroll["rows"])
	}
	page.settled()
	if n := page.asked("https:") - before; n > 200 {
		t.Errorf("%d pictures were asked for while rows flew by", n)
	}
	page.quiet()
}
