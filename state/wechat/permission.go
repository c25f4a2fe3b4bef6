package wechat

import (
	"fmt"
	"strconv"
	"strings"
)

// permissionSets are the permission sets (权限集) of which a platform needs one to
// call a path for an account.
//
// Source: wechat-api.md section 4.
var permissionSets = map[string][]int{
	pathCount:     {11},
	pathList:      {11},
	pathDelete:    {11},
	pathUpload:    {11},
	pathGet:       {3, 11},
	pathMenu:      {15},
	pathSelfMenu:  {1, 3, 15},
	pathAutoReply: {1, 3, 15},

	pathDrafts:    {11},
	pathPublished: {7},
}

// setNames are WeChat's names of the sets.
var setNames = map[int]string{1: "消息", 3: "账号服务", 7: "群发与通知", 11: "素材管理", 15: "菜单"}

// platformAdvice says what to do next where that differs for an account that a
// platform calls for.
var platformAdvice = map[int]string{
	40013: "check account.appid and component_appid",
	40125: "check component_appsecret: " + ofPlatform,
	40164: "add %s to the platform's IP whitelist (白名单IP地址列表): " + ofPlatform,
	61004: "add %s to the platform's IP whitelist (白名单IP地址列表): " + ofPlatform,
}

// advise replaces what e says to do next where that depends on the way of the
// call.
func (w Way) advise(e *Error) {
	if w != Platform {
		return
	}
	if text, ok := platformAdvice[e.Code]; ok {
		e.Advice = e.addressed(text)
	}
	if sets := permissionSets[e.Path]; (e.Code == 48001 || e.Code == 61007) && sets != nil {
		e.Advice = lacks(sets)
	}
}

// lacks says that a platform has none of the sets.
func lacks(sets []int) string {
	named := make([]string, len(sets))
	for i, set := range sets {
		named[i] = strconv.Itoa(set) + " (" + setNames[set] + ")"
	}
	text, last := "", len(named)-1
	if last > 0 {
		text = strings.Join(named[:last], ", ") + " or "
	}
	return fmt.Sprintf("the platform lacks permission set %s: ask for it at %s, then let the account authorise the platform again",
		text+named[last], ofPlatform)
}
