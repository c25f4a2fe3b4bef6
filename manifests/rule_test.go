package manifests

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wxkeep/state/material"
)

func TestRuleMatches(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	logo := material.Item{ID: "abc", Type: material.Image, Name: "brand/logo.png", UpdateTime: now.Add(-10 * day).Unix()}
	changed := time.Unix(logo.UpdateTime, 0)
	tests := map[string]struct {
		rule Rule
		want bool
	}{
		"its type":                              {Rule{Types: []material.Type{material.Voice, material.Image}}, true},
		"another type":                          {Rule{Types: []material.Type{material.Voice}}, false},
		"its name, a slash under the star":      {Rule{Name: "brand*.png"}, true},
		"its name in other letters":             {Rule{Name: "Brand*"}, false},
		"a part of its name":                    {Rule{Name: "brand"}, false},
		"newer than its age":                    {Rule{NewerThan: 10*day + time.Second}, true},
		"newer than exactly its age":            {Rule{NewerThan: 10 * day}, false},
		"older than exactly its age":            {Rule{OlderThan: 10 * day}, true},
		"older than its age":                    {Rule{OlderThan: 10*day + time.Second}, false},
		"before the second after it":            {Rule{Before: changed.Add(time.Second)}, true},
		"before the very second":                {Rule{Before: changed}, false},
		"all of several conditions":             {Rule{Name: "*logo*", Types: []material.Type{material.Image}, OlderThan: day, NewerThan: 11 * day, Before: now}, true},
		"all but the last of several":           {Rule{Name: "*logo*", Types: []material.Type{material.Image}, OlderThan: day, NewerThan: 11 * day, Before: changed}, false},
		"all but the first of several":          {Rule{Name: "*icon*", Types: []material.Type{material.Image}, OlderThan: day, NewerThan: 11 * day, Before: now}, false},
		"an upload from the future is no older": {Rule{OlderThan: 11 * day}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.rule.Matches(logo, now); got != test.want {
				t.Errorf("Matches = %v, want %v", got, test.want)
			}
		})
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"*", "", true},
		{"*", "a/b\nc", true},
		{"?", "", false},
		{"?", "菜", true},
		{"??", "菜", false},
		{"?", "\xff", true},
		{"a*b*c", "a-b-b-c", true},
		{"a*b*c", "a-b-c-b", false},
		{"*菜*.png", "主菜单.png", true},
		{"a.c", "abc", false},
		{"a*", "b", false},
		{"", "", true},
		{"", "a", false},
	}
	for _, test := range tests {
		if got := match(test.pattern, test.name); got != test.want {
			t.Errorf("match(%q, %q) = %v, want %v", test.pattern, test.name, got, test.want)
		}
	}
}

func TestMatchAgreesWithARegularExpression(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.SampledFrom([]rune("ab菜*?.")), 0, 8, -1).Draw(t, "pattern")
		name := rapid.StringOfN(rapid.SampledFrom([]rune("ab菜.\n")), 0, 12, -1).Draw(t, "name")
		expression := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
		want := regexp.MustCompile(`(?s)^` + expression + `$`).MatchString(name)
		if got := match(pattern, name); got != want {
			t.Fatalf("match(%q, %q) = %v, want %v", pattern, name, got, want)
		}
	})
}

// With naive backtracking this would outlast the test's time limit by far.
func TestMatchIsNotSlowOnManyStars(t *testing.T) {
	t.Parallel()
	if match(strings.Repeat("a*", 200)+"b", strings.Repeat("a", 20_000)) {
		t.Error("matched")
	}
}
