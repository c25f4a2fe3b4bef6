package manifests

import (
	"strings"

	"github.com/agext/levenshtein"
	"gopkg.in/yaml.v3"
)

// A mapping is a node whose keys were checked: all are known, none is there
// twice.
type mapping struct {
	node  *yaml.Node
	known []string
	key   [maxKeys]int // by the key's place in known: its index in node.Content plus one, or 0
}

// maxKeys is the most keys that any mapping of the format has.
const maxKeys = 17

// mapping checks the keys of n against those known.
func (w *walker) mapping(n *yaml.Node, what string, known []string) (mapping, bool) {
	m := mapping{node: n, known: known}
	if !w.sound(n) {
		return m, false
	}
	if n.Kind != yaml.MappingNode {
		w.errorf(n, "%s: want a mapping, not %s", what, w.kind(n))
		return m, false
	}
	for i := 0; i < len(n.Content); i += 2 {
		w.checkKey(&m, i)
	}
	return m, true
}

// checkKey looks at the key at index i and notes where it is.
func (w *walker) checkKey(m *mapping, i int) {
	key := m.node.Content[i]
	if key.Kind == yaml.ScalarNode && key.Tag == "!!merge" {
		w.errorf(key, "merge keys (<<) are refused; write the keys out")
		return
	}
	if !w.sound(key) {
		return
	}
	at := index(m.known, key.Value)
	switch {
	case key.Kind != yaml.ScalarNode:
		w.errorf(key, "a key must be one word, not %s", w.kind(key))
	case at < 0:
		w.unknownKey(key, m.known)
	case m.key[at] != 0:
		first := m.node.Content[m.key[at]-1]
		w.errorf(key, "key %q is there twice; first in line %d", key.Value, first.Line)
	default:
		m.key[at] = i + 1
		if null(m.node.Content[i+1]) {
			w.errorf(key, "%s", emptyKey(key.Value))
		}
	}
}

// emptyKey says that nothing stands behind a key.
func emptyKey(key string) string {
	switch key {
	case "keep":
		return `"keep" has nothing behind it; list what may remain, or write "keep: []" to say that nothing is listed`
	case "cloud_run":
		return `"cloud_run" has nothing behind it; write "cloud_run: {}"`
	}
	return `"` + key + `" has nothing behind it; give it a value or delete it`
}

func (w *walker) unknownKey(key *yaml.Node, known []string) {
	name, rest, colon := strings.Cut(key.Value, ":")
	switch {
	case colon && rest != "" && index(known, name) >= 0:
		w.errorf(key, "no space after the colon of %q", name)
		return
	case w.mute:
		name = "unknown key"
	default:
		name = "unknown key " + w.quoted(key.Value)
	}
	if did := suggest(key.Value, known); did != "" {
		w.errorf(key, "%s%s", name, did)
		return
	}
	w.errorf(key, "%s; want %s", name, alternatives(known))
}

// suggest returns the word that was most likely meant, as the end of a
// message, or nothing.
func suggest(wrong string, words []string) string {
	const longest = 40 // of a key that is a slip and not something else
	if len(wrong) > longest {
		return ""
	}
	best, distance := "", len(wrong)
	for _, word := range words {
		d := levenshtein.Distance(bare(wrong), bare(word), nil)
		if d <= 1+len(word)/4 && d < distance {
			best, distance = word, d
		}
	}
	if best == "" {
		return ""
	}
	return ` (did you mean "` + best + `"?)`
}

// bare returns a word in the form in which two spellings of it are equal.
func bare(word string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(word))
}

func index(words []string, word string) int {
	for i, w := range words {
		if w == word {
			return i
		}
	}
	return -1
}

// has reports whether the key is written, with whatever value.
func (m *mapping) has(key string) bool { return m.key[index(m.known, key)] != 0 }

// value returns the value of a key, or nil when it is absent or empty.
func (m *mapping) value(key string) *yaml.Node {
	i := m.key[index(m.known, key)]
	if i == 0 || null(m.node.Content[i]) {
		return nil
	}
	return m.node.Content[i]
}

// keyNode returns the key itself, which is there.
func (m *mapping) keyNode(key string) *yaml.Node {
	return m.node.Content[m.key[index(m.known, key)]-1]
}

// require reports a key that is absent, and what to write.
func (w *walker) require(m *mapping, key, hint string) {
	if !m.has(key) {
		w.errorf(m.node, "%q is missing; %s", key, hint)
	}
}
