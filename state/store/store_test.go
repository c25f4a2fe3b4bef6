package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"wxkeep/state/store/storetest"
)

func TestDirectory(t *testing.T) {
	t.Parallel()
	testStore(t, func(t *testing.T) string { return t.TempDir() + "/state" })
}

func TestBucket(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	testStore(t, newBuckets(server))
}

func TestBucketWithForbiddingHeader(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	server.Endpoint = onlyForbids(t, server.Endpoint)
	buckets := newBuckets(server)
	testStore(t, func(t *testing.T) string {
		return buckets(t) + "&forbid-overwrite-header=x-oss-forbid-overwrite"
	})
}

// newBuckets returns a function that makes a bucket each time.
func newBuckets(server *storetest.Server) func(t *testing.T) string {
	var mu sync.Mutex
	n := 0
	return func(t *testing.T) string {
		mu.Lock()
		defer mu.Unlock()
		n++
		return server.Bucket(t, fmt.Sprintf("bucket-%d", n))
	}
}

func open(t *testing.T, location string) Store {
	t.Helper()
	s, err := Open(t.Context(), location, Options{Init: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t *testing.T, s Store, key, content string, c Condition) string {
	t.Helper()
	version, err := s.Put(t.Context(), key, []byte(content), c)
	if err != nil {
		t.Fatal(err)
	}
	return version
}

func get(t *testing.T, s Store, key string) (content, version string) {
	t.Helper()
	data, version, err := s.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(data), version
}

// testStore is the suite that all stores pass. place makes an empty place.
func testStore(t *testing.T, place func(t *testing.T) string) {
	tests := []struct {
		name string
		test func(t *testing.T, location string)
	}{
		{"what is put is got, by others too, and has one version", testRoundTrip},
		{"a condition that does not hold changes nothing", testConditions},
		{"a missing object does not exist", testMissing},
		{"keys are listed sorted, at any depth, by prefix", testList},
		{"an object of 11 MB is whole", testLarge},
		{"a key that is no key is refused", testBadKeys},
		{"of many that create one object one wins", testCreateRace},
		{"of many that replace one version one wins", testReplaceRace},
		{"a counter counts every success", testCounter},
		{"any sequence of calls does what a map would do", testModel},
		{"a cancelled call ends with that error", testCancelled},
		{"killed at any instant, every visible object is whole", testCrash},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.test(t, place(t))
		})
	}
}

func testRoundTrip(t *testing.T, location string) {
	a := open(t, location)
	for _, content := range []string{"", "one", "\x00\xff\r\n", "one"} {
		version := put(t, a, "accounts/wx1/-_.json", content, Always)
		b := open(t, location)
		got, gotVersion := get(t, b, "accounts/wx1/-_.json")
		if diff := cmp.Diff([]string{content, version}, []string{got, gotVersion}); diff != "" {
			t.Errorf("Get() mismatch (-want +got):\n%s", diff)
		}
	}
}

func testConditions(t *testing.T, location string) {
	s := open(t, location)
	first := put(t, s, "lease", "first", IfAbsent)
	second := put(t, s, "lease", "second", IfVersion(first))
	third := put(t, s, "lease", "third", Always)
	refused := []struct {
		name string
		key  string
		c    Condition
	}{
		{"it is there already", "lease", IfAbsent},
		{"it has been replaced twice", "lease", IfVersion(first)},
		{"it has been replaced", "lease", IfVersion(second)},
		{"the version is of no object", "lease", IfVersion("00")},
		{"there is no object", "other", IfVersion(third)},
	}
	for _, tt := range refused {
		if _, err := s.Put(t.Context(), tt.key, []byte("fourth"), tt.c); !errors.Is(err, ErrConflict) {
			t.Errorf("%s: Put() = %v, want ErrConflict", tt.name, err)
		}
	}
	for _, c := range []Condition{"", "sometimes"} {
		if _, err := s.Put(t.Context(), "lease", nil, c); err == nil || errors.Is(err, ErrConflict) {
			t.Errorf("Put(%q) = %v, want that it is no condition", c, err)
		}
	}
	content, version := get(t, s, "lease")
	if diff := cmp.Diff([]string{"third", third}, []string{content, version}); diff != "" {
		t.Errorf("Get() mismatch (-want +got):\n%s", diff)
	}
	if _, _, err := s.Get(t.Context(), "other"); !errors.Is(err, ErrNotExist) {
		t.Errorf("Get() of what was refused = %v, want ErrNotExist", err)
	}
}

func testMissing(t *testing.T, location string) {
	s := open(t, location)
	put(t, s, "a/b/c", "", Always)
	for _, key := range []string{"x", "a", "a/b", "a/x", "a/b/c/d", "a/b/cc", "a/b/C/d"} {
		if _, _, err := s.Get(t.Context(), key); !errors.Is(err, ErrNotExist) {
			t.Errorf("Get(%q) = %v, want ErrNotExist", key, err)
		}
	}
}

func testList(t *testing.T, location string) {
	s := open(t, location)
	if b, ok := s.(*Bucket); ok {
		b.page = 3
	}
	list := func(prefix string) []string {
		t.Helper()
		keys, err := s.List(t.Context(), prefix)
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}
	if keys := list(""); len(keys) > 0 {
		t.Errorf("List() of an empty store = %q", keys)
	}
	for _, key := range []string{"b/2", "b/10", "a.json", "b/1", "b-/1", "b/c/d/e", "bc", "z/1", "z/2", "z/3", "z/4"} {
		put(t, s, key, key, IfAbsent)
		_, version := get(t, s, key)
		put(t, s, key, "again "+key, IfVersion(version))
	}
	tests := []struct {
		prefix string
		want   []string
	}{
		{"", []string{"a.json", "b-/1", "b/1", "b/10", "b/2", "b/c/d/e", "bc", "z/1", "z/2", "z/3", "z/4"}},
		{"b", []string{"b-/1", "b/1", "b/10", "b/2", "b/c/d/e", "bc"}},
		{"b/", []string{"b/1", "b/10", "b/2", "b/c/d/e"}},
		{"b/1", []string{"b/1", "b/10"}},
		{"b/c/", []string{"b/c/d/e"}},
		{"b/c/d/e", []string{"b/c/d/e"}},
		{"z/", []string{"z/1", "z/2", "z/3", "z/4"}},
		{"a.json/", nil},
		{"x", nil},
		{"x/y/", nil},
		{"wxkeep", nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, list(tt.prefix), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("List(%q) mismatch (-want +got):\n%s", tt.prefix, diff)
		}
	}
	if keys, err := s.List(t.Context(), "../"); err == nil {
		t.Errorf("List(../) = %q, want an error", keys)
	}
}

func testLarge(t *testing.T, location string) {
	s := open(t, location)
	data := make([]byte, 11<<20)
	_, _ = rand.Read(data)
	version, err := s.Put(t.Context(), "blobs/large", data, IfAbsent)
	if err != nil {
		t.Fatal(err)
	}
	got, gotVersion, err := s.Get(t.Context(), "blobs/large")
	if err != nil || !bytes.Equal(got, data) || gotVersion != version {
		t.Errorf("Get() = %d bytes, version %q, %v; want %d, %q", len(got), gotVersion, err, len(data), version)
	}
	put(t, s, "blobs/large", "small now", IfVersion(version))
}

func testBadKeys(t *testing.T, location string) {
	s := open(t, location)
	bad := []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", ".tmp/x", ".lock", ".probe", "a/.b",
		"a b", "a\x00", "ä", "a\\b", "a~1", "a%2e", "a:b", "wxkeep",
		string(bytes.Repeat([]byte("x"), maxSegment+1)), string(bytes.Repeat([]byte("x/"), maxKey/2)) + "x",
	}
	for _, key := range bad {
		if _, err := s.Put(t.Context(), key, nil, Always); err == nil || errors.Is(err, ErrConflict) {
			t.Errorf("Put(%q) = %v, want that the key is refused", key, err)
		}
		if _, _, err := s.Get(t.Context(), key); err == nil || errors.Is(err, ErrNotExist) {
			t.Errorf("Get(%q) = %v, want that the key is refused", key, err)
		}
	}
}

const racers = 12

// race lets many writers put one key at once, each from a store of its own,
// and checks that one has won.
func race(t *testing.T, location, key string, c Condition, content func(i int) string) {
	t.Helper()
	var won, lost []int
	var mu sync.Mutex
	var group errgroup.Group
	start := make(chan struct{})
	for i := range racers {
		s := open(t, location)
		group.Go(func() error {
			<-start
			_, err := s.Put(t.Context(), key, []byte(content(i)), c)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won = append(won, i)
			case errors.Is(err, ErrConflict):
				lost = append(lost, i)
			default:
				return err
			}
			return nil
		})
	}
	close(start)
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if len(won) != 1 || len(lost) != racers-1 {
		t.Fatalf("%d have won and %d lost, want 1 and %d", len(won), len(lost), racers-1)
	}
	if got, _ := get(t, open(t, location), key); got != content(won[0]) {
		t.Errorf("the object is %q, want what the winner %d wrote", got, won[0])
	}
}

func testCreateRace(t *testing.T, location string) {
	for round := range 4 {
		race(t, location, fmt.Sprintf("lease-%d", round), IfAbsent, strconv.Itoa)
		race(t, location, fmt.Sprintf("same-%d", round), IfAbsent, func(int) string { return "all write the same" })
	}
}

func testReplaceRace(t *testing.T, location string) {
	s := open(t, location)
	version := put(t, s, "lease", "nobody's", Always)
	for round := range 6 {
		race(t, location, "lease", IfVersion(version), func(i int) string { return fmt.Sprintf("%d in round %d", i, round) })
		_, version = get(t, s, "lease")
	}
	race(t, location, "lease", IfVersion(version), func(int) string { return "all write the same" })
}

func testCounter(t *testing.T, location string) {
	const writers, each = 4, 10
	put(t, open(t, location), "counter", "0", IfAbsent)
	var group errgroup.Group
	for range writers {
		s := open(t, location)
		group.Go(func() error {
			for range each {
				if err := increment(t.Context(), s); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if got, _ := get(t, open(t, location), "counter"); got != strconv.Itoa(writers*each) {
		t.Errorf("the counter is %s, want %d", got, writers*each)
	}
}

func increment(ctx context.Context, s Store) error {
	for {
		data, version, err := s.Get(ctx, "counter")
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(string(data))
		if err != nil {
			return err
		}
		_, err = s.Put(ctx, "counter", []byte(strconv.Itoa(n+1)), IfVersion(version))
		if !errors.Is(err, ErrConflict) {
			return err
		}
	}
}

func testModel(t *testing.T, location string) {
	s := open(t, location)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		dir := fmt.Sprintf("run%d/", n) // nothing can be deleted, so each check has its own
		model := map[string]string{}
		keys := rapid.SampledFrom([]string{dir + "a", dir + "b", dir + "c/d"})
		for step := range rapid.IntRange(1, 6).Draw(rt, "steps") {
			key := keys.Draw(rt, "key")
			old, there := model[key]
			content := fmt.Sprintf("%d %s", step, rapid.StringN(0, 40, 40).Draw(rt, "content"))
			c := rapid.SampledFrom([]Condition{Always, IfAbsent, IfVersion("1"), "current"}).Draw(rt, "condition")
			want := c == Always || (c == IfAbsent && !there) || (c == "current" && there)
			data, version, err := s.Get(t.Context(), key)
			if there != (err == nil) || string(data) != old {
				rt.Fatalf("Get(%q) = %q, %v; want %q", key, data, err, old)
			}
			if c == IfVersion("1") && version == "1" {
				continue // generations count so
			}
			if c == "current" {
				c = IfVersion(version)
				if !there {
					c = IfVersion("77")
				}
			}
			_, err = s.Put(t.Context(), key, []byte(content), c)
			if want != (err == nil) || (!want && !errors.Is(err, ErrConflict)) {
				rt.Fatalf("Put(%q, %q) = %v, want success: %t", key, c, err, want)
			}
			if want {
				model[key] = content
			}
		}
	})
}

func testCancelled(t *testing.T, location string) {
	s := open(t, location)
	put(t, s, "a", "", Always)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, errGet := s.Get(ctx, "a")
	_, errPut := s.Put(ctx, "a", nil, Always)
	_, errList := s.List(ctx, "")
	for _, err := range []error{errGet, errPut, errList} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
	}
}
