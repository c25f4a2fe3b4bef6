package state

import "errors"

// The conditions of the outside world. An error that a client returns is one
// of these (errors.Is) and carries a sentence for people.
//
// Source: the table of wechat-api.md section 7.
var (
	// ErrBusy: the server could not answer now (-1, 5xx, a cut connection, a
	// timeout) and was asked several times. Whether the call had an effect is
	// not known.
	ErrBusy = errors.New("server busy")
	// ErrUnreachable: no answer ever came from the server (name resolution,
	// refused connection, TLS). The call had no effect.
	ErrUnreachable = errors.New("server not reached")
	// ErrCredential: WeChat refuses the token, the secret, the caller's IP
	// address or the authorisation, or a secret cannot be had. Stop the
	// account.
	ErrCredential = errors.New("credentials refused")
	// ErrNotGranted: the interface is not granted to this account or banned
	// for it. For a reference it means unknown, for anything else: stop.
	ErrNotGranted = errors.New("interface not granted")
	// ErrQuota: the daily limit is used up (45009). Go on tomorrow.
	ErrQuota = errors.New("daily quota used up")
	// ErrRate: the limit of calls a minute is reached (45011).
	ErrRate = errors.New("too many calls a minute")
	// ErrGone: WeChat does not know this media_id (40007, 46001). It may be
	// gone, foreign, temporary or malformed: only a new listing tells.
	ErrGone = errors.New("media_id not valid")
	// ErrInUse: refused, because an automatic reply or a menu uses the
	// material (48005). Not a failure.
	ErrInUse = errors.New("material in use")
	// ErrProtected: refused, because the material may not be changed (48010).
	// Not a failure.
	ErrProtected = errors.New("material may not be changed")
	// ErrNoMenu: the account has no menu (46003). Not a failure.
	ErrNoMenu = errors.New("no menu")
	// ErrNotApproved: the deleting client refuses, without any call, an id
	// that it was not made to delete. A mistake in wxkeep, never in the world.
	ErrNotApproved = errors.New("deletion not approved")
	// ErrFiles: local files could not be searched: a pattern matches none, or
	// one cannot be read. Unknown, not empty.
	ErrFiles = errors.New("local files not searched")
	// ErrItem: this one call's argument was refused; others may go on.
	ErrItem = errors.New("item refused")
	// ErrStop: anything else, unknown codes and answers that cannot be read
	// among it. Stop deleting.
	ErrStop = errors.New("unexpected answer")
)
