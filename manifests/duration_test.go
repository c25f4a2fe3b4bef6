package manifests

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wxkeep/state/material"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	const (
		negative = "a duration cannot be negative"
		long     = "a duration cannot be longer than 15250w"
	)
	bad := func(s string) string { return `want a duration such as 7d, 36h or 1w2d, not "` + s + `"` }
	tests := map[string]struct {
		want time.Duration
		err  string
	}{
		"0":                     {0, ""},
		"0s":                    {0, ""},
		"7d":                    {168 * time.Hour, ""},
		"1w2d":                  {216 * time.Hour, ""},
		"1w2d3h4m5.5s":          {219*time.Hour + 4*time.Minute + 5500*time.Millisecond, ""},
		"36h":                   {36 * time.Hour, ""},
		"15250w":                {15250 * week, ""},
		"15251w":                {0, long},
		"15250w9999d":           {0, long},
		"99999999999999999999d": {0, long},
		"-1h":                   {0, negative},
		"-0s":                   {0, negative},
		"1d-1h":                 {0, bad("1d-1h")},
		"1d+1h":                 {0, bad("1d+1h")},
		"+1d":                   {0, bad("+1d")},
		"2d1w":                  {0, bad("2d1w")},
		"1.5d":                  {0, bad("1.5d")},
		"7":                     {0, bad("7")},
		"7 d":                   {0, bad("7 d")},
		"d":                     {0, bad("d")},
		"":                      {0, bad("")},
		"1M":                    {0, bad("1M")},
	}
	for s, test := range tests {
		got, err := ParseDuration(s)
		message := ""
		if err != nil {
			message = err.Error()
		}
		if got != test.want || message != test.err {
			t.Errorf("ParseDuration(%q) = %v, %q; want %v, %q", s, got, message, test.want, test.err)
		}
	}
}

// A day ends when it ends in Beijing, wherever this runs.
func TestDaysAreThoseOfBeijing(t *testing.T) {
	t.Parallel()
	dir := write(t, head+"keep: [{media_id: abc, until: 2027-03-31}]\nkeep_rules: [{before: 2027-03-31}]\n")
	policy, err := Load([]string{filepath.Join(dir, "m.yaml")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	entry, rule := policy.Accounts[0].Keep[0], policy.Accounts[0].Rules[0]
	end := time.Date(2027, 3, 31, 16, 0, 0, 0, time.UTC)
	if entry.Expired(end.Add(-time.Second)) || !entry.Expired(end) {
		t.Errorf("the entry expires at %v, want %v", entry.Until, end)
	}
	start := end.AddDate(0, 0, -1)
	var got []bool
	for _, changed := range []time.Time{start.Add(-time.Second), start} {
		got = append(got, rule.Matches(material.Item{UpdateTime: changed.Unix()}, end))
	}
	if diff := cmp.Diff([]bool{true, false}, got); diff != "" {
		t.Errorf("changed before that day, and in its first second (-want +got):\n%s", diff)
	}
}

func TestDurationsAreWrittenAsTheyAreRead(t *testing.T) {
	t.Parallel()
	for text, d := range map[string]time.Duration{"0s": 0, "7d": week, "36h": 36 * time.Hour} {
		if got, err := ParseDuration(text); got != d || err != nil {
			t.Fatalf("ParseDuration(%q) = %v, %v", text, got, err)
		}
	}
	if diff := cmp.Diff("1d12h", durationText(36*time.Hour)); diff != "" {
		t.Errorf("36h (-want +got):\n%s", diff)
	}
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Min(0).Draw(t, "duration"))
		if rapid.Bool().Draw(t, "round") {
			d = d.Truncate(rapid.SampledFrom([]time.Duration{time.Second, time.Minute, time.Hour, day}).Draw(t, "unit"))
		}
		if got, err := ParseDuration(durationText(d)); got != d || err != nil {
			t.Fatalf("%v is written %q and read %v, %v", d, durationText(d), got, err)
		}
	})
}
