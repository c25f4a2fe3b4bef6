package manifests

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// places returns where uses of a material are searched, and the default: all.
func places() []string { return []string{"menu", "auto_reply", "drafts", "published", "news"} }

var (
	fileKeys        = []string{"files"}
	resolvedUseKeys = []string{"place", "media_id", "sha256"}
	sha256Hex       = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// references reads the places to search: words, and mappings with patterns of
// local files.
func (w *walker) references(n *yaml.Node) References {
	refs := References{Given: true}
	items, _ := w.list(n, "references")
	for _, item := range items {
		if item.Kind == yaml.MappingNode {
			refs.Files = append(refs.Files, w.referenceFiles(item)...)
			continue
		}
		place, ok := w.choice(item, "references", places()...)
		switch {
		case !ok:
		case slices.Contains(refs.Places, place):
			w.errorf(item, "references: %q is there twice", place)
		default:
			refs.Places = append(refs.Places, place)
		}
	}
	return refs
}

func (w *walker) referenceFiles(n *yaml.Node) []string {
	m, ok := w.mapping(n, "references", fileKeys)
	if !ok {
		return nil
	}
	w.require(&m, "files", `write {files: ["site/**/*.html"]}`)
	v := m.value("files")
	if v == nil {
		return nil
	}
	items, _ := w.filledList(v, "files")
	var patterns []string
	for _, item := range items {
		s, ok := w.word(item, "files")
		if ok && !wellFormed(s) {
			w.errorf(item, "files: %s is no pattern; a bracket or a backslash in it has no end", w.quoted(s))
		}
		if ok {
			patterns = append(patterns, s)
		}
	}
	return patterns
}

// wellFormed reports whether each segment of a pattern is one for [path.Match].
func wellFormed(pattern string) bool {
	for _, segment := range strings.Split(pattern, "/") {
		if _, err := path.Match(segment, ""); err != nil {
			return false
		}
	}
	return true
}

// resolvedUses reads which materials menus and automatic replies show.
func (w *walker) resolvedUses(n *yaml.Node) []ResolvedUse {
	items, _ := w.list(n, "resolved_uses")
	var uses []ResolvedUse
	for _, item := range items {
		if m, ok := w.mapping(item, "resolved_uses", resolvedUseKeys); ok {
			uses = append(uses, w.resolvedUse(&m))
		}
	}
	return uses
}

func (w *walker) resolvedUse(m *mapping) ResolvedUse {
	for _, key := range resolvedUseKeys {
		w.require(m, key, "paste the whole entry that the plan prints")
	}
	u := ResolvedUse{Position: w.position(m.node)}
	if v := m.value("place"); v != nil {
		u.Place, _ = w.word(v, "place")
	}
	if v := m.value("media_id"); v != nil {
		u.MediaID, _ = w.id(v, "media_id")
	}
	if v := m.value("sha256"); v != nil {
		u.SHA256 = w.form(v, "sha256", sha256Hex, "64 characters of 0-9 a-f")
	}
	return u
}
