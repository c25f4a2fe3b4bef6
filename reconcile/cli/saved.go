package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
)

// inLedger is the word for a plan that is saved in the ledger.
const inLedger = "ledger"

// digestPrefix tells the digest of a plan in the ledger from a file.
const digestPrefix = "sha256:"

// save writes the plan for apply --plan: into the file where, or into the ledger
// of every account, or nowhere.
func (s *session) save(ctx context.Context, doc *plan.Plan, where string, paths []string) error {
	if where == "" {
		return nil
	}
	name := where
	if where == inLedger {
		b, err := doc.Encode()
		if err != nil {
			return err
		}
		if len(s.connections.accounts) == 0 {
			s.tell("the plan was not saved: no account was looked at, and so no ledger")
			return nil
		}
		name = doc.Digest
		for _, a := range s.connections.accounts {
			if err := a.Ledger.SavePlan(ctx, doc.Digest, b); err != nil {
				return fmt.Errorf("save the plan in the ledger of %s: %w", a.Manifest.Name, err)
			}
		}
	} else if err := writeThrough(where, 0o600, doc.Write); err != nil {
		return err
	}
	s.tell("plan saved until %s; apply it with: %s", doc.ExpiresAt.Format(time.RFC3339), strings.Join(append([]string{"wxkeep apply --plan", name}, paths...), " "))
	return nil
}

// saved reads the plan to apply, from a file or, by its digest, from the ledger of
// one of the accounts. It is nil when there is none to apply.
func (r *run) saved(ctx context.Context, where string, accounts []*reconcile.Account) (*plan.Plan, error) {
	switch {
	case where == "":
		return nil, nil
	case !strings.HasPrefix(where, digestPrefix):
		return readPlan(where)
	}
	for _, a := range accounts {
		b, err := a.Ledger.Plan(ctx, where)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		p, err := decodePlan(where, b)
		if err == nil && p.Digest != where {
			err = failed(plan.Stale, "the plan in the ledger has the digest %s, not %s; make a new plan", p.Digest, where)
		}
		return p, err
	}
	return nil, failed(plan.Stale, "no ledger has the plan %s; make a new plan", where)
}
