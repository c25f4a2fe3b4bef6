// Package ledger is what was done, remembered: who works on an account now, what
// was about to be done and what became of it, since when each orphan is one,
// where materials were used, and the content of what was deleted.
//
//	Open → Ledger   the memory of one account, on any Store
//	Acquire → Lease one run at a time may change the account
//	Begin → Run     Intent before the calls, Outcome after, End; Save archives
//	History, Verify read the journal
//
// # Guarantees
//
//   - An intent is in the store before Intent returns. After a crash at any
//     instant the next run finds every intent without an outcome in Run.Open, and
//     so does each run after it, until an outcome is written.
//   - Nothing in the journal and nothing archived is ever replaced by other
//     content or removed. An object of the journal names the SHA-256 of the one
//     before, over runs too; the lease names the newest.
//   - An answer that was lost is no error, and no doubt: after every failed write
//     the object is read back. A write that failed and happens later all the same
//     has its place in the chain.
//   - When Save returns nil, the content was read back from the store and compared.
//   - What cannot be read is an error ([Corrupt], which names the object), never
//     empty. Only an object that is not there at all is. Another version of the
//     format is refused, and never overwritten.
//   - Losing the ledger, or any object of it, makes no orphan older than it is: a
//     grace starts again. It does forget uses, refusals, restored ids, the daily
//     count and the archive.
//   - Uses are remembered for ever, over runs at the same time, too.
//
// # The lease
//
// It is one object, written only on the condition that it did not change. Its
// holder renews it every 30 seconds. A holder that finds another's lease, or
// could not renew for 5 minutes (by the wall clock or the monotonic one,
// whichever says more, so that a machine that slept counts), does not hold it any
// more: Held says so, and Intent refuses. An outcome is still written, for it is
// true.
//
// A lease is taken over from a holder that is dead. On the same host, that is the
// same host name, boot and pid namespace (Linux), its process is looked at: gone,
// a zombie, or a pid that began at another time is dead, at once; alive is alive,
// however long it has been silent. Elsewhere a lease is stale when it was not
// renewed for 10 minutes, by the time in it, and then does not change while it is
// watched for 65 seconds, so that a clock that is behind does not kill a live
// holder. A time in it more than 10 minutes ahead says nothing; then it is watched
// for 10 minutes. Two machines made from one snapshot of a running machine look
// like one host; do not run wxkeep on both.
//
// A lease is released by a condition, too, and never removed. One that the crash
// of another host left behind can be released at once by Unlock, by its id.
//
// # The objects
//
// All are under accounts/APPID/. JSON objects are one line with "version": 1;
// unknown fields are ignored, another version is refused. Times are RFC 3339 in
// UTC. SHA-256 is in lower-case hex.
//
// lease:
//
//	id          another one each time it is acquired
//	released    whether nobody holds it
//	account     the account's name
//	holder      host, user, pid, wxkeep (version); boot, pid_namespace, start (of the process, in ticks since boot) on Linux
//	since       when it was acquired
//	renewed     when it was last renewed, or released
//	renewals    how often
//	run         the run it is held for, once that has begun
//	head        run, seq, sha256: the newest object of the journal at the last renewal
//
// journal/RUN/SEQ.json, where RUN is the time of the run's begin, such as
// 20261123T080000.000Z (a millisecond after the last run's, if the clock was set
// back), and SEQ has eight digits and counts from 1. One object a batch, written
// once:
//
//	run, seq    as in the key
//	kind        begin (the first, and no other), intent, outcome, end (the last; a run without one was cut)
//	at          when it was written
//	prev        run, seq, sha256 of the object before; of a begin: of the last run's newest; none in the first of all
//	begin       command, action (delete or upload), plan_digest, changes_digest, manifest_digest, git_commit,
//	            account, appid, holder (as above), lease (its id)
//	items[]     what this batch is about; of an end: all that the run wrote of, as it was in the end
//	  media_id, type, name, update_time, url   as listed
//	  action    delete or upload
//	  sha256    of its content in the archive
//	  outcome   a word of the plan's file, or restored; none in an intent, and in an end when none followed the intent
//	  note      why it is not a success
//	  new       of restored: the id it has now
//	  at        when it was written of
//	  run       the earlier run whose intent this settles
//	open[]      of a begin and an end: the intents of earlier runs that no outcome followed, or of deletions unknown, as items
//	end         status (exit status), verified, messages[]
//
// blobs/SHA256: the bytes of one content, as they are.
//
// archive/ID.json:
//
//	media_id, type, name, update_time, url   as listed when it was archived
//	kind        of the content, such as image/png
//	sha256, size   of the content, which is in blobs
//	extra       what else is known; {"from": "image_url"} of an image whose content came from its listed URL, not from get_material
//	saved, run  when, and by which run
//
// seen.json: saved, the time; orphans, an object of media_id and the time since
// which each is an orphan without a break.
//
// uses.json: uses[], sorted, each with media_id, place, where, first and last,
// the times at which it was first and last seen.
//
// quotas.json: quotas, an object of API path and limit (calls a day), left,
// call_count and refresh_second (the limit in a short time, if it is known), and
// asked, the time at which WeChat said so. They count for that day in UTC+8.
//
// plans/DIGEST.json: a plan file as it is, under the hex digits of its digest.
//
// snapshot: S2, a Snappy stream, and its CRC-32C; in it one line of JSON with
// observed, the time, then the bytes.
//
// pages: what a run read before its quota was used up, as the snapshot is; observed
// is when the last of it was read. Nothing behind the line means that nothing is
// remembered: an apply empties it before its first deletion.
//
// scans: what was read of the draft box and of what was published, as the snapshot
// is; observed is when it was written.
package ledger
