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

var errNotAsked = &exit{plan.Interrupted, errors.New("interrupted; nothing of this account was deleted")}

// confirm asks for the account's name. Anything else means no.
func (r *run) confirm(ctx context.Context, answers *bufio.Reader, d *reconcile.Decision) error {
	if ctx.Err() != nil {
		return errNotAsked
	}
	name := d.Summary.Name
	fmt.Fprintf(r.Stderr, "\nDelete %s of %s (%s)? This cannot be undone.\nType the account's name to confirm: ", materials(d.Summary.Summary.Delete), name, d.Summary.AppID)
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
		return errNotAsked
	case answer := <-typed:
		if answer != name {
			return fmt.Errorf("%q is not %q: nothing of this account was deleted", answer, name)
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
