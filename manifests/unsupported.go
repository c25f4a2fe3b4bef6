package manifests

// An unsupported setting is one whose engine comes later. It is read and
// checked like all others, and then refused rather than ignored.
type unsupported struct {
	key     string // as in written
	refused func(*document) bool
	say     string // what to write until then
}

var later = []unsupported{
	{"account.endpoints", has("account.endpoints"), "delete it"},
	{"auth.third_party", func(d *document) bool { return d.account.Auth.ThirdParty != nil }, "use app_secret or access_token"},
	{"auth.cloud_run", func(d *document) bool { return d.account.Auth.CloudRun != nil }, "use app_secret or access_token"},
	{"state", has("state"), "delete it; nothing is remembered between runs"},
	{"grace", func(d *document) bool { return d.account.Grace != 0 }, `delete it or write "grace: 0s"`},
	{"archive", func(d *document) bool { return d.account.Archive }, `write "archive: off"; nothing is saved before it is deleted`},
	{"references", func(d *document) bool { return len(d.account.References.Places) > 0 }, `write "references: []"; menus, replies, drafts and articles are not searched for uses`},
	{"references.files", has("references.files"), `write "references: []"; local files are not searched for uses`},
	{"resolved_uses", func(d *document) bool { return len(d.account.ResolvedUses) > 0 }, "delete it"},
	{"guards.quota_reserve_percent", has("guards.quota_reserve_percent"), "delete it"},
	{"guards.max_deletes_per_day", has("guards.max_deletes_per_day"), "delete it"},
}

func has(key string) func(*document) bool {
	return func(d *document) bool { _, ok := d.noted[key]; return ok }
}

// refuseUnsupported reports the settings of d whose engine comes later, those
// too that have an effect without being written.
func refuseUnsupported(d *document, problems *Problems) {
	for _, u := range later {
		if !u.refused(d) {
			continue
		}
		at, ok := d.noted[u.key]
		if !ok {
			at = d.account.Position
		}
		problems.add(at, "%s: not supported yet; %s", u.key, u.say)
	}
}
