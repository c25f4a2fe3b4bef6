// Package plan holds the documents: what a run decided, as data and as a file.
// No function, clock, client or colour is in them, so they can be saved, diffed,
// reviewed and rendered by anyone.
//
// # The plan file
//
// JSON shaped like Terraform's, so that existing converters and policy rules
// read it. Unknown fields are ignored; another major format_version is refused.
//
//	format_version    "1.0"
//	wxkeep_version    the version that wrote it
//	created_at        when it was made, UTC
//	expires_at        when it can no longer be applied, UTC
//	digest            SHA-256 of this file with the digest's hex digits as zeros
//	changes_digest    SHA-256 over the sorted lines "appid type media_id\n" of the deletions alone
//	accounts[]        one an account
//	  name, appid     as in the manifest
//	  manifest        digest of its meaning, settings_digest of all but keep, keep_rules and retire,
//	                  paths, relative to the repository's root, and git_commit
//	  listing         observed_at, complete, and by type: total (counted) and listed (distinct ids seen); reused: the
//	                  types of which a remembered listing was found to be still so, and when that was made; absent for none
//	  references[]    source; status scanned, unknown or off; found: uses found there
//	  guards[]        name; status passed, blocked or limited; value; limit; message
//	  calls           by API path: used by this run, needed by plan and apply together, left today of the
//	                  account's quota (absent when that is not known)
//	  base            a plan of a change (--base) only: digest and settings_digest of the base branch's manifest, and
//	                  the deletions because of this_change and those pending, which the base has, too
//	  skipped         why the account was not looked at: no call was made, and nothing of it is planned
//	  summary         live, keep, in_use, hold, delete, missing
//	  findings[]      kind, media_id, position, message
//	  changes_digest  as above, for this account alone: what an approval names
//	  applicable      whether every guard passed
//	  status          the exit status apply would stop with, or did
//	  error           why the account could not be planned or applied
//	  result          apply only: started_at, finished_at, outcomes by word, verified, messages[]
//	resource_changes[]  deletions, holds and materials in use; kept ones too with --all
//	  address         ACCOUNT/TYPE/MEDIA_ID
//	  mode            "managed"
//	  type, name      the type and the media_id
//	  account         the account's name
//	  reason, detail  why
//	  cause           a plan of a change only: this_change, or pending when the base deletes or holds it, too
//	  change          actions: ["delete"] or ["no-op"]; before and after: the material, or null:
//	                  media_id, type, name, update_time, url of an image, cover of news
//	  outcome, note   apply only: what became of it, and why if it was not deleted
//
// # The quotas
//
// wxkeep quota -o json. Whatever is absent is not known.
//
//	accounts[]        one an account
//	  name, appid     as in the manifest
//	  reserve_percent of each limit, left to production
//	  next_day        when the daily quotas begin again
//	  listed, deletions   of a full cycle; deletions at most
//	  endpoints[]     path; limit, used and left of the day; rate_limit: call_count in refresh_second; needed by a
//	                  full cycle, at_least: perhaps more; fits_day, fits_now; error: why the quota is not known
//	  fits_day, fits_now   whether a full cycle fits into a day, and into what is left, less the reserve
//	  status, error   the exit status, and why the account could not be counted
package plan
