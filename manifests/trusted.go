package manifests

import (
	"reflect"
	"slices"
)

// Untrusted returns the settings of a that differ from base, the manifest of the
// same account that it is to take the place of, and that a plan of the change takes
// from base: they say where secrets are, and where they go.
func (a *Account) Untrusted(base *Account) []string {
	var settings []string
	for _, s := range []struct {
		setting string
		same    bool
	}{
		{"account.auth", reflect.DeepEqual(a.Auth.canonical(), base.Auth.canonical())},
		{"account.endpoints", slices.Equal(a.Endpoints, base.Endpoints)},
		{"state", a.State == base.State},
		{"notify", slices.Equal(a.canonicalNotify(), base.canonicalNotify())},
	} {
		if !s.same {
			settings = append(settings, s.setting)
		}
	}
	return settings
}
