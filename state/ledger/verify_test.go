package ledger

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// threeRuns is a journal of three runs, of 4, 4 and 2 objects.
func threeRuns(t *testing.T) (*memory, *Ledger) {
	t.Helper()
	ctx, m, c := t.Context(), newMemory(), newClock()
	l := open(m, c)
	for i := range 3 {
		le, r := begun(t, l)
		if i < 2 {
			check(t, r.Intent(ctx, batch("", "a")), r.Outcome(ctx, batch(Deleted, "a")))
		}
		check(t, r.End(ctx, Summary{}), le.Release(ctx))
		c.advance(time.Hour)
	}
	return m, l
}

func TestVerifyFindsTheFirstBrokenLink(t *testing.T) {
	t.Parallel()
	const (
		run1 = root + "journal/20261123T080000.000Z/"
		run2 = root + "journal/20261123T090000.000Z/"
		run3 = root + "journal/20261123T100000.000Z/"
	)
	remove := func(keys ...string) func(*memory) {
		return func(m *memory) {
			for _, key := range keys {
				delete(m.objects, key)
			}
		}
	}
	replace := func(key, old, with string) func(*memory) {
		return func(m *memory) { m.set(key, bytes.Replace(m.objects[key], []byte(old), []byte(with), 1)) }
	}
	tests := []struct {
		name    string
		harm    func(*memory)
		key     string // of the broken link; empty when the chain holds
		problem string
	}{
		{"nothing happened", func(*memory) {}, "", ""},
		{"a file of somebody else's", func(m *memory) { m.set(run1+"00000002 (copy).json", nil); m.set(root+"journal/x/00000001.json", nil) }, "", ""},
		{"an object in a run is missing", remove(run1 + "00000002.json"), run1 + "00000002.json", "it is missing"},
		{"the last of a run is missing", remove(run1 + "00000004.json"), run1 + "00000004.json", "it is missing: run 20261123T090000.000Z names it"},
		{"the first of a run is missing", remove(run2 + "00000001.json"), run2 + "00000001.json", "it is missing"},
		{"the first run is missing", remove(run1+"00000001.json", run1+"00000002.json", run1+"00000003.json", run1+"00000004.json"), run1 + "00000004.json", "it is missing: run 20261123T090000.000Z names it"},
		{"a run in the middle is missing", remove(run2+"00000001.json", run2+"00000002.json", run2+"00000003.json", run2+"00000004.json"), run2 + "00000004.json", "it is missing: run 20261123T100000.000Z names it"},
		{"the newest object is missing", remove(run3 + "00000002.json"), run3 + "00000002.json", "it is missing: the lease names it"},
		{"the newest run is missing", remove(run3+"00000001.json", run3+"00000002.json"), run3 + "00000002.json", "it is missing: the lease names it"},
		{"an outcome was altered", replace(run1+"00000003.json", "deleted", "refused"), run1 + "00000003.json", "it was altered"},
		{"the end of a run was altered", replace(run2+"00000004.json", "a.png", "b.png"), run2 + "00000004.json", "it was altered"},
		{"the newest object was altered", replace(run3+"00000002.json", `"status":0`, `"status":3`), run3 + "00000002.json", "it was altered"},
		{"only white space was added", replace(run1+"00000001.json", `,"seq"`, `, "seq"`), run1 + "00000001.json", "it was altered"},
		{"a link was altered", replace(run1+"00000002.json", `"sha256":"`, `"sha256":"0`), run1 + "00000001.json", "it was altered"},
		{"an object was cut", replace(run2+"00000002.json", "}]}\n", ""), run2 + "00000002.json", "that are not its JSON"},
		{"an object is empty", func(m *memory) { m.set(run2+"00000002.json", nil) }, run2 + "00000002.json", "0 bytes"},
		{"two objects changed places", func(m *memory) {
			a, b := run1+"00000002.json", run1+"00000003.json"
			m.objects[a], m.objects[b] = m.objects[b], m.objects[a]
		}, run1 + "00000002.json", "it says that it is entry 3"},
		{"a run was copied", func(m *memory) {
			m.set(root+"journal/20261123T080000.001Z/00000001.json", m.objects[run1+"00000001.json"])
		}, root + "journal/20261123T080000.001Z/00000001.json", "it says that it is entry 1 of run 20261123T080000.000Z"},
		{"something follows an end", func(m *memory) {
			data := bytes.Replace(m.objects[run3+"00000002.json"], []byte(`"seq":2`), []byte(`"seq":3`), 1)
			m.set(run3+"00000003.json", data)
		}, run3 + "00000003.json", "it follows the end of its run"},
		{"a kind that does not exist", replace(run1+"00000002.json", "intent", "wish"), run1 + "00000002.json", `unknown kind "wish"`},
		{"a journal was begun anew beside the old one", replace(run2+"00000001.json", `"prev"`, `"next"`), run2 + "00000001.json", "it says that it is the first entry of all, but run 20261123T080000.000Z is before it"},
		{"an object cannot be read", func(m *memory) {
			m.befall(func(_ int, what string) fault {
				if what == "get "+run2+"00000003.json" {
					return fail
				}
				return none
			})
		}, run2 + "00000003.json", "it cannot be read: "},
		{"the lease is broken", func(m *memory) { m.set(root+"lease", []byte("x")) }, root + "lease", "not its JSON"},
		{"the lease was removed", remove(root + "lease"), "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, l := threeRuns(t)
			tt.harm(m)
			v, err := l.Verify(t.Context())
			check(t, err)
			if tt.key == "" {
				if v.Broken != nil || v.Runs != 3 || v.Objects != 10 || v.Remarks != nil {
					t.Errorf("found %+v, want 10 sound objects of 3 runs", v)
				}
				return
			}
			if v.Broken == nil {
				t.Fatalf("the chain holds: %+v", v)
			}
			if v.Broken.Key != tt.key || !strings.Contains(v.Broken.Problem, tt.problem) {
				t.Errorf("broken at %s: %s\nwant %s: %s", v.Broken.Key, v.Broken.Problem, tt.key, tt.problem)
			}
		})
	}
}

func TestAnAlteredByteAnywhereIsFound(t *testing.T) {
	t.Parallel()
	whole, _ := threeRuns(t)
	for _, key := range whole.keys() {
		if !strings.Contains(key, "/journal/") {
			continue
		}
		for at := range whole.objects[key] {
			m := whole.copied()
			m.set(key, m.objects[key])
			m.objects[key][at] ^= 1
			v, err := open(m, newClock()).Verify(t.Context())
			if err != nil || v.Broken == nil {
				t.Fatalf("byte %d of %s: %v, and the chain holds", at, key, err)
			}
		}
	}
}

func TestACutRunIsARemark(t *testing.T) {
	t.Parallel()
	m, l := threeRuns(t)
	_, r := begun(t, l)
	check(t, r.Intent(t.Context(), batch("", "x")))
	want := &Verification{Runs: 4, Objects: 12, Remarks: []string{"run 20261123T110000.000Z was cut after entry 2, or is under way"}}
	if diff := cmp.Diff(want, intact(t, open(m, newClock()))); diff != "" {
		t.Errorf("verification mismatch (-want +got):\n%s", diff)
	}
}

func TestTwoRunsAtOnceAreARemark(t *testing.T) {
	t.Parallel()
	m, l := threeRuns(t)
	fork := root + "journal/20261123T093000.000Z/00000001.json"
	data := bytes.Replace(m.objects[root+"journal/20261123T090000.000Z/00000001.json"], []byte(`"run":"20261123T090000.000Z"`), []byte(`"run":"20261123T093000.000Z"`), 1)
	m.set(fork, data)
	want := []string{
		"run 20261123T093000.000Z was cut after entry 1",
		"run 20261123T100000.000Z follows 20261123T090000.000Z, as if 20261123T093000.000Z had not begun: two runs at once",
	}
	got := intact(t, l).Remarks
	if len(got) != 3 || !strings.HasPrefix(got[0], "run 20261123T093000.000Z follows 20261123T080000.000Z") {
		t.Fatalf("remarks %q", got)
	}
	if diff := cmp.Diff(want, got[1:]); diff != "" {
		t.Errorf("remarks mismatch (-want +got):\n%s", diff)
	}
}

func TestALeaseTakenSinceStillNamesTheNewestObject(t *testing.T) {
	t.Parallel()
	m, l := threeRuns(t)
	acquire(t, l).kill()
	newest := root + "journal/20261123T100000.000Z/00000002.json"
	delete(m.objects, newest)
	v, err := l.Verify(t.Context())
	check(t, err)
	if v.Broken == nil || v.Broken.Key != newest {
		t.Errorf("found %+v, want that %s is missing", v, newest)
	}
}

func TestVerifyOfNothing(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(&Verification{}, intact(t, open(newMemory(), newClock()))); diff != "" {
		t.Errorf("verification mismatch (-want +got):\n%s", diff)
	}
}

func TestVerifyThatIsInterruptedSaysNothingOfTheChain(t *testing.T) {
	t.Parallel()
	m, l := threeRuns(t)
	ctx, cancel := context.WithCancel(t.Context())
	m.befall(func(_ int, what string) fault {
		if strings.Contains(what, "00000003.json") {
			cancel()
			return fail
		}
		return none
	})
	if v, err := l.Verify(ctx); err == nil {
		t.Errorf("found %+v", v)
	}
}
