package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"testing"
	"time"
)

// sealed returns content of a random size that tells whether it is whole.
func sealed() []byte {
	body := make([]byte, mathrand.IntN(200_000))
	_, _ = rand.Read(body)
	sum := sha256.Sum256(body)
	return append([]byte(hex.EncodeToString(sum[:])), body...)
}

func isWhole(content []byte) bool {
	const head = 2 * sha256.Size
	if len(content) < head {
		return false
	}
	sum := sha256.Sum256(content[head:])
	return hex.EncodeToString(sum[:]) == string(content[:head])
}

// writeForEver runs in a child process.
func writeForEver(location string) error {
	ctx := context.Background()
	s, err := Open(ctx, location, Options{Init: true})
	if err != nil {
		return err
	}
	run := strings.ToLower(rand.Text())
	for i := 0; ; i++ {
		if _, err := s.Put(ctx, fmt.Sprintf("journal/%s/%06d", run, i), sealed(), IfAbsent); err != nil {
			return err
		}
		version, err := s.Put(ctx, "replaced", sealed(), Always)
		if err != nil {
			return err
		}
		if _, err := s.Put(ctx, "replaced", sealed(), IfVersion(version)); err != nil {
			return err
		}
		if i == 0 {
			fmt.Println("begun")
		}
	}
}

// watch reads what is being replaced, for a while.
func watch(t *testing.T, s Store, d time.Duration) {
	t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); {
		if content, _, err := s.Get(t.Context(), "replaced"); err != nil || !isWhole(content) {
			t.Fatalf("Get() = %d bytes that are not whole, %v", len(content), err)
		}
	}
}

func testCrash(t *testing.T, location string) {
	s := open(t, location)
	for range 8 {
		cmd := child(t.Context(), t, "write until killed", location)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		buffer := make([]byte, 100)
		n, _ := out.Read(buffer)
		if !strings.HasPrefix(string(buffer[:n]), "begun") {
			t.Fatalf("the child said %q", buffer[:n])
		}
		watch(t, s, time.Duration(mathrand.IntN(60_000))*time.Microsecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if state := cmd.ProcessState.String(); !strings.Contains(state, "killed") {
			t.Fatalf("the child ended by itself: %s", state)
		}
	}
	keys, err := s.List(t.Context(), "")
	if err != nil || len(keys) < 9 {
		t.Fatalf("List() = %q, %v; want some keys of all eight children", keys, err)
	}
	for _, key := range keys {
		if content, _, err := s.Get(t.Context(), key); err != nil || !isWhole(content) {
			t.Errorf("Get(%q) = %d bytes that are not whole, %v", key, len(content), err)
		}
	}
	put(t, s, "replaced", "by one that lives", Always)
}
