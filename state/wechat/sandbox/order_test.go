package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

func TestTheListComesInTheOrderOfTheAccount(t *testing.T) {
	t.Parallel()
	tests := map[sandbox.Order][]string{
		sandbox.NewestFirst:  {"new", "c", "renamed", "a"},
		sandbox.UpdatedFirst: {"renamed", "new", "c", "a"},
		sandbox.OldestFirst:  {"a", "renamed", "c", "new"},
		sandbox.ByID:         {"c", "renamed", "a", "new"},
	}
	for order, want := range tests {
		t.Run(string(order), func(t *testing.T) {
			t.Parallel()
			ms := images("c", "b", "a")
			for i := range ms {
				ms[i].Age = time.Duration(i+1) * time.Hour
			}
			c := call(t, sandbox.Account{Order: order, Materials: ms})
			if _, err := c.sandbox.Upload(appid, sandbox.Material{Type: material.Image, Name: "new", Age: time.Minute}); err != nil {
				t.Fatal(err)
			}
			before := c.list(material.Image, 0, 20).page(t).names()
			c.sandbox.Rename(appid, imageID("b"), "renamed")
			if diff := cmp.Diff(want, c.list(material.Image, 0, 20).page(t).names()); diff != "" {
				t.Errorf("names (-want +got), after %v:\n%s", before, diff)
			}
			if diff := cmp.Diff(want[1:3], c.list(material.Image, 1, 2).page(t).names()); diff != "" {
				t.Errorf("a page (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnOrderThatNobodyKnowsIsRefused(t *testing.T) {
	t.Parallel()
	_, err := sandbox.Parse([]byte("accounts:\n  - appid: wx0123456789abcdef\n    order: newest\n"), "a.yaml", time.Now())
	if err == nil || !strings.Contains(err.Error(), `a.yaml:3:`) || !strings.Contains(err.Error(), `"newest" is not oldest, updated or id; leave it out for the newest first`) {
		t.Errorf("error %v", err)
	}
}
