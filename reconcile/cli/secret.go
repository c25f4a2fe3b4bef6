package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"wxkeep/manifests"
	"wxkeep/state"
)

// secretTime is how long a command may take to print a secret.
const secretTime = 30 * time.Second

// maxSecret is the most bytes a secret may have.
const maxSecret = 64 << 10

// secret returns a function that fetches the secret, each time anew. Its errors
// say where the secret should have been, and are state.ErrCredential.
func (r *run) secret(s *manifests.Secret) (func(context.Context) (string, error), error) {
	switch {
	case s.Env != "":
		return func(context.Context) (string, error) {
			return checked(r.Getenv(s.Env), "environment variable "+s.Env, nil)
		}, nil
	case s.File != "":
		return func(context.Context) (string, error) {
			b, err := os.ReadFile(s.File)
			return checked(string(b), "file "+s.File, err)
		}, nil
	case r.allowCommand:
		return func(ctx context.Context) (string, error) { return r.command(ctx, s.Command) }, nil
	}
	return nil, fmt.Errorf("%s: this manifest runs the command %q to get a secret: read it, then allow it with --allow-command", s.Position, s.Command[0])
}

func (r *run) command(ctx context.Context, argv []string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, secretTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if ctx.Err() != nil {
		err = fmt.Errorf("no answer within %s", secretTime)
	}
	// What the command wrote to its standard error may hold anything: not shown.
	var status *exec.ExitError
	if errors.As(err, &status) {
		err = fmt.Errorf("it ended with %s", status.ProcessState)
	}
	return checked(string(out), fmt.Sprintf("command %q", argv[0]), err)
}

func checked(secret, where string, err error) (string, error) {
	secret = strings.TrimSpace(secret)
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: no secret from %s: %w", state.ErrCredential, where, err)
	case secret == "":
		return "", fmt.Errorf("%w: no secret from %s: it is empty or not set", state.ErrCredential, where)
	case len(secret) > maxSecret:
		return "", fmt.Errorf("%w: no secret from %s: it is longer than %d bytes", state.ErrCredential, where, maxSecret)
	case strings.ContainsFunc(secret, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return "", fmt.Errorf("%w: no secret from %s: it has several lines or control characters", state.ErrCredential, where)
	}
	return secret, nil
}
