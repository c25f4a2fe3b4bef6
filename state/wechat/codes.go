package wechat

import (
	"errors"

	"wxkeep/state"
)

// A meaning says what some codes stand for and what to do next.
type meaning struct {
	codes     []int
	condition error
	advice    string // %s is the caller's IP address
}

const (
	whereKeys   = "developers.weixin.qq.com/platform → 我的业务 → 公众号 → 开发密钥"
	wrongSecret = "the AppSecret is not that of account.appid, or was reset since: compare, or reset it, at " + whereKeys
	ourMistake  = "this is a mistake in wxkeep or in a gateway between: report code and rid"
	oneItem     = "this one is left alone: report code and rid if it stays so"
	again       = "its administrator has to authorise the platform again"
	wrongToken  = "check auth.third_party: component_access_token has to be the platform's own token, not that of an account"
	ofPlatform  = "open.weixin.qq.com → 管理中心 → 第三方平台"
)

// meanings is the table of wechat-api.md section 7. A code that is not in it is
// [state.ErrStop].
var meanings = []meaning{
	{[]int{-1, -1000}, state.ErrBusy, "run again later"},
	{[]int{45009}, state.ErrQuota, "run again tomorrow: the day ends at midnight in Beijing"},
	{[]int{45011}, state.ErrRate, "run again later with --max-rps or less --parallelism"},

	{[]int{40001, 40014, 42001}, state.ErrCredential, "check the secret or token: a renewed token was refused too"},
	{[]int{40013}, state.ErrCredential, "compare account.appid with the AppID shown at " + whereKeys},
	{[]int{40125}, state.ErrCredential, wrongSecret},
	{[]int{40164, 45035, 61004}, state.ErrCredential, "add %s to the IP whitelist: " + whereKeys},
	{[]int{40243}, state.ErrCredential, "unfreeze the AppSecret, which takes about ten minutes: " + whereKeys},
	{[]int{50002, 50004, 50007}, state.ErrCredential, "the account is restricted or frozen: see its notices on mp.weixin.qq.com"},
	{[]int{89501, 89502, 89503, 89504, 89505}, state.ErrCredential, "WeChat asks an administrator of the account to confirm this call: have them confirm it, then run again; see also the IP whitelist: " + whereKeys},
	{[]int{89506}, state.ErrCredential, "an administrator of the account refused this call: agree with them, then run again in 24 hours"},
	{[]int{89507}, state.ErrCredential, "an administrator of the account refused this call: agree with them, then run again in an hour"},
	{[]int{42002, 61023}, state.ErrCredential, "give the newest refresh_token, or leave it out to have it looked up; if that is refused too, " + again},
	{[]int{42007}, state.ErrCredential, "the account's authorisation has ended, as it does with a new password: " + again},
	{[]int{42006, 61005, 61006}, state.ErrCredential, "the platform's token or ticket has expired: give the newest component_verify_ticket or component_access_token"},
	{[]int{61003}, state.ErrCredential, "the account has not authorised the platform, or not any more: " + again},
	{[]int{61011}, state.ErrCredential, "check component_appid: WeChat knows no such platform"},
	{[]int{61014, 61015}, state.ErrCredential, wrongToken},
	{[]int{61016, 61017, 61024}, state.ErrCredential, "confirm the platform's permission sets (权限集), then " + again + ": " + ofPlatform},
	{[]int{61028}, state.ErrCredential, "publish the platform (全网发布), or add the account to those it is tested with: " + ofPlatform},

	{[]int{48001, 50001, 61007}, state.ErrNotGranted, "the account or platform lacks this permission: see 接口权限 on mp.weixin.qq.com"},
	{[]int{48004}, state.ErrNotGranted, "WeChat banned this interface for the account: see its notices on mp.weixin.qq.com"},
	{[]int{48003, 48009}, state.ErrNotGranted, "accept the agreement of this interface on mp.weixin.qq.com"},
	{[]int{45103, 45106}, state.ErrNotGranted, "WeChat withdrew this interface"},

	{[]int{40007, 46001}, state.ErrGone, "only a new listing tells whether it is gone"},
	{[]int{48005}, state.ErrInUse, "add it to the manifest, or take it out of the menu or automatic reply"},
	{[]int{48010}, state.ErrProtected, "add it to the manifest"},
	{[]int{46003}, state.ErrNoMenu, ""},

	{[]int{40005, 40006, 40009, 40137, 41005, 44001, 45001, 45007}, state.ErrItem, "WeChat does not take this file"},
	{[]int{40066, 40114, 40118, 40121}, state.ErrItem, oneItem},
	{[]int{50003, 50005}, state.ErrItem, oneItem},
	{[]int{53404, 53405, 53406, 53503, 53504, 53505, 53600}, state.ErrItem, "an article cannot be read: see it on mp.weixin.qq.com"},
	{[]int{76001, 76002, 76003, 76004, 76021, 76022}, state.ErrItem, "report code and rid"},
	{span(65301, 65399), state.ErrItem, "a conditional menu cannot be read: see it on mp.weixin.qq.com"},

	{[]int{40002, 40004, 40033, 40035, 40097, 40170, 47001, 47002, 44002}, state.ErrStop, ourMistake},
	{[]int{41001, 41002, 41004, 41006, 41018, 41021, 43001, 43002, 43003}, state.ErrStop, ourMistake},
	{[]int{48006}, state.ErrStop, "clear_quota is used up for this month"},
	{[]int{88000}, state.ErrStop, ourMistake},
}

func span(from, to int) []int {
	var codes []int
	for c := from; c <= to; c++ {
		codes = append(codes, c)
	}
	return codes
}

// byCode is meanings by each code.
var byCode = func() map[int]meaning {
	m := map[int]meaning{}
	for _, row := range meanings {
		for _, code := range row.codes {
			m[code] = row
		}
	}
	return m
}()

// standsFor returns what to do next about a code at a path, and the condition
// that it is.
func standsFor(path string, code int) (advice string, condition error) {
	m, known := byCode[code]
	switch {
	case !known:
		return "the code is not known to wxkeep: report code and rid", state.ErrStop
	case !belongs(m.condition, path):
		return ourMistake, state.ErrStop
	case path == pathStableToken && tokenRefused(code):
		return wrongSecret, m.condition
	}
	return m.advice, m.condition
}

// belongs reports whether path can mean what its code stands for. What is wrong
// with one material says nothing where none was named, and "no menu" is only
// believed of menus: anywhere else it would turn unknown into empty.
func belongs(condition error, path string) bool {
	if errors.Is(condition, state.ErrNoMenu) {
		return path == pathMenu || path == pathSelfMenu
	}
	for _, single := range []error{state.ErrGone, state.ErrInUse, state.ErrProtected, state.ErrItem} {
		if errors.Is(condition, single) {
			return path != pathStableToken && path != pathCount && path != pathList
		}
	}
	return true
}

// tokenRefused reports whether a renewed token may help.
func tokenRefused(code int) bool { return code == 40001 || code == 40014 || code == 42001 }

// tokenRefused reports whether another token of the kind that r is sent with may
// help.
func (r request) tokenRefused(code int) bool {
	platforms := code == 42006 || code == 61005 || code == 61006
	return tokenRefused(code) || r.tokenQuery != "" && platforms
}

// minuteLimit is the code that a minute's wait cures.
const minuteLimit = 45011
