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
	known := map[string]repository{} // by directory
	for _, d := range decisions {
		m := &d.Summary.Manifest
		paths := make([]string, len(m.Paths))
		for i, p := range m.Paths {
			paths[i] = filepath.ToSlash(p)
			dir, err := realDir(p)
			if err != nil {
				continue
			}
			repo, ok := known[dir]
			if !ok {
				repo = repositoryOf(dir)
				known[dir] = repo
			}
			if repo.root == "" {
				continue
			}
			m.GitCommit = repo.commit
			if rel, err := filepath.Rel(repo.root, filepath.Join(dir, filepath.Base(p))); err == nil {
				paths[i] = filepath.ToSlash(rel)
			}
		}
		m.Paths = paths
	}
}

// realDir is the directory of a file without symbolic links, as git shows its
// root.
func realDir(file string) (string, error) {
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}

// A repository is a git repository. It has no commit at first.
type repository struct{ root, commit string }

// repositoryOf returns the repository that holds dir; its root is empty when
// there is none.
func repositoryOf(dir string) repository {
	return repository{root: git(dir, "rev-parse", "--show-toplevel"), commit: git(dir, "rev-parse", "--verify", "--quiet", "HEAD")}
}

// git returns the line that git prints, or nothing when it fails.
func git(dir string, args ...string) string {
	out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
