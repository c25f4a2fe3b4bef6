package store

import "errors"

// The conditions that a caller acts on. Test for them with errors.Is; the
// error itself names the place, the key and what to do.
var (
	// ErrNotExist: there is no object of that key.
	ErrNotExist = errors.New("no such object")
	// ErrConflict: the condition of a Put did not hold. The object is there
	// already, or has another version. Nothing was written.
	ErrConflict = errors.New("somebody else wrote it first")
	// ErrCredential: a bucket's credentials are missing, or refused.
	ErrCredential = errors.New("credentials of the bucket")
)
