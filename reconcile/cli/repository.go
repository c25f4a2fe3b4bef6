package cli

import (
	"os/exec"
	"path/filepath"
	"strings"

	"wxkeep/reconcile"
)

// locate makes the manifests' paths relative to the root of the repository they
// are in, and notes its commit. Outside a repository, or without git, paths stay
// as they were given.
func locate(decisions []*reconcile.Decision) {
	roots := map[string][2]string{} // directory → root and commit
	for _, d := range decisions {
		m := &d.Summary.Manifest
		paths := make([]string, len(m.Paths))
		for i, p := range m.Paths {
			paths[i] = filepath.ToSlash(p)
			dir, err := filepath.Abs(filepath.Dir(p))
			if err != nil {
				continue
			}
			if _, known := roots[dir]; !known {
				roots[dir] = repository(dir)
			}
			root, commit := roots[dir][0], roots[dir][1]
			if root == "" {
				continue
			}
			m.GitCommit = commit
			if rel, err := filepath.Rel(root, filepath.Join(dir, filepath.Base(p))); err == nil {
				paths[i] = filepath.ToSlash(rel)
			}
		}
		m.Paths = paths
	}
}

// repository returns the root of the git repository that holds dir, and its
// commit; both are empty when there is none.
func repository(dir string) [2]string {
	out, err := exec.Command("git", "-C", dir, "rev-parse", "--show-toplevel", "HEAD").Output()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err != nil || len(lines) != 2 {
		return [2]string{}
	}
	return [2]string{lines[0], lines[1]}
}
