package reconcile_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"pgregory.net/rapid"

	"wxkeep/state/ledger"
	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

// drawPlaces is a world of these materials, in which, now and then, menus, drafts
// and news use some of them.
func drawPlaces(t *rapid.T, materials []sandbox.Material) *world {
	if len(materials) == 0 || rapid.IntRange(0, 2).Draw(t, "places") > 0 {
		return newWorld(t, materials...)
	}
	var images, others []string
	for _, m := range materials {
		switch m.Type {
		case material.Image:
			images = append(images, m.Name)
		case material.Voice, material.Video:
			others = append(others, m.Name)
		}
	}
	a := sandbox.Account{Materials: materials}
	var used []string // by a menu or a draft
	covers := map[string][]string{}
	if shown := slices.Concat(images, others); len(shown) > 0 && rapid.Bool().Draw(t, "menu") {
		name := rapid.SampledFrom(shown).Draw(t, "shown")
		used = append(used, name)
		a.Menu = &sandbox.Menu{Buttons: []sandbox.Button{{Name: "shown", Message: sandbox.Message{Type: "media_id", Material: name}}}}
	}
	if len(images) > 0 {
		image := rapid.SampledFrom(images)
		for i := range rapid.IntRange(0, 3).Draw(t, "drafts") {
			cover, inside := image.Draw(t, "cover"), image.Draw(t, "inside")
			used = append(used, cover, inside)
			a.Drafts = append(a.Drafts, sandbox.Draft{Articles: []sandbox.Article{{Title: fmt.Sprint("draft", i), Thumb: cover, Embeds: []string{inside}}}})
		}
		for i := range materials {
			if m := &materials[i]; m.Type == material.News {
				cover := image.Draw(t, "cover of news")
				m.Articles = []sandbox.Article{{Title: m.Name, Thumb: cover}}
				covers[m.Name] = append(covers[m.Name], cover)
				m.Name = "" // it is the title
			}
		}
	}
	w := newWorldOf(t, a).refer("menu", "auto_reply", "drafts", "published", "news")
	w.used, w.covers = material.Set{}, map[material.ID][]material.ID{}
	for _, name := range used {
		w.used.Add(w.id(t, name))
	}
	for news, names := range covers {
		for _, name := range names {
			w.covers[w.id(t, news)] = append(w.covers[w.id(t, news)], w.id(t, name))
		}
	}
	return w
}

// drawFailingBook makes some writes of the ledger fail, before or after they
// happened, and reports whether it does. The lease's are spared: it is this
// process that holds it, so nobody could take it over.
func (w *world) drawFailingBook(t *rapid.T) bool {
	if w.book == nil || rapid.Bool().Draw(t, "writes well") {
		return false
	}
	first := rapid.Int64Range(1, 40).Draw(t, "first write that fails")
	last := first + rapid.Int64Range(0, 10).Draw(t, "more that fail")
	var n atomic.Int64
	w.book.refuse = func(key string) error {
		if strings.HasPrefix(key, "lease") {
			return nil
		}
		if at := n.Add(1); at >= first && at <= last {
			return errors.New("no space left on device")
		}
		return nil
	}
	return true
}

// checkCovers holds that no news which is live lost what it uses. removed says
// that somebody else deleted something.
func (w *world) checkCovers(t *rapid.T, removed bool) {
	live := w.live()
	for news, covers := range w.covers {
		for _, id := range covers {
			if live.Has(news) && !live.Has(id) && !removed {
				t.Fatalf("news %s is live, and its cover %s is gone", news, id)
			}
		}
	}
}

// checkClosed holds that after a run without faults the journal tells of every
// material what became of it: what is gone by our own calls is deleted there.
func (w *world) checkClosed(t *rapid.T) {
	live := w.live()
	noted := w.journaled(t)
	for _, id := range w.sandbox.Deletes() {
		switch it := noted[id]; {
		case it.Outcome == "":
			t.Fatalf("the journal does not say what became of %s", id)
		case live.Has(id) && it.Outcome == ledger.Deleted:
			t.Fatalf("the journal says that %s is deleted, and it is live", id)
		}
	}
}
