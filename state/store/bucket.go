package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"
)

const (
	// opTimeout bounds one Get, Put or page of List, retries and all.
	opTimeout = 5 * time.Minute
	// answerTimeout bounds the wait for an answer once a request is sent.
	answerTimeout = 30 * time.Second
	// attempts is how often a request is made when the server is busy or away.
	attempts = 5
)

// A Bucket is a store in an S3-compatible bucket, under a prefix.
//
// A version is the object's ETag, or, with a forbid-overwrite-header, the
// number of its generation.
type Bucket struct {
	client minio.Core
	at     location
	page   int // how many keys to list at once; 0 for as many as the server gives

	mu     sync.Mutex
	proven bool // whether the store is known to keep conditions
}

func openBucket(ctx context.Context, raw string, opt Options) (*Bucket, error) {
	at, err := parseLocation(raw)
	if err != nil {
		return nil, fmt.Errorf("state location: %w", err)
	}
	b := &Bucket{at: *at}
	if err := b.connect(ctx, opt); err != nil {
		return nil, fmt.Errorf("%s: %w", b, err)
	}
	if err := b.checkMarker(ctx, opt.Init); err != nil {
		return nil, fmt.Errorf("%s: %w", b, err)
	}
	return b, nil
}

func (b *Bucket) connect(ctx context.Context, opt Options) error {
	chain := credentialChain()
	if err := checkCredentials(ctx, chain); err != nil {
		return err
	}
	transport, err := minio.DefaultTransport(b.at.secure)
	if err != nil {
		return err
	}
	transport.ResponseHeaderTimeout = answerTimeout
	if opt.RootCAs != nil && b.at.secure {
		transport.TLSClientConfig.RootCAs = opt.RootCAs
	}
	client, err := minio.New(b.at.host, &minio.Options{
		Creds:        chain,
		Secure:       b.at.secure,
		Region:       b.at.region,
		BucketLookup: b.at.lookup,
		Transport:    headers{next: transport, forbid: b.at.forbidOverwrite},
		MaxRetries:   attempts,
	})
	b.client = minio.Core{Client: client}
	return err
}

// checkMarker refuses what is not a ledger of ours. An empty place becomes one
// if that was asked for.
func (b *Bucket) checkMarker(ctx context.Context, init bool) error {
	want := marker{Generations: b.at.forbidOverwrite != ""}
	o, err := b.get(ctx, markerKey)
	if err == nil {
		return want.check(o.content)
	}
	if !errors.Is(err, ErrNotExist) {
		return err
	}
	names, err := b.names(ctx, "")
	switch {
	case err != nil:
		return err
	case slices.Contains(names, markerKey): // another process made it just now, or one that was killed
		if o, err = b.get(ctx, markerKey); err != nil {
			return err
		}
		return want.check(o.content)
	case slices.ContainsFunc(names, func(name string) bool { return name != probeKey }):
		return errNoMarker
	case !init:
		return errors.New("there is no ledger yet: check the name, and run once with --init-state to begin one")
	}
	if err := b.prove(ctx); err != nil {
		return err
	}
	_, err = b.create(ctx, markerKey, want.encode())
	if errors.Is(err, ErrConflict) { // another process began it
		return b.checkMarker(ctx, false)
	}
	return err
}

// String returns s3://bucket/prefix.
func (b *Bucket) String() string {
	return strings.TrimSuffix("s3://"+b.at.bucket+"/"+b.at.prefix, "/")
}

// Get returns an object and its version, or ErrNotExist.
func (b *Bucket) Get(ctx context.Context, key string) ([]byte, string, error) {
	if err := checkKey(key); err != nil {
		return nil, "", fmt.Errorf("%s: get: %w", b, err)
	}
	get := b.get
	if b.at.forbidOverwrite != "" {
		get = b.latest
	}
	o, err := get(ctx, key)
	if err != nil {
		return nil, "", fmt.Errorf("%s: get %q: %w", b, key, err)
	}
	return o.content, o.version, nil
}

// Put writes an object on a condition, and returns its version, or
// ErrConflict.
func (b *Bucket) Put(ctx context.Context, key string, data []byte, c Condition) (string, error) {
	if err := checkKey(key); err != nil {
		return "", fmt.Errorf("%s: put: %w", b, err)
	}
	if err := b.prove(ctx); err != nil {
		return "", fmt.Errorf("%s: %w", b, err)
	}
	put := b.put
	if b.at.forbidOverwrite != "" {
		put = b.putGeneration
	}
	version, err := put(ctx, key, data, c)
	if err != nil {
		return "", fmt.Errorf("%s: put %q: %w", b, key, err)
	}
	return version, nil
}

// List returns the keys that begin with prefix, sorted.
func (b *Bucket) List(ctx context.Context, prefix string) ([]string, error) {
	if err := checkPrefix(prefix); err != nil {
		return nil, fmt.Errorf("%s: list: %w", b, err)
	}
	names, err := b.names(ctx, prefix)
	if err != nil {
		return nil, fmt.Errorf("%s: list %q: %w", b, prefix, err)
	}
	for i, name := range names {
		names[i], _ = splitGeneration(name)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return slices.DeleteFunc(names, func(key string) bool { return checkKey(key) != nil }), nil
}

// names lists the names under the prefix, as they stand in the bucket.
func (b *Bucket) names(ctx context.Context, prefix string) ([]string, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	idle := time.AfterFunc(opTimeout, func() { cancel(context.DeadlineExceeded) })
	defer idle.Stop()
	var names []string
	for o := range b.client.ListObjectsIter(ctx, b.at.bucket, minio.ListObjectsOptions{
		Prefix:    b.at.prefix + prefix,
		Recursive: true,
		MaxKeys:   b.page,
	}) {
		if o.Err != nil {
			return nil, b.refusal(cmp.Or(context.Cause(ctx), o.Err))
		}
		idle.Reset(opTimeout)
		names = append(names, strings.TrimPrefix(o.Key, b.at.prefix))
	}
	return names, b.refusal(context.Cause(ctx))
}

// An object is what a name in the bucket stands for.
type object struct {
	content []byte
	version string
	writer  string // the nonce of the Put that wrote it
}

// errCut: an answer ended before its time.
var errCut = errors.New("the answer was cut off")

// get reads an object, again when its body is cut off.
func (b *Bucket) get(ctx context.Context, name string) (o object, err error) {
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	for range attempts {
		o, err = b.getOnce(ctx, name)
		if !errors.Is(err, errCut) || ctx.Err() != nil {
			break
		}
	}
	if isCode(err, http.StatusNotFound, minio.NoSuchKey) {
		return o, ErrNotExist
	}
	return o, b.refusal(err)
}

func (b *Bucket) getOnce(ctx context.Context, name string) (object, error) {
	body, info, _, err := b.client.GetObject(ctx, b.at.bucket, b.at.prefix+name, minio.GetObjectOptions{})
	if err != nil {
		return object{}, err
	}
	content, err := io.ReadAll(body)
	if err := errors.Join(err, body.Close()); err != nil {
		return object{}, errors.Join(errCut, err)
	}
	return object{content: content, version: info.ETag, writer: info.UserMetadata[writerField]}, nil
}
