package wechat

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"

	"wxkeep/state"
	"wxkeep/state/material"
)

const pathDelete = "/cgi-bin/material/del_material"

// A Deleter deletes the materials it was made to delete, and nothing else. It
// holds promise 2 whatever mistake its caller makes: an id that was not
// approved, or that is kept, is never sent.
type Deleter struct {
	client   *Client
	approved material.Set
	kept     material.Set
}

// NewDeleter returns a deleter of the ids that are approved and not kept. Both
// sets are copied: what is done to them later changes nothing.
func NewDeleter(c *Client, approved, kept material.Set) *Deleter {
	return &Deleter{client: c, approved: maps.Clone(approved), kept: maps.Clone(kept)}
}

// Delete calls del_material. It returns [state.ErrNotApproved], without any
// call, for an id that this deleter may not delete.
//
// unclear tells that the material may have been deleted by a try whose answer
// was lost, whatever err says: [state.ErrGone] then most likely means that it
// was. Only a new listing tells.
//
// Source: wechat-api.md section 2.1.
func (d *Deleter) Delete(ctx context.Context, id material.ID) (unclear bool, err error) {
	switch {
	case d.kept.Has(id):
		return false, fmt.Errorf("%w: %s is kept", state.ErrNotApproved, id)
	case !d.approved.Has(id):
		return false, fmt.Errorf("%w: %s is not among the approved deletions", state.ErrNotApproved, id)
	}
	return d.client.call(ctx, request{
		method: http.MethodPost,
		path:   pathDelete,
		limit:  maxSmall,
		body:   mediaID{id},
		decode: readDone,
	})
}

// readDone reads the answer of a call that changes something. Other than that
// of a reading call it always has an errcode, so one without is no success.
func readDone(body io.Reader) error {
	coded, err := readAnswer(body, nothing)
	if err == nil && !coded {
		return unexpected("no errcode")
	}
	return err
}
