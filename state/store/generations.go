package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/minio/minio-go/v7"
)

// [generations] are how objects are replaced where a store can only protect
// them from being replaced. The first one, number 0, has the key for its name;
// the others are key~1, key~2 and so on. Each is put only once, by whoever is
// first, and the highest number is the object.
//
// Removing old ones makes room for a late writer to put a number that has been
// used. It cannot mislead readers, who take the highest, but it must not be
// told that it won. So a writer looks at the others after its put: a number
// is only ever removed when there is one higher by generationsKept.
type generations []int

// generationsKept is how many generations before the latest one stay. The very
// first one stays as well, so that IfAbsent needs no second look.
const generationsKept = 32

const generationMark = "~"

func generationName(key string, n int) string {
	if n == 0 {
		return key
	}
	return key + generationMark + strconv.Itoa(n)
}

// splitGeneration returns the key and the number of a name in the bucket.
func splitGeneration(name string) (key string, n int) {
	key, number, found := strings.Cut(name, generationMark)
	if !found {
		return name, 0
	}
	n, err := strconv.Atoi(number)
	if err != nil || generationName(key, n) != name {
		return name, 0 // nobody's name
	}
	return key, n
}

// generations lists those of a key.
func (b *Bucket) generations(ctx context.Context, key string) (generations, error) {
	names, err := b.names(ctx, key)
	if err != nil {
		return nil, err
	}
	var all generations
	for _, name := range names {
		if of, n := splitGeneration(name); of == key {
			all = append(all, n)
		}
	}
	return all, nil
}

// latest returns -1 for none.
func (g generations) latest() int {
	latest := -1
	for _, n := range g {
		latest = max(latest, n)
	}
	return latest
}

// latest reads the latest generation.
func (b *Bucket) latest(ctx context.Context, key string) (object, error) {
	for range attempts {
		all, err := b.generations(ctx, key)
		if err != nil {
			return object{}, err
		}
		n := all.latest()
		if n < 0 {
			return object{}, ErrNotExist
		}
		o, err := b.get(ctx, generationName(key, n))
		if errors.Is(err, ErrNotExist) {
			continue // replaced so often since then that it is gone
		}
		o.version = strconv.Itoa(n)
		return o, err
	}
	return object{}, errors.New("it changes faster than it can be read: try again")
}

// putGeneration is put for stores with a forbidding header.
func (b *Bucket) putGeneration(ctx context.Context, key string, data []byte, c Condition) (string, error) {
	version, isVersion := c.version()
	switch {
	case c == IfAbsent:
		_, err := b.create(ctx, key, data)
		return "0", err
	case c == Always:
		return b.putNext(ctx, key, data)
	case isVersion:
		n, err := strconv.Atoi(version)
		if err != nil || n < 0 {
			return "", ErrConflict
		}
		all, err := b.generations(ctx, key)
		if err != nil {
			return "", err
		}
		if all.latest() != n {
			return "", ErrConflict
		}
		return b.putNumber(ctx, key, data, n+1)
	}
	return "", fmt.Errorf("%q is no condition", c)
}

// putNext puts the generation after the latest one, whichever that is.
func (b *Bucket) putNext(ctx context.Context, key string, data []byte) (string, error) {
	for {
		all, err := b.generations(ctx, key)
		if err != nil {
			return "", err
		}
		version, err := b.putNumber(ctx, key, data, all.latest()+1)
		if !errors.Is(err, ErrConflict) {
			return version, err
		}
	}
}

// putNumber puts one generation, and afterwards makes sure that it was the
// first to have that number.
func (b *Bucket) putNumber(ctx context.Context, key string, data []byte, n int) (string, error) {
	if _, err := b.create(ctx, generationName(key, n), data); err != nil {
		return "", err
	}
	all, err := b.generations(ctx, key)
	switch {
	case err != nil:
		return "", err
	case n > 0 && all.latest() >= n+generationsKept:
		return "", ErrConflict
	}
	b.removeBefore(ctx, key, all, all.latest()-generationsKept)
	return strconv.Itoa(n), nil
}

// removeBefore removes the generations up to a number, but for the first. That
// it fails, perhaps for want of permission, harms nobody: they take up room.
func (b *Bucket) removeBefore(ctx context.Context, key string, all generations, last int) {
	for _, n := range all {
		if 0 < n && n <= last {
			_ = b.client.RemoveObject(ctx, b.at.bucket, b.at.prefix+generationName(key, n), minio.RemoveObjectOptions{})
		}
	}
}
