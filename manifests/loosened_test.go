package manifests

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// neverLoosened are the keys of an account document that let nothing more be
// deleted when they change, or whose change is what a plan shows anyway.
var neverLoosened = map[string]string{
	"apiVersion":        "there is one",
	"account":           "its keys are classified below",
	"account.name":      "what the account is called",
	"account.appid":     "another one is another account",
	"account.auth":      "taken from the base",
	"account.endpoints": "taken from the base",
	"parts":             "keep lists",
	"keep":              "what a plan shows",
	"keep_rules":        "what a plan shows",
	"retire":            "what a plan shows",
	"resolved_uses":     "names what it lets go",
	"guards":            "its keys are classified below",
	"approvals":         "names what it lets go",
	"notify":            "taken from the base",
}

// withSettings is an account with these lines of settings in the file of a name.
func withSettings(t *testing.T, name, lines string) *Account {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	text := "apiVersion: wxkeep/v1\naccount: {name: a, appid: wx0123456789abcdef}\nkeep: []\n" + lines + "\n"
	if !strings.Contains(lines, "types:") {
		text += "types: [image]\n"
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	policy, err := Load([]string{file}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return policy.Accounts[0]
}

func TestLoosened(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, base, change, want string }{
		{"a ledger elsewhere", "state: s3://a/b", "state: s3://a/c", "state from s3://a/b to s3://a/c (change.yaml:4:1)"},
		{"a ledger at the default place", "state: s3://a/b", "", "state from s3://a/b to the default place, the default (it was at base.yaml:4:1)"},
		{"a type more", "types: [image]", "types: [voice, image]", "types from [image] to [image, voice] (change.yaml:4:1)"},
		{"a place less", "", "references: [menu, auto_reply, drafts, published]", "references from [auto_reply, drafts, menu, news, published] to [auto_reply, drafts, menu, published] (change.yaml:4:1)"},
		{"a pattern of files less", "references: [menu, {files: [a, b]}]", "references: [menu, {files: [b]}]", "references from [a, b, menu] to [b, menu] (change.yaml:4:1)"},
		{"a canary less", "canaries: [abc, abd]", "canaries: [abd, abe]", "canaries from [abc, abd] to [abd, abe] (change.yaml:4:1)"},
		{"a higher percentage", "guards: {max_delete_percent: 2.5}", "guards: {max_delete_percent: 3}", "guards.max_delete_percent from 2.5 to 3 (change.yaml:4:10)"},
		{"more deletions", "", "guards:\n  min_age: 7d\n  max_deletes: 501", "guards.max_deletes from 500 to 501 (change.yaml:6:3)"},
		{"a guard that was taken out", "guards: {max_deletes: 5}", "", "guards.max_deletes from 5 to 500, the default (it was at base.yaml:4:10)"},
		{"fewer live entries", "", "guards: {min_keep_live_percent: 49}", "guards.min_keep_live_percent from 50 to 49 (change.yaml:4:10)"},
		{"a shorter age", "", "guards: {min_age: 36h}", "guards.min_age from 7d to 1d12h (change.yaml:4:10)"},
		{"less left to production", "", "guards: {quota_reserve_percent: 19}", "guards.quota_reserve_percent from 20 to 19 (change.yaml:4:10)"},
		{"an empty list", "", "guards: {allow_empty: true}", "guards.allow_empty from false to true (change.yaml:4:10)"},
		{"a type that cannot be restored", "guards: {allow_irreversible: [news]}", "guards: {allow_irreversible: [video, news]}", "guards.allow_irreversible from [news] to [news, video] (change.yaml:4:10)"},
		{"more a day", "guards: {max_deletes_per_day: 5}", "guards: {max_deletes_per_day: 6}", "guards.max_deletes_per_day from 5 to 6 (change.yaml:4:10)"},
		{"no limit a day", "guards: {max_deletes_per_day: 5}", "guards: {max_deletes: 500}", "guards.max_deletes_per_day from 5 to no limit, the default (it was at base.yaml:4:10)"},
		{"a shorter grace", "grace: 3d", "grace: 2d", "grace from 3d to 2d (change.yaml:4:1)"},
		{"no archive", "", "archive: off", "archive from required to off (change.yaml:4:1)"},
		{"no freeze", "freeze: true", "freeze: false", "freeze from true to false (change.yaml:4:1)"},
	}
	named := map[string]bool{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			base, change := withSettings(t, "base.yaml", tt.base), withSettings(t, "change.yaml", tt.change)
			var got []string
			for _, l := range change.Loosened(base) {
				l.Position.File = filepath.Base(l.Position.File)
				got = append(got, l.String())
			}
			if diff := cmp.Diff([]string{tt.want}, got); diff != "" {
				t.Errorf("loosened (-want +got):\n%s", diff)
			}
			if back := base.Loosened(change); len(back) > 0 && !loosenBothWays[tt.name] {
				t.Errorf("the way back loosens, too: %v", back)
			}
		})
		setting, _, _ := strings.Cut(tt.want, " from ")
		named[setting] = true
	}
	for _, s := range strict {
		if !named[s.setting] {
			t.Errorf("no case loosens %s", s.setting)
		}
	}
}

// loosenBothWays are the cases of which the way back loosens, too.
var loosenBothWays = map[string]bool{"a ledger elsewhere": true, "a ledger at the default place": true, "a canary less": true}

func TestWhatNamesExactlyWhatItLetsGoLoosensNothing(t *testing.T) {
	t.Parallel()
	digest := strings.Repeat("0123456789abcdef", 4)
	change := "approvals: [{changes: \"sha256:" + digest + "\", until: 2027-01-01}]\nresolved_uses: [{place: menu/a, media_id: abc, sha256: \"" + digest + "\"}]"
	if got := withSettings(t, "change.yaml", change).Loosened(withSettings(t, "base.yaml", "")); got != nil {
		t.Errorf("loosened: %v", got)
	}
}

// TestEverySettingIsClassified fails when a key is added that nobody said of
// whether it can be loosened.
func TestEverySettingIsClassified(t *testing.T) {
	t.Parallel()
	var strictKeys []string
	for _, s := range strict {
		strictKeys = append(strictKeys, s.setting)
	}
	keys := slices.Clone(documentKeys)
	for _, k := range accountKeys {
		keys = append(keys, "account."+k)
	}
	for _, k := range guardKeys {
		keys = append(keys, "guards."+k)
	}
	for _, k := range keys {
		if neverLoosened[k] == "" && !slices.Contains(strictKeys, k) {
			t.Errorf("%s is new: add it to strict, with a case of TestLoosened, or to neverLoosened, and say why", k)
		}
	}
	for _, k := range strictKeys {
		if neverLoosened[k] != "" || !slices.Contains(keys, k) {
			t.Errorf("%s is classified twice, or no key", k)
		}
	}
}

// TestEveryGuardIsCompared loosens each field of Guards by itself: one way or the
// other it has to be noticed.
func TestEveryGuardIsCompared(t *testing.T) {
	t.Parallel()
	fields := reflect.TypeFor[Guards]()
	for i := range fields.NumField() {
		middle := Guards{
			MaxDeletePercent: 50, MaxDeletes: 50, MinKeepLivePercent: 50, MinAge: week, QuotaReservePercent: 50,
			MaxDeletesPerDay: 50, DayLimited: true,
		}
		other := middle
		switch f := reflect.ValueOf(&other).Elem().Field(i); f.Kind() {
		case reflect.Float64:
			f.SetFloat(51)
		case reflect.Int, reflect.Int64:
			f.SetInt(f.Int() + 1)
		case reflect.Bool:
			f.SetBool(!f.Bool())
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		default:
			t.Fatalf("%s is a %s: say here how it changes", fields.Field(i).Name, f.Kind())
		}
		a, b := &Account{Guards: middle}, &Account{Guards: other}
		if n := len(a.Loosened(b)) + len(b.Loosened(a)); n != 1 {
			t.Errorf("%s is compared %d times, want once: add it to strict", fields.Field(i).Name, n)
		}
	}
}
