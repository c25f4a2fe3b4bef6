package wechat

import "wxkeep/state"

// A meaning says what some codes stand for and what to do next.
type meaning struct {
	codes     []int
	condition error
	advice    string // %s is the caller's IP address
}

const (
	whereKeys  = "developers.weixin.qq.com/platform → 我的业务 → 公众号 → 开发密钥"
	ourMistake = "this is a mistake in wxkeep or in a gateway between: report code and rid"
	platform   = "the account's authorisation of the third-party platform has to be renewed"
)

// meanings is the table of wechat-api.md section 7. A code that is not in it is
// [state.ErrStop].
var meanings = []meaning{
	{[]int{-1, -1000}, state.ErrBusy, "run again later"},
	{[]int{45009}, state.ErrQuota, "run again tomorrow: the day ends at midnight in Beijing"},
	{[]int{45011}, state.ErrRate, "run again later with --max-rps or less --parallelism"},

	{[]int{40001, 40014, 42001}, state.ErrCredential, "check the secret or token: a renewed token was refused too"},
	{[]int{40013}, state.ErrCredential, "check account.appid and that the secret is this account's"},
	{[]int{40125}, state.ErrCredential, "check the AppSecret: " + whereKeys},
	{[]int{40164, 45035, 61004}, state.ErrCredential, "add %s to the IP whitelist: " + whereKeys},
	{[]int{40243}, state.ErrCredential, "unfreeze the AppSecret, which takes about ten minutes: " + whereKeys},
	{[]int{50002, 50004, 50007}, state.ErrCredential, "the account is restricted or frozen: see its notices on mp.weixin.qq.com"},
	{[]int{89501, 89502, 89503, 89504, 89505}, state.ErrCredential, "an administrator of the account has to confirm the call, then run again"},
	{[]int{89506}, state.ErrCredential, "an administrator refused the call: wait 24 hours"},
	{[]int{89507}, state.ErrCredential, "an administrator refused the call: wait an hour"},
	{[]int{42002, 42007, 61023}, state.ErrCredential, platform},
	{[]int{42006, 61005, 61006}, state.ErrCredential, "the platform's token or ticket has expired: give a new one"},
	{[]int{61003, 61011, 61014, 61015, 61016, 61017, 61024, 61028}, state.ErrCredential, platform},

	{[]int{48001, 48004, 50001, 61007}, state.ErrNotGranted, "the account or platform lacks this permission: see 接口权限 on mp.weixin.qq.com"},
	{[]int{48003, 48009}, state.ErrNotGranted, "accept the agreement of this interface on mp.weixin.qq.com"},
	{[]int{45103, 45106}, state.ErrNotGranted, "WeChat withdrew this interface"},

	{[]int{40007, 46001}, state.ErrGone, "only a new listing tells whether it is gone"},
	{[]int{48005}, state.ErrInUse, "add it to the manifest, or take it out of the menu or automatic reply"},
	{[]int{48010}, state.ErrProtected, "add it to the manifest"},
	{[]int{46003}, state.ErrNoMenu, ""},

	{[]int{40005, 40006, 40009, 40137, 41005, 44001, 45001, 45007}, state.ErrItem, "WeChat does not take this file"},
	{[]int{40066, 40114, 40118, 40121}, state.ErrItem, ""},
	{[]int{50003, 50005}, state.ErrItem, ""},
	{[]int{53404, 53405, 53406, 53503, 53504, 53505, 53600}, state.ErrItem, ""},
	{[]int{76001, 76002, 76003, 76004, 76021, 76022}, state.ErrItem, ""},
	{span(65301, 65399), state.ErrItem, ""},

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

func conditionOf(code int) error {
	if m, ok := byCode[code]; ok {
		return m.condition
	}
	return state.ErrStop
}

func adviceFor(code int) string {
	if m, ok := byCode[code]; ok {
		return m.advice
	}
	return "the code is not known to wxkeep: report code and rid"
}

// tokenRefused reports whether a renewed token may help.
func tokenRefused(code int) bool { return code == 40001 || code == 40014 || code == 42001 }

// minuteLimit is the code that a minute's wait cures.
const minuteLimit = 45011
