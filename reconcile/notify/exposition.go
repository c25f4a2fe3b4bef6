package notify

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A family is a metric with its samples in the text format of Prometheus. That is
// written and read here: the library for it brings protocol buffers with it, and
// with them two of the 16 MiB that every run would take.
//
// Source: Prometheus, "Exposition formats", text-based format, version 0.0.4.
type family struct {
	name    string
	help    string // as it stands in the text
	kind    string // its type; may be empty
	samples []sample
}

// A sample is one line.
type sample struct {
	labels []label
	line   string
}

type label struct{ name, value string }

var escapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

func newSample(name string, labels []label, value float64) sample {
	var b strings.Builder
	b.WriteString(name)
	for i, l := range labels {
		b.WriteString([]string{"{", ","}[min(i, 1)] + l.name + `="` + escapes.Replace(l.value) + `"`)
	}
	if len(labels) > 0 {
		b.WriteString("}")
	}
	b.WriteString(" " + strconv.FormatFloat(value, 'g', -1, 64))
	return sample{labels, b.String()}
}

// exposition returns the text of families, without those that have no sample.
func exposition(families map[string]*family) []byte {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(families)) {
		f := families[name]
		if len(f.samples) == 0 {
			continue
		}
		if f.help != "" {
			b.WriteString("# HELP " + name + " " + f.help + "\n")
		}
		if f.kind != "" {
			b.WriteString("# TYPE " + name + " " + f.kind + "\n")
		}
		for _, s := range f.samples {
			b.WriteString(s.line + "\n")
		}
	}
	return []byte(b.String())
}

var errNotMetrics = errors.New("not metrics")

// parseExposition reads a text: its families by their names. Each sample keeps its
// line as it is.
func parseExposition(text string) (map[string]*family, error) {
	families := map[string]*family{}
	for line := range strings.Lines(text) {
		line = strings.Trim(line, " \t\n")
		comment, is := strings.CutPrefix(line, "#")
		var err error
		switch {
		case is:
			err = readComment(families, strings.TrimLeft(comment, " \t"))
		case line != "":
			err = readSample(families, line)
		}
		if err != nil {
			return nil, err
		}
	}
	return families, nil
}

func familyNamed(families map[string]*family, name string) *family {
	if families[name] == nil {
		families[name] = &family{name: name}
	}
	return families[name]
}

var kinds = []string{"counter", "gauge", "histogram", "summary", "untyped"}

// readComment reads what is behind #: HELP and TYPE say something.
func readComment(families map[string]*family, text string) error {
	word, rest, _ := cutBlank(text)
	if word != "HELP" && word != "TYPE" {
		return nil
	}
	name, said, _ := cutBlank(rest)
	if n := nameLength(name); n == 0 || n < len(name) {
		return errNotMetrics
	}
	f := familyNamed(families, name)
	switch {
	case word == "HELP" && f.help == "":
		f.help = said
	case word == "TYPE" && f.kind == "" && slices.Contains(kinds, said):
		f.kind = said
	default:
		return errNotMetrics
	}
	return nil
}

// cutBlank cuts text at its first blanks.
func cutBlank(text string) (before, after string, found bool) {
	i := strings.IndexAny(text, " \t")
	if i < 0 {
		return text, "", false
	}
	return text[:i], strings.TrimLeft(text[i:], " \t"), true
}

// readSample reads name{label="value",...} value timestamp.
func readSample(families map[string]*family, line string) error {
	n := nameLength(line)
	name, rest := line[:n], strings.TrimLeft(line[n:], " \t")
	labels, rest, err := readLabels(rest)
	if err != nil || n == 0 {
		return errNotMetrics
	}
	numbers := strings.Fields(rest)
	if len(numbers) != 1 && len(numbers) != 2 {
		return errNotMetrics
	}
	if _, err := strconv.ParseFloat(numbers[0], 64); err != nil && !errors.Is(err, strconv.ErrRange) {
		return errNotMetrics
	}
	if len(numbers) == 2 {
		if _, err := strconv.ParseInt(numbers[1], 10, 64); err != nil {
			return errNotMetrics
		}
	}
	f := familyOf(families, name)
	f.samples = append(f.samples, sample{labels, line})
	return nil
}

// familyOf returns the family to which a sample of that name belongs: of a
// histogram or a summary they have names of their own.
func familyOf(families map[string]*family, name string) *family {
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		whole, is := strings.CutSuffix(name, suffix)
		if f := families[whole]; is && f != nil && (f.kind == "histogram" || f.kind == "summary") {
			return f
		}
	}
	return familyNamed(families, name)
}

// readLabels reads the labels that text may begin with.
func readLabels(text string) (labels []label, rest string, err error) {
	rest, is := strings.CutPrefix(text, "{")
	for is {
		rest = strings.TrimLeft(rest, " \t")
		if after, end := strings.CutPrefix(rest, "}"); end {
			return labels, after, nil
		}
		n := nameLength(rest)
		l := label{name: rest[:n]}
		rest, is = strings.CutPrefix(strings.TrimLeft(rest[n:], " \t"), "=")
		if !is || n == 0 {
			return nil, "", errNotMetrics
		}
		if l.value, rest, err = readQuoted(strings.TrimLeft(rest, " \t")); err != nil {
			return nil, "", err
		}
		labels = append(labels, l)
		rest = strings.TrimLeft(rest, " \t")
		after, more := strings.CutPrefix(rest, ",")
		if !more && !strings.HasPrefix(rest, "}") {
			return nil, "", errNotMetrics
		}
		rest = after
	}
	return nil, text, nil
}

// readQuoted reads the value of a label.
func readQuoted(text string) (value, rest string, err error) {
	text, is := strings.CutPrefix(text, `"`)
	var b strings.Builder
	for is {
		i := strings.IndexAny(text, `"\`)
		if i < 0 {
			break
		}
		b.WriteString(text[:i])
		if text[i] == '"' {
			return b.String(), text[i+1:], nil
		}
		escape := text[i:min(i+2, len(text))]
		switch escape {
		case `\n`:
			b.WriteByte('\n')
		case `\\`, `\"`:
			b.WriteByte(escape[1])
		default:
			return "", "", errNotMetrics
		}
		text = text[i+2:]
	}
	return "", "", errNotMetrics
}

// nameLength returns the length of the name that text begins with.
func nameLength(text string) int {
	n := 0
	for n < len(text) && (letter(text[n]) || n > 0 && text[n] >= '0' && text[n] <= '9') {
		n++
	}
	return n
}

func letter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == ':'
}
