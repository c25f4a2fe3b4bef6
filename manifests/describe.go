package manifests

// descriptions says what each key of the format means, by its path: of the
// items of a list, the path is that of the list with a dot behind it. It is
// what an editor shows, and the one place where the keys are explained.
var descriptions = map[string]string{
	"apiVersion":    "The version of this format: " + version + ".",
	"account":       "Whose material this is. With appid the document is an account document, which holds all settings; without it is a part, which only adds to the lists of the account of that name.",
	"parts":         "Files with more of the keep list, as paths relative to this file. A part that is missing, and a part that nobody names, are errors: no keep list can vanish unnoticed.",
	"state":         "Where the ledger lives: a directory, relative to this file, or s3://BUCKET/PREFIX. It remembers what was done and archives what was deleted, so it belongs in a durable place.",
	"types":         "The types of material that this manifest governs. Material of a type that is not named is never touched.",
	"keep":          "What may remain: media_ids, or entries that also say why. What no entry, rule or use keeps is deleted. Without rules, an empty list is refused unless guards.allow_empty is true.",
	"keep_rules":    "Rules that keep every material for which all their conditions hold.",
	"retire":        "media_ids that rules no longer keep. Uses and guards still protect them. An id that is also in keep is an error.",
	"references":    "Places that are searched for uses of a material: what is used is kept. The default is all five; a place left out is named in every plan as NOT CHECKED.",
	"resolved_uses": "What a menu or an automatic reply shows where the API does not tell. Paste the entry that the plan prints.",
	"canaries":      "media_ids that must be live; otherwise this is taken for the wrong account and nothing is deleted.",
	"guards":        "Limits that stop a run. All are on, at the defaults shown.",
	"approvals":     "Exact sets of deletions that may exceed max_deletes and max_delete_percent.",
	"grace":         "How long something must have been an orphan before it is deleted, such as 3d. Needs the ledger.",
	"archive":       "required saves the bytes of what is deleted first; off does not, and then it is gone.",
	"freeze":        "true plans as usual and deletes nothing.",
	"notify":        "Where plan and apply send a message about the run: one a URL, whatever number of accounts name it. One that cannot be sent is a warning.",

	"account.name":      "What the account is called in plans, prompts and the ledger: 1 to 63 characters of a-z 0-9 -, not beginning with -.",
	"account.appid":     "The AppID: wx and 16 characters of 0-9 a-f.",
	"account.auth":      "How the API is called: exactly one way. Never a secret, always where it is found.",
	"account.endpoints": "WeChat's own hosts, the next for when there is no connection to the one before.",

	"auth.app_secret":   "Where the AppSecret is found. Tokens then come from stable_token in its default mode, which disturbs no other program.",
	"auth.access_token": "Where an access_token of your own token service is found.",
	"auth.third_party":  "A third-party platform (第三方平台) that acts for the account.",
	"auth.cloud_run":    "The open-interface service of 微信云托管, which needs no token. Name the references: not all places can be reached from there.",

	"secret.env":     "The name of an environment variable that holds it.",
	"secret.file":    "A file that holds it, as a path relative to this file.",
	"secret.command": "A program, and its arguments, that prints it. No shell; 30 seconds; only with --allow-command.",

	"third_party.component_appid":         "The AppID of the platform.",
	"third_party.component_access_token":  "Where the platform's component_access_token is found; or give component_appsecret and component_verify_ticket.",
	"third_party.component_appsecret":     "Where the platform's AppSecret is found.",
	"third_party.component_verify_ticket": "Where the last component_verify_ticket that WeChat pushed is found.",
	"third_party.refresh_token":           "Where the account's authorizer_refresh_token is found.",
	"third_party.token_query":             "The name under which the platform's token is sent.",

	"cloud_run.cloudbase_access_token": "Where a cloudbase_access_token is found, for use outside a container.",
	"cloud_run.from_appid":             "The appid of the account that is called for: the same as account.appid.",

	"keep.media_id": "The material's media_id, as material lists and wxkeep import show it: 1 to 128 characters of A-Z a-z 0-9 - _. Put it in quotes.",
	"keep.name":     "The name the material should have. Another live name is reported.",
	"keep.reason":   "Why it is kept. Plans show it.",
	"keep.owner":    "Who wants it kept. Plans show it.",
	"keep.until":    "The last day (UTC+8) on which the entry keeps anything, such as 2027-03-31. Then it is reported.",

	"keep_rules.name":       "A pattern of the whole name, case-sensitive: * is any run of characters, / among them, ? is one. Put it in quotes.",
	"keep_rules.types":      "The types for which the rule is; all governed ones unless given.",
	"keep_rules.newer_than": "Keeps what was last changed within this time, such as 90d.",
	"keep_rules.older_than": "Keeps what was last changed longer ago than this, such as 52w.",
	"keep_rules.before":     "Keeps what was last changed before this day (UTC+8), such as 2026-12-01.",
	"keep_rules.reason":     "Why it is kept. Plans show it.",
	"keep_rules.owner":      "Who wants it kept. Plans show it.",

	"references.files": "Patterns of local files, relative to this file, that are searched for media_ids and image URLs, such as site/**/*.html.",

	"resolved_uses.place":    "The place, as the plan names it.",
	"resolved_uses.media_id": "The material that is shown there.",
	"resolved_uses.sha256":   "The digest of the copy that was looked at: another one opens the question again.",

	"guards.max_delete_percent":    "The most that one run may delete, in percent of the governed live material. There is no exemption for small accounts; 0 means 0.",
	"guards.max_deletes":           "The most that one run may delete.",
	"guards.min_keep_live_percent": "When fewer of the listed ids are live, in percent, this is taken for the wrong account and nothing is deleted.",
	"guards.min_age":               "Newer uploads are held, such as 7d.",
	"guards.quota_reserve_percent": "The part of each endpoint's daily quota, in percent, that is left to production.",
	"guards.allow_empty":           "true lets an empty keep list pass. Then everything that nothing uses is deleted.",
	"guards.allow_irreversible":    "Types that may be deleted although the API cannot bring them back: video, news.",
	"guards.max_deletes_per_day":   "The most that may be deleted within 24 hours. Off unless given.",

	"notify.wecom":    "Where the URL of a WeCom (企业微信) group robot's webhook is found. It holds a key, so it is a secret.",
	"notify.feishu":   "Where the URL of a Feishu (飞书) custom bot's webhook is found.",
	"notify.dingtalk": "Where the URL of a DingTalk (钉钉) custom robot's webhook is found.",
	"notify.slack":    "Where the URL of a Slack incoming webhook is found.",
	"notify.webhook":  "Where the URL is found that gets the summary of the run as JSON.",
	"notify.on":       "What a message is sent about: due (something is to be deleted), blocked (a guard stops it), failed, done (something was deleted).",
	"notify.sign":     "Where the key of the signature that Feishu or DingTalk checks is found.",

	"approvals.changes": "The changes_digest of the plan that is approved: sha256: and 64 characters of 0-9 a-f.",
	"approvals.until":   "The last day (UTC+8) on which the approval holds.",
	"approvals.reason":  "Why it was approved.",
}
