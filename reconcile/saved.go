package reconcile

import (
	"fmt"
	"time"

	"wxkeep/manifests"
	"wxkeep/reconcile/plan"
)

// fresh checks that a saved plan still speaks of this account as its manifest
// does. A keep list that changed since is no reason to refuse: it is read again,
// and only what both agree on is deleted.
func fresh(saved *plan.Plan, m *manifests.Account, now time.Time) error {
	if !now.Before(saved.ExpiresAt) {
		return fmt.Errorf("the saved plan expired on %s: make a new plan", saved.ExpiresAt.Format(time.RFC3339))
	}
	for _, a := range saved.Accounts {
		if a.Name != m.Name {
			continue
		}
		if a.AppID != m.AppID {
			return fmt.Errorf("the saved plan is for appid %s, the manifest says %s: make a new plan", a.AppID, m.AppID)
		}
		if a.Manifest.SettingsDigest != m.SettingsDigest() {
			return fmt.Errorf("the settings of %s (all but keep, keep_rules and retire) changed since the plan was saved: make a new plan", m.Name)
		}
		if a.Error != "" {
			return fmt.Errorf("the saved plan could not be made for %s: %s: make a new plan", m.Name, a.Error)
		}
		return nil
	}
	return fmt.Errorf("the saved plan says nothing about %s: make a new plan", m.Name)
}
