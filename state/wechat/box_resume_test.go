package wechat_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state"
	"wxkeep/state/material"
	"wxkeep/state/wechat"
	"wxkeep/state/wechat/sandbox"
)

// publishing is an account with n publications, each with a cover of its own, and
// so many calls a day.
func publishing(n, daily int) sandbox.Account {
	a := sandbox.Account{Quotas: map[string]sandbox.Quota{sandbox.PublishedGet: {Daily: daily}, sandbox.DraftGet: {Daily: daily}}}
	for i := range n {
		a.Published = append(a.Published, published(i))
	}
	return a
}

func published(i int) sandbox.Draft {
	return sandbox.Draft{Articles: []sandbox.Article{{Title: fmt.Sprint("往期", i), ThumbMediaID: material.ID(fmt.Sprint("cover", i))}}}
}

func (f found) search(t *testing.T, past *state.Scan) (state.Search, error) {
	t.Helper()
	p := wechat.NewPublished(f.client)
	if past != nil {
		p.Resume(past)
	}
	return p.Search(t.Context())
}

type found struct{ client *wechat.Client }

func TestThreeThousandPublicationsAreReadInTwoDays(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		between func(*sandbox.Sandbox)
		want    int // publications in the end
		calls   int // on the second day
	}{
		{name: "nothing changed", want: 3000, calls: 1 + 51},
		{name: "one more is published", between: func(s *sandbox.Sandbox) { publish(t, s, 3000) }, want: 3001, calls: 1 + 51},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, s := connect(t, publishing(3000, 100))
			begin := time.Now()
			first, err := found{client}.search(t, nil)
			if !errors.Is(err, state.ErrQuota) || first.Scan == nil || len(first.Uses) != 2000 {
				t.Fatalf("%d uses, %v", len(first.Uses), err)
			}
			if tt.between != nil {
				tt.between(s)
			}
			s.SetNow(begin.AddDate(0, 0, 1))
			before := s.Calls()[sandbox.PublishedGet]
			second, err := found{client}.search(t, first.Scan)
			if err != nil || second.Seen != tt.want || len(second.Uses) != tt.want {
				t.Fatalf("%d seen, %d uses, %v", second.Seen, len(second.Uses), err)
			}
			// Calls in flight at the end of the first day may leave holes, of which each costs a call or two.
			if n := s.Calls()[sandbox.PublishedGet] - before; n > tt.calls+2*8 {
				t.Errorf("%d calls on the second day, want %d", n, tt.calls)
			}
		})
	}
}

func publish(t *testing.T, s *sandbox.Sandbox, i int) {
	t.Helper()
	id, err := s.AddDraft(appid, published(i))
	if err != nil || !s.Publish(appid, id) {
		t.Fatalf("not published: %v", err)
	}
}

// A scan is whole only when it can be shown to be: else the box is read anew.
func TestAScanThatDoesNotFitIsMadeAnew(t *testing.T) {
	t.Parallel()
	client, s := connect(t, publishing(100, 3))
	first, err := found{client}.search(t, nil)
	if !errors.Is(err, state.ErrQuota) || first.Scan == nil {
		t.Fatal(err)
	}
	scans := map[string]func(state.Scan) state.Scan{
		"it has one that is not there": func(s state.Scan) state.Scan {
			rows := append([]state.Row{}, s.Stretches[0].Rows...)
			rows[10].ID = "gone"
			s.Stretches = append([]state.Stretch{{Offset: s.Stretches[0].Offset, Rows: rows}}, s.Stretches[1:]...)
			return s
		},
		"it lacks one": func(s state.Scan) state.Scan {
			s.Stretches = s.Stretches[:1]
			s.Stretches[0].Rows = s.Stretches[0].Rows[:5]
			return s
		},
		"it is of long ago": func(s state.Scan) state.Scan { s.Read = s.Read.AddDate(0, 0, -8); return s },
		"it is of another": func(s state.Scan) state.Scan {
			s.Stretches = []state.Stretch{{Offset: 0, Rows: []state.Row{{ID: "a"}, {ID: "b"}}}}
			return s
		},
	}
	for name, change := range scans {
		s.SetNow(s.Now().AddDate(0, 0, 1))
		past := change(clone(*first.Scan))
		got, err := found{client}.search(t, &past)
		if name != "it lacks one" && !errors.Is(err, state.ErrQuota) {
			t.Errorf("%s: %d seen, %v; three calls are not enough to read it anew", name, got.Seen, err)
		}
		if err == nil && got.Seen != 100 {
			t.Errorf("%s: %d of 100 are taken for all", name, got.Seen)
		}
	}
}

func clone(s state.Scan) state.Scan {
	stretches := make([]state.Stretch, len(s.Stretches))
	for i, one := range s.Stretches {
		stretches[i] = state.Stretch{Offset: one.Offset, Rows: append([]state.Row{}, one.Rows...)}
	}
	s.Stretches = stretches
	return s
}

func TestDraftsAreReadInOneGo(t *testing.T) {
	t.Parallel()
	account := publishing(0, 2)
	account.Generate = sandbox.Generate{Drafts: 60}
	client, s := connect(t, account)
	got, err := wechat.NewDrafts(client).Search(t.Context())
	if !errors.Is(err, state.ErrQuota) {
		t.Fatal(err)
	}
	if diff := cmp.Diff((*state.Scan)(nil), got.Scan); diff != "" {
		t.Errorf("a draft can change where it stands (-want +got):\n%s", diff)
	}
	s.SetNow(time.Now().AddDate(0, 0, 1))
	drafts := wechat.NewDrafts(client)
	drafts.Resume(&state.Scan{Place: state.PlaceDrafts, Read: time.Now(), Stretches: []state.Stretch{{Rows: []state.Row{{ID: string(s.Drafts(appid)[0])}}}}})
	if got, err := drafts.Search(t.Context()); !errors.Is(err, state.ErrQuota) || got.Scan != nil {
		t.Errorf("a draft box that was cut is gone on with: %d seen, %v", got.Seen, err)
	}
}
