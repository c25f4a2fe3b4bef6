package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"time"

	"wxkeep/manifests"
)

// secretTime is how long a command may take to print a secret.
const secretTime = 30 * time.Second

// maxSecret is the most bytes a secret may have.
const maxSecret = 64 << 10

// secret returns a function that fetches the secret, each time anew. Its errors
// say where the secret should have been.
func (r *run) secret(s *manifests.Secret) (func(context.Context) (string, error), error) {
	switch {
	case s.Env != "":
		return func(context.Context) (string, error) {
			return checked(r.Getenv(s.Env), "environment variable "+s.Env, nil)
		}, nil
	case s.File != "":
		return func(context.Context) (string, error) {
			b, err := head(s.File)
			if e, ok := errors.AsType[*fs.PathError](err); ok {
				err = e.Err
			}
			return checked(string(b), "file "+s.File, err)
		}, nil
	case r.allowCommand:
		return func(ctx context.Context) (string, error) { return r.command(ctx, s.Command) }, nil
	}
	return nil, fmt.Errorf("%s: this manifest runs the command %q to get a secret: read it, then allow it with --allow-command", s.Position, s.Command[0])
}

// head reads a file as far as a secret can go.
func head(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, maxSecret+1))
}

// command returns what the command prints. What it writes to its standard error
// may hold anything, and is not shown.
func (r *run) command(ctx context.Context, argv []string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, secretTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.WaitDelay = time.Second
	printed := &capped{}
	cmd.Stdout = printed
	err := cmd.Run()
	status, failed := errors.AsType[*exec.ExitError](err)
	switch {
	case ctx.Err() != nil:
		err = fmt.Errorf("no answer within %s", secretTime)
	case printed.full:
		err = errTooLong
	case failed:
		err = fmt.Errorf("ended with %s", status.ProcessState)
	}
	return checked(printed.String(), fmt.Sprintf("command %q", argv[0]), err)
}

// A capped holds as much as a secret can have, and takes no more.
type capped struct {
	strings.Builder
	full bool
}

var errTooLong = fmt.Errorf("longer than %d bytes", maxSecret)

func (c *capped) Write(p []byte) (int, error) {
	if c.Len()+len(p) > maxSecret {
		c.full = true
		return 0, errTooLong
	}
	return c.Builder.Write(p)
}

// checked returns the secret without white space around it, or what is wrong
// with it.
func checked(secret, where string, err error) (string, error) {
	secret = strings.TrimSpace(secret)
	switch {
	case err != nil:
		return "", fmt.Errorf("%s: %w", where, err)
	case secret == "":
		return "", fmt.Errorf("%s: empty or not set", where)
	case len(secret) > maxSecret:
		return "", fmt.Errorf("%s: %w", where, errTooLong)
	case strings.ContainsFunc(secret, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return "", fmt.Errorf("%s: several lines or control characters", where)
	}
	return secret, nil
}
