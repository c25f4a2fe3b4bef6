package sandbox_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

func TestDelMaterial(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Materials: []sandbox.Material{
		{Type: material.Image, ID: "free", Name: "free"},
		{Type: material.Image, ID: "menu", Name: "menu", InUse: true},
		{Type: material.News, ID: "fixed", Name: "fixed", Protected: true},
		{Type: material.Voice, ID: "voice", Name: "voice"},
	}})
	steps := []struct {
		why  string
		id   material.ID
		want int
	}{
		{"a free image goes", "free", 0},
		{"it is gone the second time", "free", 40007},
		{"a menu uses it", "menu", 48005},
		{"it may not be changed", "fixed", 48010},
		{"nobody knows it", "unknown", 40007},
		{"a voice goes", "voice", 0},
	}
	var sent []material.ID
	for _, s := range steps {
		if got := c.delete(s.id).code(t); got != s.want {
			t.Errorf("%s: got errcode %d, want %d", s.why, got, s.want)
		}
		sent = append(sent, s.id)
	}
	if diff := cmp.Diff(sent, c.sandbox.Deletes()); diff != "" {
		t.Errorf("deletes: -want +got:\n%s", diff)
	}
	var left []material.ID
	for _, it := range c.sandbox.Live(appid) {
		left = append(left, it.ID)
	}
	if diff := cmp.Diff([]material.ID{"menu", "fixed"}, left); diff != "" {
		t.Errorf("live: -want +got:\n%s", diff)
	}
}

func TestDelMaterialSaysOk(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Materials: images("a")})
	a := c.delete(imageID("a"))
	if want := `{"errcode":0,"errmsg":"ok"}`; a.Body != want || a.Status != 200 {
		t.Errorf("got %d %s, want 200 %s", a.Status, a.Body, want)
	}
}

func TestDeletingLeavesTheRestInOrder(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Materials: images("f", "e", "d", "c", "b", "a")})
	for _, name := range []string{"f", "c", "a"} {
		if code := c.delete(imageID(name)).code(t); code != 0 {
			t.Fatalf("delete %s: %d", name, code)
		}
	}
	if !c.sandbox.Remove(appid, imageID("d")) || c.sandbox.Remove(appid, imageID("d")) {
		t.Error("Remove does not say whether it was there")
	}
	if diff := cmp.Diff([]string{"e", "b"}, c.list(material.Image, 0, 20).page(t).names()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAPlatformWithoutTheSetIsRefused(t *testing.T) {
	t.Parallel()
	all := []string{sandbox.Count, sandbox.BatchGet, sandbox.GetMaterial, sandbox.DelMaterial}
	tests := map[string]struct {
		sets []int
		want map[string]int
	}{
		"set 11 is enough":                      {[]int{11}, map[string]int{all[0]: 0, all[1]: 0, all[2]: 40007, all[3]: 40007}},
		"set 100 is enough":                     {[]int{7, 100}, map[string]int{all[0]: 0, all[1]: 0, all[2]: 40007, all[3]: 40007}},
		"all are granted unless the file says":  {nil, map[string]int{all[0]: 0, all[1]: 0, all[2]: 40007, all[3]: 40007}},
		"set 3 only reads contents":             {[]int{3}, map[string]int{all[0]: 48001, all[1]: 48001, all[2]: 40007, all[3]: 48001}},
		"other sets are for something else":     {[]int{7, 15}, map[string]int{all[0]: 48001, all[1]: 48001, all[2]: 48001, all[3]: 48001}},
		"none at all is not the same as unsaid": {[]int{}, map[string]int{all[0]: 48001, all[1]: 48001, all[2]: 48001, all[3]: 48001}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := call(t, sandbox.Account{Permissions: tt.sets})
			got := map[string]int{
				all[0]: c.get(sandbox.Count).code(t),
				all[1]: c.list(material.Image, 0, 20).code(t),
				all[2]: c.content("x").code(t),
				all[3]: c.delete("x").code(t),
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
