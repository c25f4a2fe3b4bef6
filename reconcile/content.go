package reconcile

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

// A gotten content says where it came from.
type gotten struct {
	Content
	url bool // the listed image URL, and not get_material
}

// fromURL is what the archive notes of content that came from an image URL.
var fromURL = json.RawMessage(`{"from":"image_url"}`)

// extra is what the archive notes beside the content.
func (g gotten) extra() json.RawMessage {
	if g.url {
		return fromURL
	}
	return nil
}

// get gets the content of a material from get_material. When the daily quota of
// that would not reach, or is used up, images come from their listed URLs, which
// cost none: then what is left of it is for voice, video and news.
func (a *application) get(it material.Item) (gotten, error) {
	spent := a.spent()
	pictured := a.pictured(it)
	if pictured && (spent != nil || a.scarce) {
		c, err := a.picture(it)
		if err == nil || spent != nil {
			return c, err
		}
	}
	if spent != nil {
		return gotten{}, spent
	}
	c, err := a.Account.Fetcher.Fetch(a.calls, it)
	if !errors.Is(err, state.ErrQuota) {
		if err == nil {
			err = c.fits(it.Type)
		}
		return gotten{Content: c}, err
	}
	a.spend(err)
	if !pictured {
		return gotten{}, err
	}
	return a.picture(it)
}

// pictured reports whether a material can be archived from its listed URL.
func (d *Decision) pictured(it material.Item) bool {
	return it.Type == material.Image && it.URL != "" && d.Account.Pictures != nil
}

// picture gets an image from its URL. Whatever else comes from there is refused:
// it would be all that is left of the image.
func (a *application) picture(it material.Item) (gotten, error) {
	c, err := a.Account.Pictures.Fetch(a.calls, it)
	if err == nil {
		err = c.fits(it.Type)
	}
	if err == nil && !strings.HasPrefix(c.Kind, "image/") {
		err = fmt.Errorf("its content is no image, but %s", c.Kind)
	}
	return gotten{Content: c, url: true}, err
}

// spend notes that the quota of get_material is used up.
func (a *application) spend(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.noContent = err
}

func (a *application) spent() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.noContent
}

// waits reports whether c could not be archived because the quota of get_material
// is used up, while others can be. Then it is deferred.
func (a *application) waits(c *plan.Change) bool {
	if a.noContent == nil || a.Account.Pictures == nil {
		return false
	}
	c.Outcome = plan.Deferred
	if !strings.Contains(c.Note, a.noContent.Error()) {
		c.Note = fmt.Sprintf("%v; %s", a.noContent, c.Note)
	}
	a.status = plan.Worst(a.status, plan.QuotaUsed)
	return true
}
