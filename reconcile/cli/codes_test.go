package cli_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

// Where an errcode may come. The fault of "deletion" hits the first one, which is
// the canary; that of "later deletion" the second and all after it. An "upload" restores two of
// the four that were deleted before.
var codePlaces = map[string]struct {
	path string
	from int // the first call that is refused
}{
	"token":          {path: sandbox.StableToken, from: 1},
	"listing":        {path: sandbox.BatchGet, from: 1},
	"menu":           {path: sandbox.MenuGet, from: 1},
	"content":        {path: sandbox.GetMaterial, from: 1},
	"deletion":       {path: sandbox.DelMaterial, from: 1},
	"later deletion": {path: sandbox.DelMaterial, from: 2},
	"upload":         {path: sandbox.AddMaterial, from: 1},
}

// An ending is how a run over four orphans ends when a code is the answer of
// every call at a place.
type ending struct {
	calls   int // of that endpoint, repetitions included
	deleted int
	status  plan.Status
}

// An action is what is done about a code.
type action string

const (
	tryAgain   action = "try again 4 times with back-off; three calls in a row without an answer stop the run"
	waitMinute action = "wait for the next minute, 30 times"
	tomorrow   action = "stop, go on tomorrow"
	renew      action = "renew the token once, repeat once, then stop"
	deny       action = "stop the account"
	forbid     action = "stop; at a reference: unknown"
	relist     action = "a new listing tells; three in a row stop the run: wrong account"
	inUse      action = "not a failure: keep, report"
	noMenu     action = "an empty menu; stop anywhere else"
	leave      action = "this one failed, go on; at a reference: unknown"
	giveUp     action = "stop; at a reference: unknown, whatever it is"
)

// The endings by action and place.
var codeEndings = map[action]map[string]ending{
	tryAgain: {
		"token": {5, 0, plan.Unseen}, "listing": {5, 0, plan.Unseen}, "menu": {5, 0, plan.Unseen},
		"content": {15, 0, plan.Incomplete}, "deletion": {15, 0, plan.Incomplete}, "later deletion": {16, 1, plan.Incomplete},
		"upload": {10, 4, plan.Incomplete},
	},
	waitMinute: {
		"token": {31, 0, plan.Unseen}, "listing": {31, 0, plan.Unseen}, "menu": {31, 0, plan.Unseen},
		"content": {93, 0, plan.Incomplete}, "deletion": {93, 0, plan.Incomplete}, "later deletion": {94, 1, plan.Incomplete},
		"upload": {62, 4, plan.Incomplete},
	},
	tomorrow: {
		"token": {1, 0, plan.QuotaUsed}, "listing": {1, 0, plan.QuotaUsed}, "menu": {1, 0, plan.QuotaUsed},
		"content": {1, 0, plan.QuotaUsed}, "deletion": {1, 0, plan.QuotaUsed}, "later deletion": {2, 1, plan.QuotaUsed},
		"upload": {1, 4, plan.QuotaUsed},
	},
	renew: {
		"token": {1, 0, plan.Denied}, "listing": {2, 0, plan.Denied}, "menu": {2, 0, plan.Denied},
		"content": {2, 0, plan.Denied}, "deletion": {2, 0, plan.Denied}, "later deletion": {3, 1, plan.Denied},
		"upload": {2, 4, plan.Denied},
	},
	deny: {
		"token": {1, 0, plan.Denied}, "listing": {1, 0, plan.Denied}, "menu": {1, 0, plan.Denied},
		"content": {1, 0, plan.Denied}, "deletion": {1, 0, plan.Denied}, "later deletion": {2, 1, plan.Denied},
		"upload": {1, 4, plan.Denied},
	},
	forbid: {
		"token": {1, 0, plan.Denied}, "listing": {1, 0, plan.Denied}, "menu": {1, 0, plan.Unseen},
		"content": {1, 0, plan.Denied}, "deletion": {1, 0, plan.Denied}, "later deletion": {2, 1, plan.Denied},
		"upload": {1, 4, plan.Denied},
	},
	relist: {
		"token": {1, 0, plan.Error}, "listing": {1, 0, plan.Error}, "menu": {1, 0, plan.Unseen},
		"content": {4, 0, plan.Incomplete}, "deletion": {1, 0, plan.Foreign}, "later deletion": {4, 1, plan.Foreign},
		"upload": {2, 4, plan.Incomplete},
	},
	inUse: {
		"token": {1, 0, plan.Error}, "listing": {1, 0, plan.Error}, "menu": {1, 0, plan.Unseen},
		"content": {4, 0, plan.Incomplete}, "deletion": {4, 0, plan.Done}, "later deletion": {4, 1, plan.Done},
		"upload": {2, 4, plan.Incomplete},
	},
	noMenu: {
		"token": {1, 0, plan.Error}, "listing": {1, 0, plan.Error}, "menu": {1, 4, plan.Done},
		"content": {1, 0, plan.Error}, "deletion": {1, 0, plan.Error}, "later deletion": {2, 1, plan.Error},
		"upload": {1, 4, plan.Error},
	},
	leave: {
		"token": {1, 0, plan.Error}, "listing": {1, 0, plan.Error}, "menu": {1, 0, plan.Unseen},
		"content": {4, 0, plan.Incomplete}, "deletion": {4, 0, plan.Incomplete}, "later deletion": {4, 1, plan.Incomplete},
		"upload": {2, 4, plan.Incomplete},
	},
	giveUp: {
		"token": {1, 0, plan.Error}, "listing": {1, 0, plan.Error}, "menu": {1, 0, plan.Unseen},
		"content": {1, 0, plan.Error}, "deletion": {1, 0, plan.Error}, "later deletion": {2, 1, plan.Error},
		"upload": {1, 4, plan.Error},
	},
}

const (
	keysPage = "developers.weixin.qq.com/platform → 我的业务 → 公众号 → 开发密钥"
	report   = "this is a mistake in wxkeep or in a gateway between: report code and rid"
)

// What is done about every code of wechat-api.md section 7, and what the message
// says to do next.
var codeTable = []struct {
	codes  []int
	action action
	says   string
}{
	{[]int{-1, -1000}, tryAgain, "run again later"},
	{[]int{45009}, tomorrow, "run again tomorrow: the day ends at midnight in Beijing"},
	{[]int{45011}, waitMinute, "run again later with --max-rps or less --parallelism"},

	{[]int{40001, 40014, 42001}, renew, "stable_token gives tokens that are refused: another program may be calling it with force_refresh"},
	{[]int{40013}, deny, "compare account.appid with the AppID shown at " + keysPage},
	{[]int{40125}, deny, "the AppSecret is not that of account.appid, or was reset since: compare, or reset it, at " + keysPage},
	{[]int{40164, 45035, 61004}, deny, "add 203.0.113.7 to the IP whitelist: " + keysPage},
	{[]int{40243}, deny, "unfreeze the AppSecret, which takes about ten minutes: " + keysPage},
	{[]int{50002, 50004, 50007}, deny, "restricted or frozen: see its notices on mp.weixin.qq.com"},
	{[]int{89501, 89502, 89503, 89504, 89505}, deny, "asks an administrator of the account to confirm this call"},
	{[]int{89506}, deny, "run again in 24 hours"},
	{[]int{89507}, deny, "run again in an hour"},
	{[]int{42002, 61023}, deny, "give the newest refresh_token, or leave it out to have it looked up"},
	{[]int{42007}, deny, "the account's authorisation has ended"},
	{[]int{42006, 61005, 61006}, deny, "the platform's token or ticket has expired: give the newest"},
	{[]int{61003}, deny, "the account has not authorised the platform, or not any more"},
	{[]int{61011}, deny, "check component_appid: WeChat knows no such platform"},
	{[]int{61014, 61015}, deny, "check auth.third_party: component_access_token has to be the platform's own token"},
	{[]int{61016, 61017, 61024}, deny, "confirm the platform's permission sets (权限集)"},
	{[]int{61028}, deny, "publish the platform (全网发布)"},

	{[]int{48001, 50001, 61007}, forbid, "lacks this permission: see 接口权限 on mp.weixin.qq.com"},
	{[]int{48004}, forbid, "WeChat banned this interface for the account: see its notices on mp.weixin.qq.com"},
	{[]int{48003, 48009}, forbid, "accept the agreement of this interface on mp.weixin.qq.com"},
	{[]int{45103, 45106}, forbid, "WeChat withdrew this interface"},

	{[]int{40007, 46001}, relist, "only a new listing tells whether it is gone"},
	{[]int{48005}, inUse, "add it to the manifest, or take it out of the menu or automatic reply"},
	{[]int{48010}, inUse, "add it to the manifest"},
	{[]int{46003}, noMenu, ""},

	{[]int{40005, 40006, 40009, 40137, 41005, 44001, 45001, 45007}, leave, "WeChat does not take this file"},
	{[]int{40066, 40114, 40118, 40121, 50003, 50005}, leave, "this one is left alone: report code and rid if it stays so"},
	{[]int{53404, 53405, 53406, 53503, 53504, 53505, 53600}, leave, "an article cannot be read"},
	{[]int{65301, 65302, 65399}, leave, "a conditional menu cannot be read"},
	{[]int{76001, 76002, 76003, 76004, 76021, 76022}, leave, "report code and rid"},

	{[]int{40002, 40004, 40033, 40035, 40097, 40170, 44002, 47001, 47002}, giveUp, report},
	{[]int{41001, 41002, 41004, 41006, 41018, 41021, 43001, 43002, 43003, 88000}, giveUp, report},
	{[]int{48006}, giveUp, "clear_quota is used up for this month"},
	{[]int{1, -2, 12345, 99999}, giveUp, "the code is not known to wxkeep: report code and rid"},
}

// Every code at every place: how often the endpoint is called, what is deleted,
// how the run ends and what it says.
func TestEveryCodeHasItsAction(t *testing.T) {
	t.Parallel()
	for _, row := range codeTable {
		for _, code := range row.codes {
			for where, want := range codeEndings[row.action] {
				t.Run(fmt.Sprintf("%d, %s", code, where), func(t *testing.T) {
					t.Parallel()
					checkCode(t, code, where, want, says(row.action, row.says, code, where))
				})
			}
		}
	}
}

// says is what the message has to say: at a place where the code makes no sense,
// that it is a mistake; and a token endpoint's own word about a bad secret.
func says(a action, text string, code int, where string) string {
	lost := where == "token" || where == "listing"
	switch {
	case a == renew && where == "token":
		return "the AppSecret is not that of account.appid"
	case a == noMenu && where == "menu":
		return ""
	case a == noMenu, (a == relist || a == inUse || a == leave) && lost:
		return report
	}
	return text
}

func checkCode(t *testing.T, code int, where string, want ending, text string) {
	at := codePlaces[where]
	fault := sandbox.Fault{Path: at.path, From: at.from, Errcode: code}
	if slices.Contains([]int{40164, 45035, 61004}, code) {
		fault.Errmsg = "invalid ip ::ffff:203.0.113.7, not in whitelist"
	}
	a := sandbox.Account{Faults: []sandbox.Fault{fault}}
	typ := material.Image
	if where == "content" {
		typ = material.Voice // an image has its URL besides
	}
	for _, id := range []material.ID{"kept_1", "orphan_1", "orphan_2", "orphan_3", "orphan_4"} {
		a.Materials = append(a.Materials, sandbox.Material{Type: typ, ID: id, Age: 400 * 24 * time.Hour})
	}
	archive, references := "off", "[menu]"
	switch where {
	case "content", "upload":
		archive = "required"
	case "token":
		references = "[]" // one caller: several may share a fetch, or not
	}
	p := newPretend(t, a, "types: [image, voice]\nkeep: [kept_1]\nreferences: "+references+"\narchive: "+archive+"\nguards: {max_delete_percent: 100}\n", nil)
	s := p.quick("apply", "--auto-approve", "--parallelism", "1")
	if where == "upload" {
		s = p.quick("restore", "--auto-approve", "--id", "orphan_1", "--id", "orphan_2")
	}
	got := ending{p.sandbox.Calls()[at.path], 5 - len(p.live()), plan.Status(s.status)}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(ending{})); diff != "" {
		t.Errorf("mismatch (-want +got):\n%s%s", diff, s)
	}
	if sent := p.deletes(); at.path != sandbox.DelMaterial && sent != want.deleted {
		t.Errorf("del_material was called %d times, want %d", sent, want.deleted)
	}
	if text != "" {
		has(t, s.stdout+s.stderr, at.path+": errcode "+fmt.Sprint(code)+": ", text)
	}
}
