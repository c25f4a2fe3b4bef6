package examples_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// unit reads a unit file: the values of each key of each section, in order. An
// empty value forgets those before it.
func unit(t *testing.T, units ...string) map[string]map[string][]string {
	t.Helper()
	sections, section := map[string]map[string][]string{}, ""
	for _, name := range units {
		for line := range strings.Lines(read(t, "systemd", name)) {
			line = strings.TrimSpace(line)
			key, value, ok := strings.Cut(line, "=")
			switch {
			case line == "" || strings.HasPrefix(line, "#"):
			case strings.HasPrefix(line, "["):
				section = strings.Trim(line, "[]")
				if sections[section] == nil {
					sections[section] = map[string][]string{}
				}
			case !ok || section == "":
				t.Errorf("%s: %q is no setting", name, line)
			case value == "" && key != "CapabilityBoundingSet":
				sections[section][key] = nil
			default:
				sections[section][key] = append(sections[section][key], value)
			}
		}
	}
	return sections
}

// machine runs the service's command as systemd does, with a manifest that names
// the credential as README.md says.
func machine(t *testing.T, root string, w wechat, units ...string) said {
	t.Helper()
	service := unit(t, units...)["Service"]
	if len(service["ExecStart"]) != 1 {
		t.Fatalf("%d commands, want one", len(service["ExecStart"]))
	}
	name, source, _ := strings.Cut(service["LoadCredential"][0], ":")
	secret := filepath.Join(root, "run/credentials/wxkeep.service", name)
	write(t, w.secret()+"\n", secret)
	if source != "/etc/wxkeep/app_secret" {
		t.Errorf("the credential is %s, README.md has another", source)
	}
	has(t, read(t, "systemd/README.md"), "{file: /run/credentials/wxkeep.service/"+name+"}")
	manifest := strings.Replace(read(t, "quickstart/manifests/brand-main.yaml"), "{env: WX_APP_SECRET}", "{file: "+secret+"}", 1)
	write(t, manifest, root, "etc/wxkeep/manifests/brand-main.yaml")
	if err := os.MkdirAll(filepath.Join(root, "state", service["StateDirectory"][0]), 0o700); err != nil {
		t.Fatal(err)
	}
	command := strings.NewReplacer("%S", root+"/state", "/etc/", root+"/etc/", "/usr/local/bin/wxkeep", "wxkeep").Replace(service["ExecStart"][0])
	args := strings.Fields(command)
	return run(t, root, map[string]string{"WXKEEP_ENDPOINT": w.url}, args[0], args[1:]...)
}

func TestTheServicePlansAndWithItsDropInDeletes(t *testing.T) {
	t.Parallel()
	root, w := t.TempDir(), newWechat(t)
	has(t, machine(t, root, w, "wxkeep.service").exits(t, 0).output, "5 to destroy")
	has(t, read(t, root, "state/wxkeep/plan.html"), string(oldVoice))
	has(t, read(t, root, "state/wxkeep/wxkeep.prom"), "wxkeep_")
	if len(w.Deletes()) != 0 {
		t.Error("the plan deleted something")
	}
	has(t, machine(t, root, w, "wxkeep.service", "wxkeep.service.d/apply.conf").exits(t, 0).output, "5 destroyed")
	if w.live(oldVoice) || !w.live(logo) {
		t.Error("an orphan is live, or what the manifest keeps is not")
	}
}

// What the units set, so that a key that systemd does not know, which it would pass
// over, is noticed where there is no systemd to ask; .ci/run asks it where there is.
func TestTheUnitsSetNothingThatSystemdDoesNotKnow(t *testing.T) {
	t.Parallel()
	known := map[string][]string{
		"Unit": {"After", "Description", "Documentation", "Wants"},
		"Service": {
			"CapabilityBoundingSet", "ExecStart", "Group", "LoadCredential", "LockPersonality", "MemoryDenyWriteExecute", "NoNewPrivileges",
			"PrivateDevices", "PrivateTmp", "PrivateUsers", "ProcSubset", "ProtectClock", "ProtectControlGroups", "ProtectHome", "ProtectHostname",
			"ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables", "ProtectProc", "ProtectSystem", "RemoveIPC",
			"RestrictAddressFamilies", "RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "StateDirectory", "StateDirectoryMode",
			"SuccessExitStatus", "SystemCallArchitectures", "SystemCallErrorNumber", "SystemCallFilter", "TimeoutStartSec", "TimeoutStopSec", "Type",
			"UMask", "User",
		},
		"Timer":   {"OnCalendar", "Persistent", "RandomizedDelaySec"},
		"Install": {"WantedBy"},
	}
	got := map[string][]string{}
	for _, name := range []string{"wxkeep.service", "wxkeep.service.d/apply.conf", "wxkeep.timer"} {
		for section, settings := range unit(t, name) {
			got[section] = append(got[section], slices.Collect(maps.Keys(settings))...)
		}
	}
	for section := range got {
		slices.Sort(got[section])
		got[section] = slices.Compact(got[section])
	}
	if diff := cmp.Diff(known, got); diff != "" {
		t.Errorf("settings (-known +found):\n%s", diff)
	}
}
