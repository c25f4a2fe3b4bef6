package cli

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
)

// confirm asks whether to delete. Anything but the account's name means no.
func (r *run) confirm(ctx context.Context, answers *bufio.Reader, d *reconcile.Decision) error {
	now, rest := d.Fits(), ""
	if all := d.Summary.Summary.Delete; now < all {
		rest = fmt.Sprintf(", all that the quotas allow today of %d", all)
	}
	question := fmt.Sprintf("Delete %s of %s (%s)%s? This cannot be undone.", materials(now), d.Summary.Name, d.Summary.AppID, rest)
	return r.askName(ctx, answers, question, d.Summary.Name, "nothing of this account was deleted")
}

// askName asks for the account's name. Anything else means no, of which the
// error says what follows.
func (r *run) askName(ctx context.Context, answers *bufio.Reader, question, name, otherwise string) error {
	interrupted := failed(plan.Interrupted, "interrupted; %s", otherwise)
	if ctx.Err() != nil {
		return interrupted
	}
	fmt.Fprintf(r.Stderr, "\n%s\nType the account's name to confirm: ", question)
	typed := make(chan string, 1)
	go func() {
		line, err := answers.ReadString('\n')
		if err != nil {
			line = "" // nobody pressed Enter
		}
		typed <- strings.TrimSpace(line)
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(r.Stderr)
		return interrupted
	case answer := <-typed:
		if answer != name {
			return fmt.Errorf("%q is not %q: %s", answer, name, otherwise)
		}
	}
	return nil
}

func materials(n int) string {
	if n == 1 {
		return "1 material"
	}
	return fmt.Sprintf("%d materials", n)
}
