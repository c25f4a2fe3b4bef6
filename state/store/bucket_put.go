package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"
)

// writerField is the object metadata that tells who wrote an object, in the
// spelling in which it is read back.
const writerField = "Wxkeep-Writer"

// put writes an object where the store knows If-None-Match and If-Match.
func (b *Bucket) put(ctx context.Context, key string, data []byte, c Condition) (string, error) {
	version, isVersion := c.version()
	switch {
	case c == IfAbsent:
		return b.create(ctx, key, data)
	case c == Always:
		return b.send(ctx, key, data, func(*minio.PutObjectOptions) {})
	case isVersion && version != "":
		return b.send(ctx, key, data, func(o *minio.PutObjectOptions) { o.SetMatchETag(version) })
	}
	return "", fmt.Errorf("%q is no condition", c)
}

// create writes an object where none is, by either header.
func (b *Bucket) create(ctx context.Context, name string, data []byte) (string, error) {
	return b.send(b.forbidding(ctx), name, data, b.ifNoneMatch)
}

// forbidding makes the requests of a context carry the store's own header.
func (b *Bucket) forbidding(ctx context.Context) context.Context {
	return context.WithValue(ctx, forbidKey{}, true)
}

// ifNoneMatch is the condition of create where the store has no header of its
// own.
func (b *Bucket) ifNoneMatch(o *minio.PutObjectOptions) {
	if b.at.forbidOverwrite == "" {
		o.SetMatchETagExcept("*")
	}
}

// send puts an object on a condition.
//
// The library asks again when an answer is lost, and a proxy may too: then the
// second request is refused because of the first. So a refusal is settled by
// looking who wrote what is there.
func (b *Bucket) send(ctx context.Context, name string, data []byte, condition func(*minio.PutObjectOptions)) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	writer := rand.Text()
	version, err := b.request(ctx, name, data, writer, condition)
	if isRefused(err) {
		return b.settle(ctx, name, data, writer)
	}
	return version, b.refusal(err)
}

// request puts an object in one request, for conditions do not hold over
// several, and returns the error of the library.
func (b *Bucket) request(ctx context.Context, name string, data []byte, writer string, condition func(*minio.PutObjectOptions)) (string, error) {
	opt := minio.PutObjectOptions{
		ContentType:          "application/octet-stream",
		DisableMultipart:     true,
		SendContentMd5:       true, // the store refuses what was damaged on the way
		DisableContentSha256: true, // which TLS does already; the other way is a chunked body that not every store reads
		UserMetadata:         map[string]string{writerField: writer},
	}
	condition(&opt)
	for attempt := 0; ; attempt++ {
		info, err := b.client.Client.PutObject(ctx, b.at.bucket, b.at.prefix+name, bytes.NewReader(data), int64(len(data)), opt)
		if !isBusy(err) || attempt == attempts {
			return info.ETag, err
		}
		select {
		case <-time.After(100 * time.Millisecond << attempt):
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// settle returns the version of what is there if it is this writer's, else
// ErrConflict. A store that keeps no metadata is believed if the content is
// the same.
func (b *Bucket) settle(ctx context.Context, name string, data []byte, writer string) (string, error) {
	o, err := b.get(ctx, name)
	switch {
	case errors.Is(err, ErrNotExist):
		return "", ErrConflict
	case err != nil:
		return "", err
	case o.writer == writer, o.writer == "" && bytes.Equal(o.content, data):
		return o.version, nil
	}
	return "", ErrConflict
}

// isRefused reports whether the store said that a condition does not hold. An
// If-Match for an object that is not there is answered with 404.
func isRefused(err error) bool {
	return isCode(err, http.StatusPreconditionFailed, "") ||
		isCode(err, http.StatusNotFound, minio.NoSuchKey) ||
		isCode(err, http.StatusConflict, "FileAlreadyExists") || // OSS
		isCode(err, http.StatusConflict, "ObjectAlreadyExists") // COS
}

// isBusy reports whether the store could not decide, because another write of
// the same object was under way.
func isBusy(err error) bool {
	return isCode(err, http.StatusConflict, "ConditionalRequestConflict") ||
		isCode(err, http.StatusConflict, "OperationAborted")
}

// isCode reports whether err is an answer of that status and, unless it is
// empty, that code.
func isCode(err error, status int, code string) bool {
	var answer minio.ErrorResponse
	return errors.As(err, &answer) && answer.StatusCode == status && (code == "" || answer.Code == code)
}
