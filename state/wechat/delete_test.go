package wechat

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state"
	"wxkeep/state/material"
)

func TestTheGateSendsWhatIsApprovedAndNotKept(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name           string
		approved, kept material.Set
		id             material.ID
		want           string // error
	}{
		{"approved", material.Set{"a": {}}, material.Set{"b": {}}, "a", ""},
		{"neither", material.Set{"a": {}}, material.Set{"b": {}}, "c", "deletion not approved: c is not among the approved deletions"},
		{"kept", material.Set{"a": {}}, material.Set{"b": {}}, "b", "deletion not approved: b is kept"},
		{"approved and kept", material.Set{"a": {}}, material.Set{"a": {}}, "a", "deletion not approved: a is kept"},
		{"another case", material.Set{"a": {}}, nil, "A", "deletion not approved: A is not among the approved deletions"},
		{"no sets", nil, nil, "a", "deletion not approved: a is not among the approved deletions"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, serve(t, say(`{"errcode":0,"errmsg":"ok"}`)))
			unclear, err := NewDeleter(c, tt.approved, tt.kept).Delete(t.Context(), tt.id)
			got, calls := "", map[string]int{pathDelete: 1}
			if err != nil {
				got, calls = err.Error(), map[string]int{}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || unclear {
				t.Errorf("unclear %v, error (-want +got):\n%s", unclear, diff)
			}
			if errors.Is(err, state.ErrNotApproved) != (tt.want != "") {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff(calls, c.Calls()); diff != "" {
				t.Errorf("Calls() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheGateCannotBeMovedLater(t *testing.T) {
	t.Parallel()
	approved, kept := material.Set{"a": {}, "b": {}}, material.Set{"k": {}}
	c := newClient(t, serve(t, say(`{"errcode":0}`)))
	d := NewDeleter(c, approved, kept)
	approved.Add("c")
	approved.Add("k")
	delete(approved, "b")
	delete(kept, "k")
	for id, refused := range map[material.ID]bool{"a": false, "b": false, "c": true, "k": true} {
		if _, err := d.Delete(t.Context(), id); errors.Is(err, state.ErrNotApproved) != refused {
			t.Errorf("%s: got %v", id, err)
		}
	}
}

func TestDeleteSendsTheID(t *testing.T) {
	t.Parallel()
	var got string
	c := newClient(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = fmt.Sprintf("%s %s %s", r.Method, r.URL.Path, body)
		_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
	}))
	if _, err := NewDeleter(c, material.Set{"-A_b": {}}, nil).Delete(t.Context(), "-A_b"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("POST /cgi-bin/material/del_material {\"media_id\":\"-A_b\"}\n", got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestALostAnswerMakesADeletionUnclear(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		server  http.HandlerFunc
		unclear bool
		want    []string // conditions
	}{
		{"deleted", say(`{"errcode":0}`), false, nil},
		{"deleted after a cut", inTurn(abort, say(`{"errcode":0}`)), true, nil},
		{"gone", say(`{"errcode":40007}`), false, []string{"gone"}},
		{"gone after a cut", inTurn(abort, say(`{"errcode":40007}`)), true, []string{"gone"}},
		{"gone after a cut body", inTurn(cut, say(`{"errcode":40007}`)), true, []string{"gone"}},
		{"gone after 502", inTurn(status(502), say(`{"errcode":40007}`)), true, []string{"gone"}},
		{"gone after busy", say(`{"errcode":-1}`, `{"errcode":40007}`), true, []string{"gone"}},
		{"gone after a web page", say(`<html>`, `{"errcode":40007}`), true, []string{"gone"}},
		{"gone after a refused token", say(`{"errcode":40001}`, `{"errcode":40007}`), false, []string{"gone"}},
		{"gone after the minute's limit", say(`{"errcode":45011}`, `{"errcode":40007}`), false, []string{"gone"}},
		{"cut for ever", abort, true, []string{"busy"}},
		{"in use", say(`{"errcode":48005}`), false, []string{"in use"}},
		{"protected", say(`{"errcode":48010}`), false, []string{"protected"}},
		{"no errcode", say(`{}`), true, []string{"stop"}},
		{"the errcode is null", say(`{"errcode":null}`), true, []string{"stop"}},
		{"not the endpoint", status(404), false, []string{"stop"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := NewDeleter(newClient(t, serve(t, tt.server)), material.Set{"a": {}}, nil)
			unclear, err := d.Delete(t.Context(), "a")
			if diff := cmp.Diff(tt.want, named(err)); diff != "" || unclear != tt.unclear {
				t.Errorf("unclear %v, %v (-want +got):\n%s", unclear, err, diff)
			}
		})
	}
}
