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
		return func(context.Context) (string, error) { return checked(r.Getenv(s.Env), whence(s), nil) }, nil
	case s.File != "":
		return func(context.Context) (string, error) {
			b, err := head(s.File)
			if e, ok := errors.AsType[*fs.PathError](err); ok {
				err = e.Err
			}
			return checked(string(b), whence(s), err)
		}, nil
	case r.allowCommand:
		return func(ctx context.Context) (string, error) {
			printed, err := r.command(ctx, s.Command)
			return checked(printed, whence(s), err)
		}, nil
	}
	return nil, fmt.Errorf("%s: this manifest runs the command %q to get a secret: read it, then allow it with --allow-command", s.Position, s.Command[0])
}

// whence names where a secret is found. A command's arguments may be secret, too.
func whence(s *manifests.Secret) string {
	switch {
	case s.Env != "":
		return "environment variable " + s.Env
	case s.File != "":
		return "file " + s.File
	}
	return fmt.Sprintf("command %q", s.Command[0])
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
	ctx, cancel := context.WithTimeout(ctx, r.secretTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.WaitDelay = time.Second
	printed := &capped{}
	cmd.Stdout = printed
	err := cmd.Run()
	status, failed := errors.AsType[*exec.ExitError](err)
	switch {
	case ctx.Err() != nil:
		err = fmt.Errorf("it did not end within %s and was stopped", r.secretTime)
	case printed.full:
		err = errTooLong
	case failed:
		err = fmt.Errorf("ended with %s; run it by hand to see what it writes to standard error, which is never shown here", status.ProcessState)
	case errors.Is(err, exec.ErrWaitDelay):
		err = errors.New("it ended, but left a process behind that holds its standard output open: redirect that one's")
	}
	return printed.String(), err
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
	case strings.HasPrefix(secret, "{"):
		return "", fmt.Errorf("%s: JSON, where the value alone is wanted", where)
	case strings.ContainsFunc(secret, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return "", fmt.Errorf("%s: several lines or control characters, where the value alone is wanted", where)
	case strings.ContainsFunc(secret, func(c rune) bool { return c > 0x7f }):
		return "", fmt.Errorf("%s: characters that no secret has, such as a byte order mark", where)
	}
	return secret, nil
}
