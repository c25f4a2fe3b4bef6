package state

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wxkeep/state/material"
)

func TestUsesAreKeptOnce(t *testing.T) {
	t.Parallel()
	sunday, monday := time.Unix(1_700_000_000, 0), time.Unix(1_700_086_400, 0)
	spots := []Use{
		{Place: PlacePublished, Where: "seen twice", ID: "x", Seen: monday},
		{Place: PlacePublished, Where: "seen twice", ID: "x", Seen: sunday},
		{Place: PlacePublished, Where: "seen now, too", ID: "y", Seen: monday},
		{Place: PlacePublished, Where: "seen now, too", ID: "y"},
		{Place: PlaceDrafts, Where: "draft b", ID: "x"},
		{Place: PlaceDrafts, Where: "draft a", ID: "x"},
		{Place: PlaceDrafts, Where: "draft c", ID: "x", More: 2},
		{Place: PlaceMenu, Where: "menu/a", ID: "x"},
		{Place: PlaceNews, Where: "news", URL: "host/x", By: "n1"},
		{Place: PlaceNews, Where: "news", URL: "host/x", By: "n2"},
		{Place: PlaceDrafts, Where: "a cover", ID: "x", URL: "host/x"},
		{Place: PlaceDrafts, Where: "nothing"},
	}
	want := []Use{
		{Place: PlaceDrafts, Where: "draft a", More: 4, ID: "x"},
		{Place: PlaceDrafts, Where: "a cover", ID: "x", URL: "host/x"},
		{Place: PlaceMenu, Where: "menu/a", ID: "x"},
		{Place: PlaceNews, Where: "news", URL: "host/x", By: "n1"},
		{Place: PlaceNews, Where: "news", URL: "host/x", By: "n2"},
		{Place: PlacePublished, Where: "seen twice", More: 1, ID: "x", Seen: monday},
		{Place: PlacePublished, Where: "seen now, too", More: 1, ID: "y"},
	}
	for range 20 {
		rand.Shuffle(len(spots), func(i, j int) { spots[i], spots[j] = spots[j], spots[i] })
		var uses Uses
		for _, u := range spots {
			uses.Add(u)
		}
		if diff := cmp.Diff(want, uses.List()); diff != "" {
			t.Fatalf("List() of %v (-want +got):\n%s", spots, diff)
		}
		if uses.Len() != len(want) {
			t.Fatalf("Len() is %d", uses.Len())
		}
	}
}

// newsstand is a list of news, all of which have the cover "cover".
type newsstand struct{ shelf }

func (n *newsstand) Counts(ctx context.Context) (Counts, error) {
	c, err := n.shelf.Counts(ctx)
	return Counts{material.News: c[material.Image]}, err
}

func (n *newsstand) Page(ctx context.Context, t material.Type, offset, count int) (Page, error) {
	p, err := n.shelf.Page(ctx, t, offset, count)
	for i := range p.Items {
		id := p.Items[i].ID
		p.Items[i].Type = t
		for k := range 3 {
			p.Uses = append(p.Uses, Use{Place: PlaceNews, Where: fmt.Sprintf("news %s (article %d), cover", id, k+1), ID: "cover", By: id})
		}
	}
	return p, err
}

func TestObserveGivesTheUsesOfNewsOnce(t *testing.T) {
	t.Parallel()
	stand := &newsstand{shelf{ids: numbered(38), hidden: 2}} // listed twice, for it is short
	snap, err := Observe(t.Context(), stand, []material.Type{material.News}, Options{Parallelism: 3})
	if err != nil {
		t.Fatal(err)
	}
	var want []Use
	for _, id := range numbered(38) {
		want = append(want, Use{Place: PlaceNews, Where: "news " + id + " (article 1), cover", More: 5, ID: "cover", By: material.ID(id)})
	}
	if diff := cmp.Diff(want, snap.Uses); diff != "" {
		t.Errorf("Uses (-want +got):\n%s", diff)
	}
}

func TestATypeThatHasToBeWholeIsListedOnceMore(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		shelf *shelf
		whole []material.Type
		want  Listing
		proof bool
	}{
		{
			"one in a hundred is not missed when nobody asks", &shelf{ids: numbered(99), hidden: 1},
			nil, Listing{Counted: 100, Total: 100, Most: 100, Listed: 99, Passes: 1}, false,
		},
		{
			"two listings that agree outweigh the count", &shelf{ids: numbered(99), hidden: 1},
			[]material.Type{material.Image}, Listing{Counted: 100, Total: 100, Most: 100, Listed: 99, Passes: 2, Agreed: true}, true,
		},
		{
			"the count is proof enough", &shelf{ids: numbered(100)},
			[]material.Type{material.Image}, Listing{Counted: 100, Total: 100, Most: 100, Listed: 100, Passes: 1}, true,
		},
		{
			"another type may lack one", &shelf{ids: numbered(99), hidden: 1},
			[]material.Type{material.News}, Listing{Counted: 100, Total: 100, Most: 100, Listed: 99, Passes: 1}, false,
		},
		{
			"listings that differ prove nothing", &shelf{ids: numbered(99), hidden: 1, page: flicker},
			[]material.Type{material.Image}, Listing{Counted: 100, Total: 100, Most: 100, Listed: 99, Passes: 2}, false,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			snap, err := Observe(t.Context(), tt.shelf, []material.Type{material.Image}, Options{Whole: tt.whole})
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Type = material.Image
			if diff := cmp.Diff([]Listing{tt.want}, snap.Listings, cmpopts.IgnoreFields(Listing{}, "Full")); diff != "" {
				t.Errorf("Listings (-want +got):\n%s", diff)
			}
			if got := snap.Listings[0].Whole(); got != tt.proof {
				t.Errorf("Whole() = %v", got)
			}
		})
	}
}

// flicker no longer has the last id in the second pass.
func flicker(s *shelf, offset, count int) (Page, error) {
	p := s.slice(offset, count)
	if len(s.calls) > 7 && offset+len(p.Items) == 99 {
		p.Items = p.Items[:max(0, len(p.Items)-1)]
	}
	return p, nil
}
