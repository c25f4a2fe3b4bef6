package plan

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"
)

func TestEscape(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"what is simply shown stays", "{\n \"名\": \"é 😀 👨‍👩‍👧 # <b>\"\n}\n", "{\n \"名\": \"é 😀 👨‍👩‍👧 # <b>\"\n}\n"},
		{"bidi overrides", "\"\u202egnp\"", `"\u202egnp"`},
		{"the other escape", "\"\u009b2J\"", `"\u009b2J"`},
		{"characters beyond the basic plane", "\"\U000E0041\"", `"\udb40\udc41"`},
		{"delete", "\"\x7f\"", `"\u007f"`},
		{"commands of CI systems", `"##[error] ##vso[a]"`, `"#\u0023[error] #\u0023vso[a]"`},
		{"a backslash before it is one of its own", `"\\##["`, `"\\#\u0023["`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := string(Escape([]byte(tt.in))); got != tt.want {
				t.Errorf("Escape(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"", "a", "##", "###[a]", "#", "\u202e", "\U000E0041", `\`, "\x00", "\xff", "图\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		document, err := encode(map[string]string{s: s})
		if err != nil {
			t.Fatal(err)
		}
		got := Escape(document)
		if bytes.ContainsFunc(got, Acts) || bytes.Contains(got, []byte("##[")) {
			t.Errorf("%q still acts", got)
		}
		var after map[string]string
		if err := json.Unmarshal(got, &after); err != nil {
			t.Fatalf("%q: %v", got, err)
		}
		if utf8.ValidString(s) && after[s] != s {
			t.Errorf("%q says %q, not %q", got, after, s)
		}
	})
}
