package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// A file is what an account file says. README.md of this package describes it.
type file struct {
	Clock    time.Time     `yaml:"clock"`
	Accounts []fileAccount `yaml:"accounts"`
}

type fileAccount struct {
	Account   `yaml:",inline"`
	Materials []fileMaterial `yaml:"materials"`
}

type fileMaterial struct {
	Material `yaml:",inline"`
	Age      age `yaml:"age"`
}

// An age is a duration that may be given in days and weeks.
type age time.Duration

// UnmarshalYAML reads 90d, 2w or a duration as Go writes it.
func (a *age) UnmarshalYAML(n *yaml.Node) error {
	day := 24 * time.Hour
	for unit, length := range map[string]time.Duration{"d": day, "w": 7 * day} {
		if count, err := strconv.Atoi(strings.TrimSuffix(n.Value, unit)); err == nil && strings.HasSuffix(n.Value, unit) {
			*a = age(time.Duration(count) * length)
			return nil
		}
	}
	d, err := time.ParseDuration(n.Value)
	if err != nil {
		return fmt.Errorf("line %d: age %q is not a duration, such as 400d, 2w or 36h", n.Line, n.Value)
	}
	*a = age(d)
	return nil
}

// Load reads an account file. Ages count from now, or from the file's clock.
// The error names file, line and column.
func Load(path string) (*Sandbox, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the sandbox's accounts: %w", err)
	}
	return Parse(data, path, time.Now())
}

// Parse is Load of data. The clock shows now, or what the file says, and runs
// on from there; name is for errors.
func Parse(data []byte, name string, now time.Time) (*Sandbox, error) {
	var f file
	var root yaml.Node
	if err := decode(data, &f, &root); err != nil {
		return nil, placed(name, &root, err)
	}
	if !f.Clock.IsZero() {
		now = f.Clock
	}
	accounts := make([]Account, len(f.Accounts))
	for i, a := range f.Accounts {
		accounts[i] = a.Account
		for _, m := range a.Materials {
			m.Material.Age = time.Duration(m.Age)
			accounts[i].Materials = append(accounts[i].Materials, m.Material)
		}
		if !appID.MatchString(a.AppID) {
			return nil, placed(name, &root, &misfit{[]any{"accounts", i, "appid"}, fmt.Errorf("%q is not wx and 16 hex digits", a.AppID)})
		}
	}
	started := time.Now()
	s, err := build(func() time.Time { return now.Add(time.Since(started)) }, accounts)
	if err != nil {
		return nil, placed(name, &root, err)
	}
	return s, nil
}

var appID = regexp.MustCompile(`^wx[0-9a-f]{16}$`)

// decode reads exactly one document, strictly, and its nodes for positions.
func decode(data []byte, f *file, root *yaml.Node) error {
	if err := yaml.Unmarshal(data, root); err != nil {
		return err
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(f); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	var second yaml.Node
	if err := d.Decode(&second); !errors.Is(err, io.EOF) {
		return fmt.Errorf("line %d: a second document; one file is one document", max(1, second.Line))
	}
	return nil
}

// unknownKey is how yaml.v3 says it.
var unknownKey = regexp.MustCompile(`^line (\d+): field (\S+) not found in type \S+$`)

// line is how yaml.v3 begins what it says.
var line = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)

// placed puts file and position before an error.
func placed(name string, root *yaml.Node, err error) error {
	var wrong *yaml.TypeError
	var m *misfit
	switch {
	case errors.As(err, &m):
		n := descend(root, m.steps)
		return fmt.Errorf("%s:%d:%d: %w", name, max(1, n.Line), max(1, n.Column), err)
	case errors.As(err, &wrong):
		all := make([]error, len(wrong.Errors))
		for i, text := range wrong.Errors {
			all[i] = errors.New(reworded(name, root, text))
		}
		return errors.Join(all...)
	}
	return errors.New(reworded(name, root, err.Error()))
}

// reworded turns a message of yaml.v3 into one of ours, with a position.
func reworded(name string, root *yaml.Node, text string) string {
	if m := unknownKey.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		return fmt.Sprintf("%s:%d:%d: unknown key %q", name, n, column(root, n, m[2]), m[2])
	}
	if m := line.FindStringSubmatch(text); m != nil {
		return name + ":" + m[1] + ": " + strings.TrimPrefix(text, m[0])
	}
	return name + ": " + text
}

// column returns where on that line the text stands; 1 when it is not found.
func column(n *yaml.Node, line int, text string) int {
	if n.Line == line && n.Kind == yaml.ScalarNode && n.Value == text {
		return n.Column
	}
	for _, child := range n.Content {
		if c := column(child, line, text); c > 1 {
			return c
		}
	}
	return 1
}

// descend follows the steps from the top as far as the nodes go.
func descend(n *yaml.Node, steps []any) *yaml.Node {
	if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
		n = n.Content[0]
	}
	for _, step := range steps {
		next := child(n, step)
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

func child(n *yaml.Node, step any) *yaml.Node {
	switch step := step.(type) {
	case int:
		if n.Kind == yaml.SequenceNode && step < len(n.Content) {
			return n.Content[step]
		}
	case string:
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i+1]
			}
		}
	}
	return nil
}
