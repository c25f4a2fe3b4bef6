package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
)

// confirm asks for the account's name. Anything else means no.
func (r *run) confirm(ctx context.Context, answers *bufio.Reader, d *reconcile.Decision) error {
	name := d.Summary.Name
	fmt.Fprintf(r.Stderr, "\nDelete %d materials of %s (%s)? This cannot be undone.\nType the account's name to confirm: ", d.Summary.Summary.Delete, name, d.Summary.AppID)
	typed := make(chan string, 1)
	go func() {
		line, _ := answers.ReadString('\n') // no answer is an answer, too: no
		typed <- strings.TrimSpace(line)
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(r.Stderr)
		return &exit{plan.Interrupted, errors.New("interrupted; nothing was deleted")}
	case answer := <-typed:
		if answer != name {
			return fmt.Errorf("%q is not %q: nothing of this account was deleted", answer, name)
		}
	}
	return nil
}
