// Package reconcile is the loop: what the manifests keep is compared with what
// is there, the difference is guarded, and applied, and looked at again. It
// knows no HTTP, no files and no terminal.
//
//	Decide   list the account, Diff, guard → a Decision, which is a plan.Account and its changes
//	Apply    one material first, then batches, then count again → outcomes
//	Plan, Apply (functions), Document   the same for several accounts
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
//     account, decided delete for it, and every guard passed on the exact set of
//     ids before the first call.
//  2. An id that a manifest keeps, a rule keeps, or a use protects is never sent,
//     whatever bug the planner has: the deleting client holds the approved set
//     and the kept set and refuses anything else.
//  3. Only apply has a client with a method that changes anything. Reading and
//     deleting clients are different types, and an [Account] of a run that only
//     plans has no deleting one.
//  4. Apply deletes a subset of the plan that was approved. Fewer is fine, one
//     more is not.
//  5. Stopping at any instant loses nothing: running again converges.
//  6. No secret and no token is ever printed, logged, or written to a plan, a
//     report or an error.
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
// 40007, "invalid media_id", means gone only when a new listing agrees: a
// foreign or malformed id looks the same. Three in a row without a success
// between them stop the run. An answer that was lost leaves an outcome unknown
// until a new listing tells; nothing is guessed.
package reconcile
