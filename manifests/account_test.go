package manifests

import "testing"

func TestALedgerInADirectoryIsMeantFromTheManifest(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ state, want string }{
		"not written":  {"", ""},
		"a directory":  {"../ledger", "brands/ledger"},
		"from the top": {"/var/lib/wxkeep", "/var/lib/wxkeep"},
		"a bucket":     {"s3://bucket/wxkeep", "s3://bucket/wxkeep"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &Account{State: test.state, Position: Position{File: "brands/main/wxkeep.yaml", Line: 1, Column: 1}}
			if got := a.Ledger(); got != test.want {
				t.Errorf("Ledger() = %q, want %q", got, test.want)
			}
		})
	}
}
