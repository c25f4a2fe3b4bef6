package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

// oneKept is a manifest that keeps one image and would delete every other one.
const oneKept = "types: [image]\nguards: {max_delete_percent: 100}\nreferences: []\narchive: required\nkeep: [kept]\n"

// images are images of these ids, the newest first.
func images(ids ...material.ID) []sandbox.Material {
	var all []sandbox.Material
	for _, id := range ids {
		all = append(all, sandbox.Material{Type: material.Image, ID: id, Name: string(id) + ".png"})
	}
	return all
}

// A gate stops the first call of a path until it is opened.
type gate struct {
	path    string
	reached chan struct{} // closed when the call is there
	open    chan struct{} // to be closed
	stop    chan struct{} // takes one
}

func newGate(path string) *gate {
	g := &gate{path: path, reached: make(chan struct{}), open: make(chan struct{}), stop: make(chan struct{}, 1)}
	g.stop <- struct{}{}
	return g
}

func (g *gate) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == g.path {
			select {
			case <-g.stop:
				close(g.reached)
				<-g.open
			default:
			}
		}
		next.ServeHTTP(w, r)
	})
}

func TestOfTwoAppliesAtOnceOneWorks(t *testing.T) {
	t.Parallel()
	g := newGate(delMaterial)
	p := newPretend(t, sandbox.Account{Materials: images("orphan_1", "kept", "orphan_2")}, oneKept, g.around)
	first := p.command("apply", "--auto-approve")
	var output bytes.Buffer
	first.Stdout, first.Stderr = &output, &output
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-g.reached:
	case <-time.After(patience):
		t.Error("the first apply deletes nothing")
	}
	host, err := os.Hostname()
	if err != nil {
		t.Error(err)
	}
	second := run(t, p.command("apply", "--auto-approve"))
	record := run(t, p.command("plan", "--record"))
	plan := run(t, p.command("plan"))
	before := p.deletes()
	close(g.open)
	if err := first.Wait(); err != nil {
		t.Errorf("the first apply: %v\n%s", err, output.String())
	}
	for what, s := range map[string]said{"apply": second, "plan --record": record} {
		if s.status != 11 {
			t.Errorf("a second %s:\n%s", what, s)
		}
		has(t, s.stderr, fmt.Sprintf("@%s, pid %d, wxkeep", host, first.Process.Pid), ", since 20", " ago: it is running here; wait for it, or if it is dead: wxkeep unlock brand-main ")
	}
	if plan.status != 0 {
		t.Errorf("plan only reads, and needs no lease:\n%s", plan)
	}
	if before != 0 || p.deletes() != 2 {
		t.Errorf("%d were deleted while the first stood still, %d in the end, want 0 and 2", before, p.deletes())
	}
	has(t, p.exits(t, 0, "apply", "--auto-approve").stdout, "No changes.")
}

func TestALeaseOfAnotherHostIsNamedWithTheLineThatEndsIt(t *testing.T) {
	t.Parallel()
	p := newPretend(t, sandbox.Account{Materials: images("orphan_1", "kept")}, oneKept, nil)
	p.exits(t, 0, "plan", "--record")
	key := filepath.Join(p.state, "accounts", pretendAppID, "lease")
	lease := map[string]any{}
	data, err := os.ReadFile(key)
	if err == nil {
		err = json.Unmarshal(data, &lease)
	}
	if err != nil {
		t.Fatal(err)
	}
	lease["released"], lease["renewed"] = false, time.Now().Add(-90*time.Second).UTC().Format(time.RFC3339)
	lease["holder"].(map[string]any)["host"] = "runner-7"
	if data, err = json.Marshal(lease); err == nil {
		err = os.WriteFile(key, append(data, '\n'), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := p.exits(t, 11, "apply", "--auto-approve")
	want := regexp.MustCompile(fmt.Sprintf(`brand-main is locked by \S+@runner-7, pid \d+, wxkeep \S+, since \S+, renewed 1m3\ds ago: wait for it, or if it is dead: wxkeep unlock brand-main %v\n`, lease["id"]))
	if !want.MatchString(s.stderr) || p.deletes() != 0 {
		t.Errorf("%d deleted, and no line like %s in\n%s", p.deletes(), want, s)
	}
}
