package manifests

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"wxkeep/state/material"
)

// day and week are always of the same length here: the offset is fixed.
const (
	day  = 24 * time.Hour
	week = 7 * day
)

var weeksAndDays = regexp.MustCompile(`^(?:(\d+)w)?(?:(\d+)d)?(.*)$`)

// durationForm is the form of what [ParseDuration] reads, and of nothing.
const durationForm = `^([0-9]+w)?([0-9]+d)?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)?$`

// ParseDuration reads a duration as [time.ParseDuration] does, with weeks and
// days before the rest: 1w2d, 90d, 1d12h, 36h. It refuses negative ones.
func ParseDuration(s string) (time.Duration, error) {
	if strings.HasPrefix(s, "-") {
		return 0, errors.New("a duration cannot be negative")
	}
	parts := weeksAndDays.FindStringSubmatch(s)
	if s == "" || parts == nil {
		return 0, notDuration(s)
	}
	total, err := multiple(parts[1], week)
	if err != nil {
		return 0, err
	}
	days, err := multiple(parts[2], day)
	if err != nil {
		return 0, err
	}
	var rest time.Duration
	if parts[3] != "" {
		if rest, err = time.ParseDuration(parts[3]); err != nil || strings.ContainsAny(parts[3][:1], "+-") {
			return 0, notDuration(s)
		}
	}
	if total > math.MaxInt64-days || total+days > math.MaxInt64-rest {
		return 0, errTooLong
	}
	return total + days + rest, nil
}

var errTooLong = errors.New("a duration cannot be longer than 15250w")

func notDuration(s string) error {
	return fmt.Errorf("want a duration such as 7d, 36h or 1w2d, not %q", s)
}

// multiple returns n units; no digits are none.
func multiple(digits string, unit time.Duration) (time.Duration, error) {
	if digits == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > int64(math.MaxInt64/unit) {
		return 0, errTooLong
	}
	return time.Duration(n) * unit, nil
}

// duration returns a duration of 0 or more.
func (w *walker) duration(n *yaml.Node, what string) (time.Duration, bool) {
	s, ok := w.word(n, what)
	if !ok {
		return 0, false
	}
	d, err := ParseDuration(s)
	if err != nil {
		w.errorf(n, "%s: %v", what, err)
		return 0, false
	}
	return d, true
}

// span returns a duration of more than 0: a rule's condition of 0 would be
// none, or would never hold.
func (w *walker) span(n *yaml.Node, what string) (time.Duration, bool) {
	d, ok := w.duration(n, what)
	if ok && d == 0 {
		w.errorf(n, "%s: want more than 0", what)
		return 0, false
	}
	return d, ok
}

// date returns the first instant of a day in UTC+8.
func (w *walker) date(n *yaml.Node, what string) (time.Time, bool) {
	s, ok := w.word(n, what)
	if !ok {
		return time.Time{}, false
	}
	return w.day(s, what, w.position(n))
}

func (w *walker) day(s, what string, at Position) (time.Time, bool) {
	t, err := time.ParseInLocation(time.DateOnly, s, material.China)
	if err != nil {
		w.problems.add(at, "%s: want a date such as 2027-03-31, not %s", what, w.quoted(s))
		return time.Time{}, false
	}
	return t, true
}

// lastDay returns the first instant after a day in UTC+8.
func (w *walker) lastDay(n *yaml.Node, what string) (time.Time, bool) {
	return dayAfter(w.date(n, what))
}

func dayAfter(t time.Time, ok bool) (time.Time, bool) {
	if !ok {
		return time.Time{}, false
	}
	return t.AddDate(0, 0, 1), true
}

// durationText returns d as [ParseDuration] reads it, in days and the rest.
func durationText(d time.Duration) string {
	days, rest := d/day, d%day
	text := ""
	if days > 0 {
		text = strconv.FormatInt(int64(days), 10) + "d"
	}
	if rest > 0 || days == 0 {
		text += rest.String()
	}
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// spanText is empty for no duration.
func spanText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return durationText(d)
}

// lastDayBefore returns the day, in UTC+8, that ends at t.
func lastDayBefore(t time.Time) string {
	return t.In(material.China).AddDate(0, 0, -1).Format(time.DateOnly)
}
