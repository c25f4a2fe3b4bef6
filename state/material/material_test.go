package material

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseID(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, err string }{
		{"one character is enough", "a", ""},
		{"128 characters are the most", strings.Repeat("x", 128), ""},
		{"it may begin with a dash", "-_0Zz", ""},
		{"empty", "", "media_id is empty"},
		{"too long", strings.Repeat("x", 129), "media_id has 129 characters, more than 128"},
		{"a space", "ab c", `media_id "ab c" has ' ' at character 3; only A-Z a-z 0-9 - _ can occur`},
		{"a letter of another script", "图", `media_id "图" has '图' at character 1; only A-Z a-z 0-9 - _ can occur`},
		{"padding", "ab==", `media_id "ab==" has '=' at character 3; only A-Z a-z 0-9 - _ can occur`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			id, err := ParseID(tt.in)
			got := ""
			if err != nil {
				got = err.Error()
			} else if string(id) != tt.in {
				t.Errorf("ParseID(%q) = %q", tt.in, id)
			}
			if diff := cmp.Diff(tt.err, got); diff != "" {
				t.Errorf("error mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPrefixIsSharedByAnAccount(t *testing.T) {
	t.Parallel()
	account := strings.Repeat("q", 21) + "A"
	one, ok1 := ID(account + strings.Repeat("x", 21)).Prefix()
	two, ok2 := ID(account + strings.Repeat("y", 21)).Prefix()
	if !ok1 || !ok2 || one != two || len(one) != 16 {
		t.Errorf("prefixes %x and %x, want the same 16 bytes", one, two)
	}
	if other, ok := ID(strings.Repeat("z", 43)).Prefix(); !ok || other == one {
		t.Errorf("another account's prefix is %x, too", other)
	}
	if _, ok := ID(strings.Repeat("q", 64)).Prefix(); ok {
		t.Error("a 64-character id has a prefix, though nobody checked that it is shared")
	}
}

func TestParseType(t *testing.T) {
	t.Parallel()
	for _, typ := range Types() {
		if got, err := ParseType(string(typ)); got != typ || err != nil {
			t.Errorf("ParseType(%q) = %q, %v", typ, got, err)
		}
	}
	if _, err := ParseType("thumb"); err == nil {
		t.Error("thumb is a type, but batchget_material has no such list")
	}
}
