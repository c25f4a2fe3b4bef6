package plan

// A Status is the exit status of a run, or of one account of it. Scripts rely
// on the numbers.
type Status int

// The exit statuses.
const (
	Done         Status = 0   // done, or nothing to do
	Error        Status = 1   // a bad manifest or flag, a server never reached, a wrong name typed, no terminal to ask on
	HasDeletions Status = 2   // plan --detailed-exitcode: there are deletions
	Incomplete   Status = 3   // finished, but some items failed or are unknown
	Foreign      Status = 10  // wrong account
	Locked       Status = 11  // another run holds the lease
	Denied       Status = 12  // credentials refused, or a secret that cannot be had
	GuardBlocked Status = 13  // blocked by another guard
	Stale        Status = 14  // plan stale, expired, used up or altered
	Unseen       Status = 15  // listing or references incomplete
	QuotaUsed    Status = 16  // quota used up, the rest deferred
	Interrupted  Status = 130 // interrupted
)

// severity is the order in which statuses win when several apply.
var severity = []Status{Interrupted, Foreign, Denied, Error, Stale, Unseen, GuardBlocked, Locked, Incomplete, QuotaUsed, HasDeletions, Done}

// Worst returns the one of a and b that decides the exit status.
func Worst(a, b Status) Status {
	for _, s := range severity {
		if a == s || b == s {
			return s
		}
	}
	return Error
}
