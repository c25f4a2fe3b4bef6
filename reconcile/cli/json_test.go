package cli_test

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// json FILE PATH VALUE checks a value of a JSON document: a text as it is, all
// else as JSON. PATH is names and indices with dots between; FILE may be stdout.
func jsonValue(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: json FILE PATH VALUE")
	}
	if got := lookUp(ts, args[0], args[1]); got != args[2] {
		ts.Fatalf("%s is %s, want %s", args[1], got, args[2])
	}
}

// json-env ENV FILE PATH sets a variable to a value of a JSON document.
func jsonEnv(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: json-env ENV FILE PATH")
	}
	ts.Setenv(args[0], lookUp(ts, args[1], args[2]))
}

func lookUp(ts *testscript.TestScript, file, path string) string {
	var at any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(file)), &at))
	for step := range strings.SplitSeq(path, ".") {
		switch here := at.(type) {
		case map[string]any:
			at = here[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(here) {
				ts.Fatalf("%s has no %s in %s", file, step, path)
			}
			at = here[i]
		default:
			ts.Fatalf("%s has no %s in %s", file, step, path)
		}
	}
	if text, ok := at.(string); ok {
		return text
	}
	b, err := json.Marshal(at)
	ts.Check(err)
	return string(b)
}
