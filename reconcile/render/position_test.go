package render

import (
	"testing"

	"wxkeep/reconcile/plan"
)

func TestPlacesOfFindings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		paths    []string
		position string
		want     position
	}{
		{"a line of the manifest", []string{"wxkeep.yaml"}, "wxkeep.yaml:3:5", position{"wxkeep.yaml", 3, 5}},
		{"a manifest that was named below the root of the repository", []string{"media/wxkeep.yaml", "media/teams/a.yaml"}, "teams/a.yaml:3:5", position{"media/teams/a.yaml", 3, 5}},
		{"a manifest that was named with a dot", []string{"media/wxkeep.yaml"}, "./wxkeep.yaml:3:5", position{"media/wxkeep.yaml", 3, 5}},
		{"one of two that it could be is not guessed", []string{"a/wxkeep.yaml", "b/wxkeep.yaml"}, "wxkeep.yaml:3:5", position{"wxkeep.yaml", 3, 5}},
		{"the end of another name is not the file", []string{"my-wxkeep.yaml"}, "wxkeep.yaml:3:5", position{"wxkeep.yaml", 3, 5}},
		{"a file with colons", nil, "c:/a:b.yaml:3:5", position{"c:/a:b.yaml", 3, 5}},
		{"a file without a line", nil, "wxkeep.yaml", position{"wxkeep.yaml", 1, 1}},
		{"a file with a line alone", nil, "wxkeep.yaml:3", position{"wxkeep.yaml:3", 1, 1}},
		{"a number that is no line", nil, "wxkeep.yaml:0:5", position{"wxkeep.yaml:0:5", 1, 1}},
		{"no position stands in the first manifest", []string{"a.yaml", "b.yaml"}, "", position{"a.yaml", 1, 1}},
		{"without any, in the default one", nil, "", position{"wxkeep.yaml", 1, 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := placeOf(plan.Account{Manifest: plan.Manifest{Paths: tt.paths}}, plan.Finding{Position: tt.position})
			if got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}
