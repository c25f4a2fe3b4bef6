package store

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"go.uber.org/goleak"
)

// childVariable names what a child process of a test does instead of testing.
const childVariable = "WXKEEP_STORE_CHILD"

var children = map[string]func(location string) error{
	"write until killed": writeForEver,
	"write a large file": writeTooMuch,
	"write unprivileged": writeUnprivileged,
}

func TestMain(m *testing.M) {
	if child, ok := children[os.Getenv(childVariable)]; ok {
		if err := child(os.Args[1]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// child returns the command that runs one of children.
func child(ctx context.Context, t *testing.T, name, location string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self, location)
	cmd.Env = append(os.Environ(), childVariable+"="+name)
	return cmd
}
