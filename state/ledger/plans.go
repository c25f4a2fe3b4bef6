package ledger

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// SavePlan saves a plan file under its digest, "sha256:" and 64 hex digits. The
// bytes are kept as they are; a plan file says its own version.
func (l *Ledger) SavePlan(ctx context.Context, digest string, file []byte) error {
	key, err := l.planKey(digest)
	if err != nil {
		return err
	}
	return l.create(ctx, key, file)
}

// Plan returns the plan file with this digest. The error is fs.ErrNotExist when
// there is none.
func (l *Ledger) Plan(ctx context.Context, digest string) ([]byte, error) {
	key, err := l.planKey(digest)
	if err != nil {
		return nil, err
	}
	file, _, err := l.get(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no plan %s was saved for %s: %w", digest, l.opt.Account, fs.ErrNotExist)
	}
	return file, err
}

func (l *Ledger) planKey(digest string) (string, error) {
	digits, ok := strings.CutPrefix(digest, "sha256:")
	if b, err := hex.DecodeString(digits); !ok || err != nil || len(b) != 32 || digits != strings.ToLower(digits) {
		return "", fmt.Errorf("%q is not the digest of a plan: sha256: and 64 hex digits", digest)
	}
	return l.key("plans/" + digits + ".json"), nil
}
