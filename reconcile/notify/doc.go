// Package notify sends what a run found: as one message to each chat or webhook
// that a manifest names, and as metrics for Prometheus.
//
// # Messages
//
// Five small bodies, one a service, are less than any library brings that serves
// them: the usual ones know no DingTalk or no signature, and none holds the
// services' limits. A message has counts, the deletions' digest, a few names and
// a link; who wants more opens the plan.
//
//	service   body                       limit                              source
//	wecom     markdown                   4096 bytes of content              developer.work.weixin.qq.com/document/path/91770
//	feishu    post, texts without markup 20 KB of body                      open.feishu.cn, custom bot guide
//	dingtalk  markdown                   20 000 bytes of body               open.dingtalk.com, custom robot access
//	slack     blocks of plain text       150 characters a header, 3 000 a   docs.slack.dev, block kit reference
//	                                     section, 40 000 a message
//	webhook   a [Document]               none
//
// DingTalk and Feishu can be told to let in only messages that have a certain
// word: each has the word wxkeep.
//
// Names of materials, and what WeChat answers, are strangers' text. WeCom's and
// DingTalk's Markdown has no way to quote a sign that all their clients honour,
// so every sign that could begin a mention, a link or a structure gives way to
// its full-width twin, in every service alike.
//
// A webhook's URL holds a key. Errors are made of fixed words, numbers and the
// name of the place where the secret is; of an answer's own text all that is like
// the URL is taken out. Redirects are not followed, since they would hand the
// message to another host.
//
// A message is tried three times within ten seconds, so one whose answer was lost
// may come twice.
//
// # Metrics
//
// All are gauges about the last run of a command over an account: their labels
// are account, appid and command, and type or endpoint where that has a meaning.
// Runs of another command or over other accounts leave them as they were, in a
// file and in a Pushgateway alike; an account that is gone is taken out by hand.
// A run that failed leaves what it knows nothing about, too: the time of the last
// success, and, if it could not list the account, how much was live.
package notify
