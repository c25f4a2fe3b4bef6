package browser

import (
	"testing"

	"wxkeep/reconcile/plan"
)

// TestScreens looks at every kind of plan on every screen: nothing may be wider
// than the screen, and nothing goes wrong while it is drawn.
func TestScreens(t *testing.T) {
	t.Parallel()
	plans := []struct {
		name string
		plan *plan.Plan
	}{{"0", none()}, {"12", twelve()}, {"30000", thousands(30000)}, {"blocked", blocked()}, {"applied", done()}}
	for _, p := range plans {
		for _, s := range screens {
			t.Run(p.name+" on "+s.name, func(t *testing.T) {
				t.Parallel()
				page := open(t, p.plan, nil, s)
				page.settled()
				page.shot(p.name + "-" + s.name + "-top")
				page.equal("wider than the screen", false, value[bool](page, `document.documentElement.scrollWidth > innerWidth`))
				dark := value[string](page, `getComputedStyle(document.body).backgroundColor`) != "rgb(255, 255, 255)"
				page.equal("dark", s.dark, dark)
				if len(p.plan.Changes) > 0 {
					page.js(`document.getElementById('materials').scrollIntoView()`)
					page.settled()
					page.shot(p.name + "-" + s.name + "-list")
				}
				page.quiet()
			})
		}
	}
}
