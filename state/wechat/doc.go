// Package wechat is the HTTP API of WeChat Official Accounts, as far as wxkeep
// needs it: permanent material, the places that use it, and the tokens with which
// an account, or a third-party platform for it, may call.
//
// # Clients
//
// A [Client] is the connection of one account. By itself it can do nothing:
// what may be done depends on what is made of it. A [Reader] has no method that
// changes anything. A [Deleter] can do nothing but delete, and only ids of the
// set it was made with; see [NewDeleter]. An [Uploader] can do nothing but add.
//
// # Tokens
//
// A [TokenSource] gives a client its tokens. One fetch serves all that want one,
// and what was refused is fetched again once. An account's own are of
// [NewStableToken], or somebody else's: [NewAccessToken]. A third-party platform is
// a [Component], with a source of its own tokens, that is asked for a source for
// each account: [Component.Authorizer]. A refresh token that WeChat renews is the
// only thing here that can be lost: whoever keeps it is told before the access
// token that came with it is used, even after an interruption, and it is never
// used when it could not be kept.
//
// # The cloud call
//
// With [CloudRun] a call comes from a container of 微信云托管. Without a token it goes
// over plain http to [CloudEndpoint], where the open-interface service
// (开放接口服务) adds one; with a [CloudToken] it goes by https. Paths that cannot be
// called that way ([Way.Callable]) are refused without a call, and the places
// behind them are unknown.
//
// # Places
//
// [Menu], [AutoReply], [Drafts] and [Published] each search one place for uses
// of material, as [state.Searcher]: in full or with an error, for unknown is not
// empty. Legacy news is searched in the pass that lists it; see [Reader.Page].
// Drafts and publications that an earlier run read are looked at by their ends, and
// read wholly when these are not as they were, or when the caller wants to delete;
// package state says what that proves.
//
// Menus and automatic replies hide images, voices and videos made on the
// website behind copies and addresses made for the answer. Each copy is fetched
// once for its SHA-256, by which an operator can say what it is: a
// [state.Shown]. What of a video's address is hashed is in videoName.
//
// # Repetition
//
// A call is repeated here and nowhere above. How often depends on the cause:
//
//   - busy (-1, -1000, HTTP 429 and 5xx, a cut or unreadable answer, a timeout,
//     a failed connection): 5 tries in all, with exponential back-off;
//   - 45011, the limit a minute: after a minute, up to 30 times;
//   - a refused token (40001, 40014, 42001; of a platform's own also 42006, 61005,
//     61006): once, with a renewed token;
//   - everything else, redirects among it: never.
//
// With several endpoints, a call that got no connection goes to the next one at
// once; a try is then one at each. The calls after it begin with the one that
// worked. A call that ever got a connection is not sent elsewhere.
//
// A deletion may be repeated safely, but when an answer was lost the repetition
// may say 40007; [Deleter.Delete] reports that.
//
// # Errors
//
// An error is an [*Error], when WeChat sent an errcode, or a [*Failure], when
// there was no readable answer. Both are one of the conditions of package state
// (errors.Is), carry a sentence for people, and never contain a query string,
// a token or a secret, even where the server echoes one.
//
// # Decoding
//
// Answers are read by a scanner of our own (scan.go). A page of 20 news items
// may hold 160 MB of article HTML of which a few short fields and image URLs are
// wanted. encoding/json holds the whole answer and each string at once and
// refuses raw control characters, of which real answers are not free. The
// scanner skips a string at the speed of a byte search, in 32 KiB of memory, and is tolerant
// about what strings hold (\/, control characters, invalid UTF-8, numbers as
// strings, unknown fields) but strict about structure, so that an answer cut
// anywhere is never taken for a whole one. A page of images takes it a third of
// the time and a fifth of the memory that encoding/json needs, and a page of 1.4 MB
// of news 10 KB in place of 6.6 MB (BenchmarkPage, BenchmarkPageByEncodingJSON);
// jsontext holds each string whole, too. HTML goes by in pieces of at most that
// size, decoded, through a [material.URLFinder].
package wechat
