package sandbox_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

// dated is a draft of that id, changed at 8 o'clock of a day.
func dated(id material.ID, day int) sandbox.Draft {
	return sandbox.Draft{ID: id, Articles: []sandbox.Article{{Title: string(id)}}, Updated: time.Date(2026, 11, day, 8, 0, 0, 0, time.UTC)}
}

func TestDraftsAndPublicationsAreListedInTheOrderAskedFor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		order       sandbox.Order
		drafts      []material.ID
		afterAnEdit []material.ID // of m, the first to come in
	}{
		{"the newest first, and an edit moves nothing", sandbox.NewestFirst, []material.ID{"a", "z", "m"}, []material.ID{"a", "z", "m"}},
		{"the oldest first", sandbox.OldestFirst, []material.ID{"m", "z", "a"}, []material.ID{"m", "z", "a"}},
		{"the last changed first", sandbox.UpdatedFirst, []material.ID{"z", "a", "m"}, []material.ID{"m", "z", "a"}},
		{"by id", sandbox.ByID, []material.ID{"a", "m", "z"}, []material.ID{"a", "m", "z"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := sandbox.NewAt(func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) }, sandbox.Account{
				AppID: "wx1", BoxOrder: tt.order,
				Drafts:    []sandbox.Draft{dated("a", 10), dated("z", 20), dated("m", 5)},
				Published: []sandbox.Draft{dated("p2", 2), dated("p1", 1)},
			})
			if diff := cmp.Diff(tt.drafts, s.Drafts("wx1")); diff != "" {
				t.Errorf("drafts (-want +got):\n%s", diff)
			}
			for _, id := range []material.ID{"m", "p1"} {
				if err := s.Edit("wx1", id, sandbox.Draft{Articles: []sandbox.Article{{Title: "改"}}}); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(tt.afterAnEdit, s.Drafts("wx1")); diff != "" {
				t.Errorf("drafts after an edit (-want +got):\n%s", diff)
			}
			if !s.Unpublish("wx1", "p2") || s.Unpublish("wx1", "p2") {
				t.Error("what is published is unpublished once")
			}
			if diff := cmp.Diff([]material.ID{"p1"}, s.Publications("wx1")); diff != "" {
				t.Errorf("publications (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnEditOfWhatIsNotThereIsAnError(t *testing.T) {
	t.Parallel()
	s := sandbox.New(sandbox.Account{AppID: "wx1", Drafts: []sandbox.Draft{dated("a", 1)}})
	if err := s.Edit("wx1", "b", dated("b", 1)); err == nil {
		t.Error("a draft that is not there was edited")
	}
	if err := s.Edit("wx1", "a", sandbox.Draft{}); err == nil {
		t.Error("a draft lost its articles")
	}
	if _, err := sandbox.Parse([]byte("accounts: [{appid: wx1, box_order: sideways}]"), "account.yaml", time.Now()); err == nil {
		t.Error("an order that is none was taken")
	}
}
