package wechat_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wxkeep/state"
	"wxkeep/state/material"
	"wxkeep/state/wechat"
	"wxkeep/state/wechat/sandbox"
)

// covered is a draft, or a publication, with a cover of that number.
func covered(title string, i int) sandbox.Draft {
	return sandbox.Draft{
		ID:       material.ID(fmt.Sprint(title, i)),
		Articles: []sandbox.Article{{Title: fmt.Sprint(title, i), Content: "<p>一</p>", ThumbMediaID: material.ID(fmt.Sprint("cover", i))}},
	}
}

// boxes is an account with so many drafts and publications, of which the first is
// the newest.
func boxes(drafts, published int) sandbox.Account {
	a := sandbox.Account{}
	for i := range drafts {
		a.Drafts = append(a.Drafts, covered("draft", i))
	}
	for i := range published {
		a.Published = append(a.Published, covered("published", i))
	}
	return a
}

// again searches a place once, and then as a later run would.
func again(t *testing.T, client *wechat.Client, of func(*wechat.Client) state.Resumer, between func()) (state.Resumer, state.Search) {
	t.Helper()
	first, err := of(client).Search(t.Context())
	if err != nil || first.Partly || first.Scan == nil || !first.Scan.Whole {
		t.Fatalf("the first search is not whole: %+v, %v", first.Scan, err)
	}
	between()
	place := of(client)
	place.Resume(first.Scan)
	second, err := place.Search(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return place, second
}

func draftBox(c *wechat.Client) state.Resumer     { return wechat.NewDrafts(c) }
func publications(c *wechat.Client) state.Resumer { return wechat.NewPublished(c) }

// covers are the ids used, sorted.
func covers(s state.Search) []material.ID {
	var ids []material.ID
	for _, u := range s.Uses {
		ids = append(ids, u.ID)
	}
	slices.Sort(ids)
	return ids
}

func TestABoxIsReadFromItsFrontUntilItIsKnown(t *testing.T) {
	t.Parallel()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	add := func(s *sandbox.Sandbox, n int) {
		for i := range n {
			_, err := s.AddDraft(appid, covered("new", 1000+i))
			must(err)
		}
	}
	edit := func(s *sandbox.Sandbox, i int, change func(*sandbox.Draft)) {
		d := covered("draft", i)
		change(&d)
		must(s.Edit(appid, d.ID, d))
	}
	tests := []struct {
		name   string
		drafts int
		order  sandbox.Order
		change func(*sandbox.Sandbox)
		partly bool
		calls  int
		blind  bool // the change is not seen
	}{
		{name: "nothing changed", drafts: 300, partly: true, calls: 2},
		{name: "nothing changed in another order", drafts: 300, order: sandbox.ByID, partly: true, calls: 2},
		{name: "an empty box", drafts: 0, calls: 1},
		{name: "a box of one page", drafts: 20, calls: 1},
		{name: "a box of two pages is read wholly", drafts: 40, calls: 2},
		{name: "19 are new", drafts: 300, change: func(s *sandbox.Sandbox) { add(s, 19) }, partly: true, calls: 2},
		{name: "a page is new, and the next one tells", drafts: 300, change: func(s *sandbox.Sandbox) { add(s, 20) }, partly: true, calls: 3},
		{name: "50 are new", drafts: 300, change: func(s *sandbox.Sandbox) { add(s, 50) }, partly: true, calls: 4},
		{name: "more is new than known", drafts: 50, change: func(s *sandbox.Sandbox) { add(s, 60) }, calls: 6},
		{name: "new ones come last", drafts: 100, order: sandbox.OldestFirst, change: func(s *sandbox.Sandbox) { add(s, 1) }, calls: 6},
		{name: "one is gone", drafts: 100, change: func(s *sandbox.Sandbox) { s.RemoveDraft(appid, "draft50") }, calls: 5},
		{name: "one is gone, and another one new", drafts: 100, change: func(s *sandbox.Sandbox) { s.RemoveDraft(appid, "draft50"); add(s, 1) }, calls: 5},
		{
			name: "one on the first page was edited at the same second", drafts: 100, calls: 5,
			change: func(s *sandbox.Sandbox) {
				d := s.Now().AddDate(0, 0, -1)
				edit(s, 3, func(e *sandbox.Draft) { e.Updated, e.Articles[0].Content = d.Truncate(time.Second), "<p>二</p>" })
			},
		},
		{
			name: "one on the last page was edited", drafts: 100, calls: 5,
			change: func(s *sandbox.Sandbox) { edit(s, 99, func(e *sandbox.Draft) { e.Articles[0].Title = "改" }) },
		},
		{
			name: "one that was edited moved to the front", drafts: 100, order: sandbox.UpdatedFirst, calls: 5,
			change: func(s *sandbox.Sandbox) { edit(s, 50, func(e *sandbox.Draft) { e.Articles[0].Title = "改" }) },
		},
		{
			name: "one that was edited where it stands is not seen", drafts: 100, partly: true, calls: 2, blind: true,
			change: func(s *sandbox.Sandbox) { edit(s, 50, func(e *sandbox.Draft) { e.Articles[0].ThumbMediaID = "other" }) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			account := boxes(tt.drafts, 0)
			account.BoxOrder = tt.order
			client, s := connect(t, account)
			now := time.Now()
			s.SetNow(now)
			before := 0
			place, got := again(t, client, draftBox, func() {
				if tt.change != nil {
					tt.change(s)
				}
				before = client.Calls()[sandbox.DraftGet]
			})
			if n := client.Calls()[sandbox.DraftGet] - before; got.Partly != tt.partly || n != tt.calls {
				t.Errorf("partly is %v with %d calls, want %v with %d", got.Partly, n, tt.partly, tt.calls)
			}
			fresh, err := wechat.NewDrafts(client).Search(t.Context())
			must(err)
			if got.Seen != fresh.Seen || slices.Equal(covers(fresh), covers(got)) == tt.blind {
				t.Errorf("%d seen, uses %v; a full search sees %d, uses %v", got.Seen, covers(got), fresh.Seen, covers(fresh))
			}
			if diff := cmp.Diff(fresh.Scan.Rows(), got.Scan.Rows()); (diff != "") != tt.blind {
				t.Errorf("rows remembered (-full +got):\n%s", diff)
			}
			before = client.Calls()[sandbox.DraftGet]
			rest, err := place.Rest(t.Context())
			must(err)
			if diff := cmp.Diff(fresh, rest, withoutScans); tt.partly && diff != "" {
				t.Errorf("the rest (-full +got):\n%s", diff)
			}
			if n, want := client.Calls()[sandbox.DraftGet]-before, (fresh.Seen+19)/20-tt.calls; tt.partly && n != want {
				t.Errorf("the rest took %d calls, want %d", n, want)
			}
		})
	}
}

// What was read before is said to have been seen then.
func TestAScanSaysWhenAUseWasSeen(t *testing.T) {
	t.Parallel()
	client, s := connect(t, boxes(0, 60))
	_, got := again(t, client, publications, func() { publish(t, s, 1000) })
	now := map[bool]int{}
	for _, u := range got.Uses {
		now[u.Seen.IsZero()]++
	}
	if diff := cmp.Diff(map[bool]int{true: 1, false: 60}, now); diff != "" || !got.Partly {
		t.Errorf("uses seen now and before (-want +got):\n%s", diff)
	}
	if i := slices.IndexFunc(got.Scan.Uses, func(u state.Use) bool { return u.Seen.IsZero() }); i >= 0 {
		t.Errorf("of %+v nobody will know when it was seen", got.Scan.Uses[i])
	}
}

// A box that took two days to read is looked at as one that was read in one go.
func TestAScanThatWasJoinedIsBuiltOn(t *testing.T) {
	t.Parallel()
	client, s := connect(t, publishing(100, 3))
	first, _ := found{client}.search(t, nil)
	begin := time.Now()
	s.SetNow(begin.AddDate(0, 0, 1))
	scan := first.Scan
	for n := 1; !scan.Whole; n++ {
		s.SetNow(begin.AddDate(0, 0, n))
		got, err := found{client}.search(t, scan)
		if scan = got.Scan; scan == nil || n == 10 {
			t.Fatalf("day %d: %v", n, err)
		}
	}
	s.SetNow(begin.AddDate(0, 0, 11))
	publish(t, s, 100)
	if _, err := wechat.NewReader(client).Counts(t.Context()); err != nil { // with a new token
		t.Fatal(err)
	}
	before := s.Calls()[sandbox.PublishedGet]
	got, err := found{client}.search(t, scan)
	if n := s.Calls()[sandbox.PublishedGet] - before; err != nil || !got.Partly || n != 2 || len(got.Uses) != 101 || !got.Scan.Joined {
		t.Errorf("%d calls, partly is %v, %d uses, %v", n, got.Partly, len(got.Uses), err)
	}
	if diff := cmp.Diff(scan, got.Scan, cmpopts.IgnoreFields(state.Scan{}, "Stretches", "Uses")); diff != "" {
		t.Errorf("a look made the scan newer (-want +got):\n%s", diff)
	}
}
