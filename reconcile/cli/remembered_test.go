package cli_test

import (
	"strings"
	"testing"

	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

func TestTheLastListingIsPlannedFromWithoutACallOrACredential(t *testing.T) {
	t.Parallel()
	account := sandbox.Account{
		Materials: images("orphan_1", "kept", "used"),
		Drafts:    []sandbox.Draft{{Articles: []sandbox.Article{{Title: "预告", ThumbMediaID: "used"}}}},
	}
	p := newPretend(t, account, "types: [image]\nguards: {max_delete_percent: 100}\nkeep: [kept]\n", nil)
	has(t, p.exits(t, 1, "plan", "--refresh", "never").stderr, "wxkeep: brand-main: no listing is remembered: make one with wxkeep plan --record\n")
	p.exits(t, 0, "plan", "--record")
	recorded := p.total()
	p.env = []string{"WX_APP_SECRET="}
	s := p.exits(t, 0, "plan", "--refresh", "never")
	has(t, s.stdout, "orphan_1", `referenced: draft "预告", cover`, "1 kept, 1 in use, 0 held, 1 to delete, 0 missing (3 live)")
	if n := p.total() - recorded; n != 0 {
		t.Errorf("%d calls were made, want none", n)
	}
	// The manifest is read anew, and a type that was not listed is not empty.
	p.write(t, "types: [image, voice]\nguards: {max_delete_percent: 100}\nkeep: [kept, orphan_1]\n")
	s = p.exits(t, 15, "plan", "--refresh", "never")
	has(t, s.stderr, "voice was not listed then")
	if strings.Contains(s.stdout, "to destroy") {
		t.Errorf("orphan_1 is kept now\n%s", s)
	}
	p.exits(t, 1, "apply", "--auto-approve", "--refresh", "never")
	if n := p.total() - recorded; n != 0 || p.deletes() != 0 || len(p.live()) != 3 {
		t.Errorf("%d calls were made, want none", n)
	}
}

func TestAnInterruptedReaderLeavesWhatItKnewInPlace(t *testing.T) {
	t.Parallel()
	account := sandbox.Account{
		Materials: images("orphan_1", "kept", "used"),
		Drafts:    []sandbox.Draft{{Articles: []sandbox.Article{{Title: "预告", ThumbMediaID: "used"}}}},
	}
	p := newPretend(t, account, "types: [image]\nguards: {max_delete_percent: 100}\nkeep: [kept]\nreferences: [drafts]\n", nil)
	p.exits(t, 0, "plan", "--record")
	if err := p.sandbox.Inject(pretendAppID, sandbox.Fault{Path: sandbox.DraftGet, Errcode: 48001}); err != nil {
		t.Fatal(err)
	}
	p.exits(t, 15, "plan", "--record")
	p.sandbox.Heal(pretendAppID)
	for _, id := range p.sandbox.Drafts(pretendAppID) {
		p.sandbox.RemoveDraft(pretendAppID, id)
	}
	has(t, p.exits(t, 0, "apply", "--auto-approve").stdout, `referenced: draft "预告", cover, last seen `)
	if got := p.live(); len(got) != 2 || got[1] != material.ID("used") {
		t.Errorf("left are %s", got)
	}
}
