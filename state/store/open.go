package store

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// A Store is a [Directory] or a [Bucket]. The package comment says what its
// methods guarantee. They may be called by several goroutines at once.
//
// A key is segments of [A-Za-z0-9._-] joined by slashes, none of which begins
// with a dot. No key may be a directory of another (a and a/b).
type Store interface {
	// Get returns an object and its version, or ErrNotExist.
	Get(ctx context.Context, key string) (data []byte, version string, err error)
	// Put writes an object on a condition, and returns its version, or
	// ErrConflict.
	Put(ctx context.Context, key string, data []byte, c Condition) (version string, err error)
	// List returns the keys that begin with prefix, at any depth, sorted. None
	// is no error.
	List(ctx context.Context, prefix string) ([]string, error)
	// String is the store's location for messages. It holds no credential.
	String() string
}

// Options says how to open a store.
type Options struct {
	// Init makes the marker in an empty bucket. A directory needs no leave.
	Init bool
	// RootCAs is whom to trust when a bucket's server has a certificate of a
	// private authority; nil for the system's own.
	RootCAs *x509.CertPool
}

// Open opens the store at a location: a path or file:// for a [Directory],
//
//	s3://bucket/prefix?endpoint=…&region=…&path-style=…&forbid-overwrite-header=…
//
// for a [Bucket]. All parameters are optional:
//
//   - endpoint: a host with or without a port, or a URL; Amazon S3 unless given.
//     It is spoken to over TLS; plain http only on loopback.
//   - region: else AWS_REGION, else AWS_DEFAULT_REGION, else the server is asked.
//   - path-style: true or false, whether the bucket stands in the path instead of
//     the host name; else what the endpoint is known to need.
//   - forbid-overwrite-header: for stores that do not know If-None-Match and
//     If-Match; see the package comment.
//
// Credentials never stand in a location. They come from AWS_ACCESS_KEY_ID,
// AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, else from MINIO_ROOT_USER and
// MINIO_ROOT_PASSWORD, else from ~/.aws/credentials (AWS_PROFILE), else from
// the role of the machine, container or workload.
func Open(ctx context.Context, location string, opt Options) (Store, error) {
	scheme, rest, isURL := strings.Cut(location, "://")
	switch {
	case location == "":
		return nil, errors.New("no state location: write a directory or s3://bucket/prefix")
	case !isURL:
		return openDirectory(location)
	case scheme == "file":
		path, err := filePath(rest)
		if err != nil {
			return nil, err
		}
		return openDirectory(path)
	case scheme == "s3":
		return openBucket(ctx, location, opt)
	}
	return nil, fmt.Errorf("state location: scheme %q is not known: write a directory or s3://bucket/prefix", scheme)
}

// filePath returns the path of what follows file://.
func filePath(rest string) (string, error) {
	rest = strings.TrimPrefix(rest, "localhost")
	path, err := url.PathUnescape(rest)
	if err != nil || !strings.HasPrefix(path, "/") || strings.ContainsAny(rest, "?#") {
		return "", errors.New("state location: file:// takes an absolute path, as in file:///var/lib/wxkeep")
	}
	return path, nil
}
