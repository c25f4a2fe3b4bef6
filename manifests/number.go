package manifests

import (
	"regexp"
	"strconv"

	"gopkg.in/yaml.v3"
)

var (
	wholeNumber = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})$`)
	decimal     = regexp.MustCompile(`^(0|[1-9][0-9]{0,2})(\.[0-9]{1,9})?$`)
)

// count returns a whole number of 0 or more. What YAML also takes for one
// (0x1F, 010, 1_000) is refused, as is a number in quotes.
func (w *walker) count(n *yaml.Node, what string) (int, bool) {
	s, ok := w.scalar(n, what)
	if !ok {
		return 0, false
	}
	if n.Tag != "!!int" || !wholeNumber.MatchString(s) {
		w.errorf(n, "%s: want a whole number from 0 to 999999999, not %s", what, w.quoted(s))
		return 0, false
	}
	i, err := strconv.Atoi(s)
	return i, err == nil
}

// percent returns a number from 0 to 100.
func (w *walker) percent(n *yaml.Node, what string) (float64, bool) {
	s, ok := w.scalar(n, what)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if n.Tag != "!!int" && n.Tag != "!!float" || !decimal.MatchString(s) || err != nil || f > 100 {
		w.errorf(n, "%s: want a number from 0 to 100, without a sign, not %s", what, w.quoted(s))
		return 0, false
	}
	return f, true
}
