package reconcile

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
)

// A Fetcher gets the content of a material before it is deleted.
type Fetcher interface {
	Fetch(ctx context.Context, it material.Item) (Content, error)
}

// Content is what the API gives of a material: the bytes of an image or a voice;
// of news and video the answer itself, from which they cannot be made again.
type Content struct {
	Kind  string // such as "image/png", or "application/json" of news and video
	Bytes []byte
}

// fits returns why these bytes cannot be all that there is of a material: an
// error that came in the place of a file would be all that is left of it.
func (c Content) fits(t material.Type) error {
	text := strings.HasPrefix(c.Kind, "application/json") ||
		strings.HasPrefix(c.Kind, "text/") && utf8.Valid(c.Bytes) // a short voice may look like text in another encoding
	switch {
	case len(c.Bytes) == 0:
		return errors.New("its content is empty")
	case t.Restorable() && text:
		return fmt.Errorf("its content is no %s, but %s", t, c.Kind)
	}
	return nil
}

// archive saves the content of a batch, and returns those that are safe. What
// could not be saved, or is not any more since the run stops, is left alone.
func (a *application) archive(ctx context.Context, batch []*plan.Change) []*plan.Change {
	if !a.Account.Manifest.Archive || a.run == nil {
		return batch
	}
	var saving errgroup.Group
	saving.SetLimit(a.opt.Parallelism) // contents are in memory
	for _, c := range batch {
		saving.Go(func() error {
			if a.goesOn(ctx) {
				a.save(c)
			}
			return nil
		})
	}
	_ = saving.Wait() // none returns an error
	a.mu.Lock()
	defer a.mu.Unlock()
	var safe []*plan.Change
	for _, c := range batch {
		if _, saved := a.hashes[c.Item.ID]; saved {
			safe = append(safe, c)
		}
	}
	return safe
}

func (a *application) save(c *plan.Change) {
	content, err := a.get(c.Item)
	sha := ""
	fetched := err == nil
	if fetched {
		sha, err = a.run.Save(a.calls, c.Item, content.Kind, content.Bytes, content.extra())
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		a.hashes[c.Item.ID] = sha
		if content.url {
			c.Note = "archived from its image URL, not by get_material"
		}
		return
	}
	c.Outcome, c.Note = plan.ArchiveFailed, err.Error()
	switch {
	case a.interrupted(c):
	case fetched: // a full disk, say: the next one would fail, too
		a.stop(plan.Error, fmt.Errorf("save what is deleted: %w", err))
	case a.waits(c):
		a.unanswered(err)
	case a.barred(c, err), a.unanswered(err):
	case errors.Is(err, state.ErrStop):
		a.stop(plan.Error, err)
	}
}
