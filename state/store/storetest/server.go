// Package storetest runs a real S3 server for tests: versitygw, on a
// temporary directory and on loopback. `.ci/run` installs it.
package storetest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A Server is an S3 server that ends with its test.
type Server struct {
	Endpoint string // http://127.0.0.1:PORT
	Root     string // a directory; each one in it is a bucket, each file in those an object
}

// credentials sets random ones in the environment of this process, where the
// store and child processes find them. All servers of a process share them.
var credentials = sync.OnceValue(func() error {
	return errors.Join(
		os.Setenv("AWS_ACCESS_KEY_ID", rand.Text()),
		os.Setenv("AWS_SECRET_ACCESS_KEY", rand.Text()),
		os.Unsetenv("AWS_SESSION_TOKEN"),
		os.Setenv("AWS_REGION", "us-east-1"),
	)
})

// NewServer starts a server. Where versitygw is not installed it skips the
// test.
func NewServer(t testing.TB) *Server {
	t.Helper()
	binary, ok := find()
	if !ok {
		t.Skip("versitygw is not on the PATH, so nothing is tested on a bucket; .ci/run installs it")
	}
	if err := credentials(); err != nil {
		t.Fatal(err)
	}
	s := &Server{Root: t.TempDir()}
	for range 5 { // somebody may take the port before the server does
		address, err := freeAddress()
		if err != nil {
			t.Fatal(err)
		}
		if err = start(t, binary, address, s.Root); err == nil {
			s.Endpoint = "http://" + address
			return s
		}
		t.Log(err)
	}
	t.Fatal("versitygw does not start")
	return nil
}

// Bucket makes a bucket of that name, empty, and returns the location of a
// store in it.
func (s *Server) Bucket(t testing.TB, name string) string {
	t.Helper()
	if err := os.Mkdir(filepath.Join(s.Root, name), 0o700); err != nil {
		t.Fatal(err)
	}
	return s.Location(name)
}

// Location returns the location of a store in a bucket.
func (s *Server) Location(bucket string) string {
	return fmt.Sprintf("s3://%s/ledgers/test?endpoint=%s", bucket, s.Endpoint)
}

// find looks on the PATH, and where `go install` puts programs.
func find() (string, bool) {
	if path, err := exec.LookPath("versitygw"); err == nil {
		return path, true
	}
	paths, err := exec.Command("go", "env", "GOBIN", "GOPATH").Output()
	if err != nil {
		return "", false
	}
	gobin, gopath, _ := strings.Cut(strings.TrimRight(string(paths), "\r\n"), "\n")
	if gobin == "" {
		gobin = filepath.Join(gopath, "bin")
	}
	path, err := exec.LookPath(filepath.Join(gobin, "versitygw"))
	return path, err == nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// start runs the server until the test ends, or this process does, however it
// does: then the pipe to the shell closes, and the shell ends the server.
func start(t testing.TB, binary, address, root string) error {
	cmd := exec.Command("sh", "-c", `"$@" </dev/null & read -r _; kill -9 $!`, "sh",
		binary, "--quiet", "--port", address, "posix", root)
	cmd.Env = append(os.Environ(),
		"ROOT_ACCESS_KEY="+os.Getenv("AWS_ACCESS_KEY_ID"),
		"ROOT_SECRET_KEY="+os.Getenv("AWS_SECRET_ACCESS_KEY"))
	output, err := os.CreateTemp(t.TempDir(), "versitygw")
	if err != nil {
		return err
	}
	defer func() { _ = output.Close() }()
	cmd.Stdout, cmd.Stderr = output, output
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	stop := sync.OnceFunc(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	t.Cleanup(stop)
	if err := await(address); err != nil {
		stop()
		said, _ := os.ReadFile(output.Name())
		return fmt.Errorf("versitygw: %w\n%s", err, said)
	}
	return nil
}

// await waits until somebody listens.
func await(address string) error {
	var err error
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		var conn net.Conn
		if conn, err = net.Dial("tcp", address); err == nil {
			return conn.Close()
		}
	}
	return err
}
