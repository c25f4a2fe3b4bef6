// Package manifests is what may remain: it reads the YAML files in which a
// team lists the media_ids that it keeps, checks them as a whole, and says what
// is wrong and where.
//
// # The asymmetry
//
// Whatever live material no entry, rule or use keeps is deleted, for good. An
// item missing from the listing only means fewer deletions; an entry missing
// from a manifest means one too many. So a manifest is never half understood:
//
//   - Absent is not empty. "keep:" with nothing behind it is a mistake,
//     "keep: []" is a statement.
//   - Nothing is ignored. Unknown and duplicate keys, null items, a second
//     document, a part that nobody names, a value that swallows the next line:
//     each is an entry that somebody believes to be there.
//   - Nothing means other than it shows. Aliases, anchors, merge keys, tags and
//     characters that do not show are refused, so that a review sees everything.
//   - One mistake anywhere and there is no [Policy] at all. [Load] reports all
//     of them at once, as [Problems].
//
// # Format
//
// An account document has account.appid and holds all settings:
//
//	apiVersion: wxkeep/v1
//	account:
//	  name: brand-main
//	  appid: wx0123456789abcdef
//	  auth:
//	    app_secret: {env: WX_APP_SECRET}
//	parts: [teams/brand.yaml]
//	types: [image, voice]
//	keep:
//	  - "qzMs0ZfUl2VkKtJ7rNmX5c4GdYbWpQaHoEiLuTvSxRw"
//	  - media_id: "9VbF3kYtQe1rMwZx7LpHs2JnDgCaUo5iEXqTvRbN4ak"
//	    name: logo.png
//	    reason: menu banner
//	    until: 2027-03-31
//	keep_rules:
//	  - {name: "brand-*", types: [image], newer_than: 90d}
//	retire: ["Kd3WmZq8LxVt5RbYcHn2PgJs7FuEoAiTkMvXwNzQ1x9"]
//
// A part has no appid. It holds apiVersion, account.name, keep, keep_rules and
// retire and nothing else, and counts only when the account document names its
// file in parts. A named part that is missing and a part that nobody names are
// mistakes: no keep list can vanish unnoticed.
//
// Days begin and end in UTC+8. An entry with until holds through the end of
// that day; a rule with before keeps what was last changed before that day.
// Durations are Go's, with weeks and days before them: 1w2d, 36h.
//
// In the name of a rule, * is any run of characters, / among them, and ? is one.
// Other signs of patterns are refused: a rule that matches less than was meant
// deletes more.
//
// In the place of app_secret, auth may have access_token, or the way by which a
// third-party platform (第三方平台) calls for the account:
//
//	auth:
//	  third_party:
//	    component_appid: wxfedcba9876543210
//	    component_appsecret: {env: WX_COMPONENT_APPSECRET}
//	    component_verify_ticket: {file: /run/ticket} # the newest that WeChat pushed; or, in the place of both:
//	    # component_access_token: {command: [platform-token]}
//	    refresh_token: {file: /var/lib/wx/refresh} # optional, else looked up; a renewed one is written back to a file
//	    token_query: component_access_token # or access_token: what the platform's token is called in the query
//
// Each run of plan and apply can tell people or programs what it found:
//
//	notify:
//	  - wecom: {env: WECOM_WEBHOOK}         # or feishu, dingtalk, slack; webhook gets JSON
//	  - dingtalk: {file: /run/hook}
//	    sign: {env: DINGTALK_SIGN}          # optional: the key of DingTalk's or Feishu's signature
//	    on: [due, blocked, failed, done]    # due, blocked and failed unless it says
//
// The URL of a webhook holds a key, so it is a secret. A run sends one message to
// a URL, whatever number of accounts name it: due says that something is to be
// deleted, blocked that a guard stops it, failed that something went wrong or
// deleting it did, done that something was deleted. A message that cannot be sent
// is a warning and never changes the exit status: that speaks of the account, and
// a chat that is down must neither stop a deletion nor look like a failed one.
// Metrics are no setting but flags, --metrics and --pushgateway: where they go
// depends on the machine, and nothing that is deleted depends on them.
//
// A secret is never in a manifest, only where to find it: {env: NAME},
// {file: PATH} or {command: [ARG…]}. What is written under auth and
// notify is never quoted in a message.
//
// With cloud_run calls come from a container of 微信云托管. Its references have to be
// written out, since drafts, published articles and automatic replies cannot be
// read that way; its from_appid is the account's own appid, for an environment
// that another account shares with it.
//
// # Long lists
//
// The YAML parser makes a tree of the whole text: of 100,000 entries, 35 MB and
// more, and with names and reasons 180 MB. But nearly all lines of such a list have
// one of a few forms whose meaning needs nothing but the line: "- " and an id, or
// a key and a value, on one line, the value in double quotes without an escape or
// in plain words. So a run of such entries is skimmed: the parser gets the first
// and the last of them, with an empty line for each line between, and these are
// read one by one.
//
// What is read, and every mistake reported, is the same, for this reason. If the
// parser sees the first entry as an item of a document's keep list, it is between
// two entries behind it; from there, an entry of these forms brings it to between
// two entries again, and so do empty lines and comments; and behind the last one,
// which it reads itself, it goes on as it would have. Whether it does see the two
// there, next to each other and as the lines show, is looked at each time: what
// looks like a list may be a text in lines or in quotes. When that, or anything
// else, is not as expected, the parser reads all. Lines of other forms are its
// own, too. A property test and a fuzzer compare the two ways; Rewrite, Merge and
// Format, which need to know where each byte stands, have the whole tree.
//
// # Writing
//
// [Rewrite] brings ids into the keep lists of files that people wrote: it puts
// bytes in the place of bytes, so that nothing else moves, and reads the result
// again before anybody gets it. [Import] writes a new manifest that keeps all
// an account holds. What strangers named their uploads stands in comments only,
// with whatever could end a comment or mislead its reader taken out.
//
// [Merge] brings such files up to what an account holds. New entries stand in the
// account document, never in a part: whose they are is for people to say. That an
// id is not live is written at the beginning of the comment behind its entry,
// where no upload's name ever stands, so no stranger can put the mark there or
// have it taken away; the day is that of the first merge that missed it.
//
// # Form
//
// [Format] is the one form of a manifest: the least that makes a list easy to
// review and to merge. It changes quotes, the blanks before comments, and blanks
// at the end of lines, and leaves indentation and the order of keys to people.
// Ids are always in double quotes, since YAML takes some of them for numbers.
// Sorting is asked for, and stays within groups parted by blank lines, so that
// headings keep what is below them. What [Import] writes is in this form. Each
// file is formatted for itself and read again before anybody gets it.
//
// # Schema
//
// [Schema] is made from the tables with which [Load] reads: keys, words,
// patterns, defaults. The one thing it adds is what each key means, which stands
// in this package once, too. A test holds that it and the decoder agree on
// random manifests, and lists by kind what JSON Schema cannot say. It accepts
// numbers and booleans without quotes where a text is wanted, as Load does. The
// examples name the copy in examples/wxkeep.schema.json by a relative path, so that an editor
// needs no network.
//
// # Digests
//
// [Account.Digest] and [Account.SettingsDigest] are over the meaning: comments,
// quoting, order and file names do not change them.
package manifests
