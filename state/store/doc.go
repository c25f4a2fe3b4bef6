// Package store is where a ledger lives: a directory or an S3-compatible
// bucket. It keeps small objects under keys and knows nothing of what is in
// them.
//
// # Guarantees
//
// Both stores give the same ones, and one test suite holds them to it:
//
//   - An object is visible whole or not at all, whatever happens to the writer:
//     killed, out of space, cut off. A [Directory] writes to a temporary file,
//     syncs it, renames it and syncs the directory; a [Bucket] puts in one
//     request.
//   - A Put that has returned without an error is durable, and every Get and
//     List that begins after it sees it.
//   - Of several writers that put on the condition [IfAbsent], or [IfVersion]
//     with the same version, exactly one wins; the others get [ErrConflict],
//     and nothing of theirs is ever visible.
//   - A Put that returns another error than [ErrConflict] may have happened or
//     not. Get tells.
//   - Nothing is ever deleted. An object is put once, or replaced.
//
// Versions are opaque. They tell contents apart, not writes: an object that is
// changed and changed back may have its old version again. Where that matters
// (a lease), something in the content should be unique.
//
// # The marker
//
// A ledger begins with an object named wxkeep that holds the version of the
// format: {"wxkeep_ledger": 1}. A place that holds other things and no marker
// is refused, so is a ledger of another version, and an empty bucket too unless
// [Options] says Init: a mistyped name must not start a second, empty ledger,
// since that would know of nothing that is in use. Opening a store only reads.
// The first Put makes a directory and its marker.
//
// # Conditions in a bucket
//
// They are the headers If-None-Match and If-Match of S3. A store that does not
// know them might ignore them, and two runs would both hold the lease; so the
// first Put of a process proves, on an object named .probe, that the store
// answers 412, and otherwise refuses the bucket.
//
// Aliyun OSS and Tencent COS do not know them, but have a header of their own
// that protects an object from being replaced. A location may name it
// (?forbid-overwrite-header=x-oss-forbid-overwrite, or
// x-cos-forbid-overwrite); it is proven likewise, and is enough to build the
// rest on: to replace an object is then to put its next generation, key~1,
// key~2 and so on, each of which can be put only once. The latest one is the
// object; the [generations] before it are removed when there are many, which is
// the one use of the permission to delete. Bucket versioning must be off there,
// for it makes those stores ignore the header.
package store
