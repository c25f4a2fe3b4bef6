package store

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/minio/minio-go/v7"
)

// probeKey is the object on which the store is tried. Its content never
// changes.
const probeKey = ".probe"

var probeContent = []byte("wxkeep asks here whether conditional puts work\n")

const (
	noETag     = "00000000000000000000000000000000"
	otherStore = "use another store, or name this one's own header, as in ?forbid-overwrite-header=x-oss-forbid-overwrite"
)

// errIgnores: two runs could both hold the lease in such a bucket.
var errIgnores = errors.New("the store does not keep conditions: it replaced an object in spite of")

// prove sees to it, once, that the store answers "no" where a condition does
// not hold. Until then nothing is put.
func (b *Bucket) prove(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.proven {
		return nil
	}
	err := b.proveCreate(ctx)
	if err == nil && b.at.forbidOverwrite == "" {
		err = b.proveMatch(ctx)
	}
	b.proven = err == nil
	return err
}

// proveCreate puts the probe where it is already. The first time ever it is
// not: then that put makes it, and the second one tells.
func (b *Bucket) proveCreate(ctx context.Context) error {
	for range 2 {
		refused, err := b.isRefusedProbe(b.forbidding(ctx), b.ifNoneMatch)
		if refused || err != nil {
			return err
		}
	}
	if b.at.forbidOverwrite != "" {
		return fmt.Errorf("%w %s: use a bucket whose versioning is off, or another store", errIgnores, b.at.forbidOverwrite)
	}
	return fmt.Errorf("%w If-None-Match: %s", errIgnores, otherStore)
}

// proveMatch replaces the probe on the condition of a version that it does not
// have.
func (b *Bucket) proveMatch(ctx context.Context) error {
	refused, err := b.isRefusedProbe(ctx, func(o *minio.PutObjectOptions) { o.SetMatchETag(noETag) })
	if refused || err != nil {
		return err
	}
	return fmt.Errorf("%w If-Match: %s", errIgnores, otherStore)
}

// isRefusedProbe puts the probe on a condition and reports whether the store
// refused it because of that.
func (b *Bucket) isRefusedProbe(ctx context.Context, condition func(*minio.PutObjectOptions)) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	etag, err := b.request(ctx, probeKey, probeContent, "probe", condition)
	switch {
	case isRefused(err):
		return true, nil
	case isCode(err, http.StatusNotImplemented, ""):
		return false, fmt.Errorf("the store has no conditional puts (%w): %s", b.refusal(err), otherStore)
	case err == nil && etag == "":
		return false, errors.New("the store gives no ETag, so nothing could be replaced safely: use another store")
	}
	return false, b.refusal(err)
}
