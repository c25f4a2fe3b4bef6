package manifests

import (
	"path/filepath"
	"regexp"

	"gopkg.in/yaml.v3"
)

var secretKeys = []string{"env", "file", "command"}

// noSecret is said to whoever writes a secret where its place belongs.
const noSecret = "a secret must never be in a manifest; say where it is found: {env: NAME}, {file: PATH} or {command: [ARG…]}"

var (
	variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	// An AppSecret has the form of a variable's name when it begins with a
	// letter.
	appSecret = regexp.MustCompile(`^[0-9A-Fa-f]{32}$`)
)

// secret reads where a secret is found. What is written there is never quoted.
func (w *walker) secret(n *yaml.Node, what string) *Secret {
	if n.Kind == yaml.ScalarNode {
		w.errorf(n, "%s: %s", what, noSecret)
		return nil
	}
	m, ok := w.mapping(n, what, secretKeys)
	if !ok || !w.exactlyOne(&m, what) {
		return nil
	}
	s := &Secret{Position: w.position(n)}
	if v := m.value("env"); v != nil {
		s.Env = w.variable(v)
	}
	if v := m.value("file"); v != nil {
		s.Written, _ = w.word(v, "file")
		s.File = w.beside(s.Written)
	}
	if v := m.value("command"); v != nil {
		s.Command = w.command(v)
	}
	return s
}

// exactlyOne reports a mapping that has not one and only one of its keys.
func (w *walker) exactlyOne(m *mapping, what string) bool {
	written := 0
	for _, key := range m.known {
		if m.has(key) {
			written++
		}
	}
	if written != 1 {
		w.errorf(m.node, "%s: want exactly one of %s", what, alternatives(m.known))
	}
	return written == 1
}

func (w *walker) variable(n *yaml.Node) string {
	s, ok := w.word(n, "env")
	switch {
	case !ok:
	case appSecret.MatchString(s):
		w.errorf(n, "env: this looks like a secret itself; %s", noSecret)
	case !variable.MatchString(s):
		w.errorf(n, "env: want the name of an environment variable, of A-Z a-z 0-9 _")
	}
	return s
}

func (w *walker) command(n *yaml.Node) []string {
	items, _ := w.filledList(n, "command")
	var argv []string
	for i, item := range items {
		arg, ok := w.scalar(item, "command")
		if ok && i == 0 && arg == "" {
			w.errorf(item, "command: the program is empty")
		}
		argv = append(argv, arg)
	}
	return argv
}

// beside returns a path that a manifest writes, relative to that manifest, as
// the system opens it.
func (w *walker) beside(path string) string {
	path = filepath.FromSlash(path)
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(w.file), path)
}
