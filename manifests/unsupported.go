package manifests

// An unsupported setting is one whose engine comes later. It is read and
// checked like all others, and then refused rather than ignored.
type unsupported struct {
	key string // as in written
	say string // what to write until then
}

var later = []unsupported{
	{"auth.cloud_run", "use app_secret or access_token"},
	{"guards.quota_reserve_percent", "delete it"},
}

// refuseUnsupported reports the settings of d whose engine comes later.
func refuseUnsupported(d *document, problems *Problems) {
	for _, u := range later {
		if at, ok := d.noted[u.key]; ok {
			problems.add(at, "%s: not supported yet; %s", u.key, u.say)
		}
	}
}
