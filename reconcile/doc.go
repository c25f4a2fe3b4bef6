// Package reconcile is the loop: what the manifests keep is compared with what
// is there, the difference is guarded, and applied, and looked at again. It
// knows no HTTP, no files and no terminal.
//
//	Plan      recall the ledger, list, search for uses, Diff, guard → a Decision for each account
//	Apply     one material first, then batches, then count again → outcomes
//	Document  the decisions as one plan, or as its result
//	Restore   upload again what the ledger has archived
//	List      what an account holds, for a manifest that keeps it all
//
// # The asymmetry everything follows from
//
// An item missing from the listing only means fewer deletions. An entry missing
// from the manifest or from the references means more. So manifests and
// references must be proven complete before anything is deleted; the listing
// only has to be honest. Unknown is not empty. Absent is not empty. When in
// doubt, hold.
//
// # Promises
//
//  1. No id is ever sent to del_material unless this run saw it live in this
//     account, in its own listing or on a page that it read again, decided delete
//     for it, and every guard passed on the exact set of ids before the first call.
//  2. An id that a manifest keeps, a rule keeps, or a use protects is never sent,
//     whatever bug the planner has: the deleting client holds the approved set
//     and the kept set and refuses anything else.
//  3. Only apply and restore have a client with a method that changes anything.
//     Reading, deleting and uploading clients are different types, and an
//     [Account] of a run that only plans has no deleting one.
//  4. Apply deletes a subset of the plan that was approved. Fewer is fine, one
//     more is not.
//  5. Stopping at any instant loses nothing: running again converges.
//  6. No secret and no token is ever printed, logged, or written to a plan, a
//     report, the ledger or an error.
//
// # Decisions
//
// Protection is an input of [Diff], not a filter after it. Whatever narrows a
// run comes after Diff and only ever turns a deletion into a hold. Guards come
// last and see the exact ids that would be sent. All of them are evaluated and
// shown, so that a blocked plan is still read in full.
//
// The canary is the first deletion: the oldest image, else the oldest material.
// Before anything else is sent, the account is counted again. If it is not down
// by one, the page on which the canary stood is read again; if it is still there,
// this is not the account that was listed, and the run stops. News goes next, so
// that covers are free when their turn comes.
//
// # Memory
//
// An account may have 100,000 materials, and a run hundreds of accounts, all of
// which are decided about before the first deletion. So what an entry or a rule
// keeps, which is nearly everything, is counted and has no change of its own; and
// once an account is decided about, its listing is given up, with everything as
// long: as many listings are held as accounts are worked on at once. What stays is
// what [Decision.Apply] needs: the deletions and holds, where the deletions stood in
// the lists, which of them are never to be sent, what became of deletions that an
// earlier run left open, and, of an account from which something is to be deleted,
// 4 bytes for each material listed. They tell what was uploaded meanwhile from what
// was there; where they are mistaken, the account is listed once more. Keep lists
// are packed (manifests.Options.Pack) and called among the live materials one by
// one. Options.All holds everything, for [Decision.Explain] and for documents that
// show it all.
//
// # A change and its base
//
// With [Account.Base], the manifest of the base branch, the run is about a change of
// it. Everything that a secret could be sent to, or read from, is the base's: the
// change may be a stranger's. Both manifests are asked about the same items and the
// same facts, each with the uses in its own places, so both's places are searched
// and both's local files. What the change deletes and the base keeps or still holds
// is deleted because of the change ([plan.ThisChange]), the rest was pending. A base
// of which a place could not be read would delete nothing, so then all counts as the
// change's. Options.OnlyChange holds what was pending, and what is in its grace, of
// which a saved plan would approve the deletion.
//
// Guards_loosened blocks a change that loosens a setting ([manifests.Loosening]) and
// has something deleted, now or when it is due. It is a matter of review: an apply has
// no base, and holds to the manifest that was merged.
//
// # Uses
//
// A use is a spot that has a material's id, or its image URL: in a menu, an
// automatic reply, a draft, a published article, a local file, or news that
// stays. A place that the manifest names and that could not be read wholly is
// unknown, and then nothing is deleted ([plan.ReferencesUnknown]). Where the API
// shows something and hides its id, all candidates of its type are held until the
// manifest's resolved_uses names it: one that is live, and of that type.
//
// News is both: it uses its covers, and may be deleted itself. What only deleted
// news uses may go, after that news; what stays of it keeps its covers, whether a
// rule keeps it, a limit leaves it out or WeChat refuses it. So uses are counted
// again whenever the deletions became fewer.
//
// Uses are remembered in the ledger for ever, but for those by news, which is
// listed wholly each time. Publishing empties the draft box, and articles sent to
// all cannot be listed: what was in yesterday's draft is kept, and the plan says
// when it was last seen.
//
// # Runs that take days
//
// A run that lists or searches, and is cut by a used-up quota (45009), ends with
// status 16. If it holds the lease it keeps what it read in the ledger, and says
// when to come back: at midnight, UTC+8. Package state says how the next run goes
// on, and why that is safe. The pages of a type are kept when the quota for lists
// was used up, or when the type itself took more than one run.
//
// What is remembered that this run did not see is no licence to delete. After Diff, and after the deletions were
// narrowed, every page is read again that has a deletion, a canary of the manifest,
// or an orphan in its grace, which only an earlier run saw. Then Diff decides again about what is
// there now, until this run saw every deletion. This is before the guards, so
// that they see the exact ids, and part of the plan, so that what is shown is what
// would be sent; at the time of the calls it would be too late to ask. What could
// not be read again is held (not_seen_again), and if that is for want of quota an
// apply deletes what it saw and ends with 16. An id that may be gone protects
// itself and whatever has the image URL named beside it.
//
// An apply forgets what is kept before its first deletion, since positions hold
// only while we delete nothing. Until an apply has used it, it serves every run:
// after an approval, or a merge, nobody waits for another listing.
//
// # Listings remembered
//
// A run that holds the lease writes its listing into the ledger, and a run with
// [Options].SnapshotMaxAge builds on it, without what the journal says was deleted
// since: package state says when that is safe, and what it can miss. What it did not
// see itself it reads again before it deletes, as above. A type is listed anew when
// that listing was made longer ago, or does not fit what is there; so is everything
// after a run that was cut between a call and its outcome, of which only a new listing
// tells what became. News as a reference is never built on, nor is anything in an
// import: what that lacks would be deleted later.
//
// # Drafts and publications remembered
//
// What a run that holds the lease read of drafts and publications is kept in the
// ledger, and a run with [Options].SnapshotMaxAge builds on it while it is no older:
// it looks at the ends of a box, which takes two calls where nothing changed. Package
// state says what that proves. Before anything is deleted, and with a grace before
// an orphan is written down, the rest is read, too, and everything decided again: so
// a deletion is decided by what a run without the memory would have read. Without a
// grace, a run that had no cause to read the rest writes down no orphans: a grace
// that is asked for later begins then. Uses that only the memory has are recorded as
// of the time when they were seen.
//
// # Contents without quota
//
// Contents come from get_material. When less of its quota is left than the run
// needs, images come from the URL that was listed, which costs none; when it is
// used up on the way, from then on. Only WeChat's image hosts are asked, and what
// comes back has to be an image. The outcome's note and the archive say so. Voice,
// video, news, and images without a URL have no such way: they are deferred.
//
// # The ledger
//
// Without a ledger nothing is remembered, which makes nothing due sooner; but
// nothing is deleted that has to be archived, and max_deletes_per_day blocks.
// Whatever writes in it holds the lease. The order is what makes a crash at any
// instant harmless:
//
//	lease → recall → list and search → record uses, and orphans if nothing was unseen →
//	guards → keep or forget what took days → ask → begin the run → for each batch: archive, intent, lease still held,
//	del_material, outcome → verify → outcomes that changed → what a cut run left open → end
//
// While the calls of a batch are in flight, the next one is archived and its
// intent written: an intent too many is told like any other. The lease is asked
// for right before the calls. After the canary, and before what waits for news,
// nothing is prepared ahead.
//
// An intent without an outcome says that a call may have been made. The next run
// that lists the account finds out, and writes it down, even if it has nothing to
// delete. What cannot be archived is left alone; when the intent cannot be
// written, nothing is sent.
//
// A restore is the same with the calls turned round: lease, begin, and for each
// material its content, checked against its SHA-256, intent, add_material,
// outcome. A material that was restored has a new id, which is held for 30 days.
//
// # Quotas
//
// Calls are the scarce resource, and what they allow is known only to WeChat. A
// run counts the account, then asks for the quotas of what listing and searching
// take, and for those of deleting only if something is to be deleted. What it is
// told holds for the day, in the ledger too, less its own calls, and is asked for
// again when less than twice the need is left. A quota that cannot be had stops
// nothing, and after it no other is asked for in that run.
//
// The guard quota leaves quota_reserve_percent of each limit to production and
// trims the rest of the deletions: they stay in the plan, apply sends the first
// of them and defers the others, and the run ends with 16, as one does that WeChat
// stops (45009). A listing that does not fit is made all the same.
//
// # Answers that leave doubts
//
// 40007, "invalid media_id", means gone only when a new listing agrees: a
// foreign or malformed id looks the same. Three in a row without a success
// between them stop the run. An answer that was lost leaves an outcome unknown
// until a new listing tells; nothing is guessed.
package reconcile
