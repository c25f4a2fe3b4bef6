package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// noDigest stands in the file for its own digest while that is computed.
var noDigest = "sha256:" + strings.Repeat("0", 2*sha256.Size)

// ChangesDigest identifies a set of deletions, whatever else a plan says: it is
// taken over the sorted appid, type and media_id of each. An account's approvals
// name it. appids maps account names to appids.
func ChangesDigest(appids map[string]string, changes []Change) string {
	var lines []string
	for _, c := range changes {
		if c.Action == Delete {
			lines = append(lines, fmt.Sprintf("%s %s %s\n", appids[c.Account], c.Item.Type, c.Item.ID))
		}
	}
	slices.Sort(lines)
	h := sha256.New()
	for _, l := range lines {
		_, _ = h.Write([]byte(l))
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}
