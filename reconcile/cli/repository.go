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
	l := locator{}
	for _, d := range decisions {
		m := &d.Summary.Manifest
		paths := make([]string, len(m.Paths))
		for i, p := range m.Paths {
			var commit string
			if paths[i], commit = l.locate(p); commit != "" {
				m.GitCommit = commit
			}
		}
		m.Paths = paths
	}
}

// A locator remembers the repositories that directories are in.
type locator map[string]repository

// locate returns a file's path relative to the root of its repository, with
// slashes, and that repository's commit.
func (l locator) locate(file string) (path, commit string) {
	path = filepath.ToSlash(file)
	dir, err := realDir(file)
	if err != nil {
		return path, ""
	}
	repo, ok := l[dir]
	if !ok {
		repo = repositoryOf(dir)
		l[dir] = repo
	}
	if repo.root == "" {
		return path, ""
	}
	if rel, err := filepath.Rel(repo.root, filepath.Join(dir, filepath.Base(file))); err == nil {
		path = filepath.ToSlash(rel)
	}
	return path, repo.commit
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
