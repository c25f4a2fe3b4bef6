// Package state is what is there: it lists the live material of an account and
// says how far that list can be trusted.
//
// # What a listing proves
//
// An item missing from a listing only means fewer deletions, so a listing has
// to be honest rather than perfect. [Observe] asks get_materialcount once and
// then for each page once, ⌈n/20⌉ of them for n items. Ids seen are live,
// however the list moves under the pages. A type is listed once more, and both
// passes joined, when its pages cannot be trusted:
//
//   - a whole page repeats another one (a server that ignores the offset),
//   - a page is longer than asked for (a server that ignores the count),
//   - there are more than 1 % fewer distinct ids than were counted.
//
// When it is still short after that the listing is incomplete, and nothing of
// that account is deleted; but for one case, in which it is the count that is
// wrong: both passes saw the same ids, each once, one behind the other, and an
// empty page behind the last, and fewer than a page are lacking. What is not
// listed is not deleted, and guards count by what is.
// A page that ends early is continued where it ended.
// More ids than counted are uploads made meanwhile: a finding, not an error.
//
// A type may be asked for whole ([Options].Whole), as news is when it is a
// reference: an article that is not seen might use anything.
//
// # A listing that takes days
//
// When the daily quota is used up ([ErrQuota]) a listing ends, after the calls in
// flight, with what it has read: [Snapshot.Pages]. A later run goes on with that
// ([Options].Pages) where each step is safe:
//
//   - It counts, and reads the front until a row appears that is as it was (same
//     id and update_time): as many rows as the count grew by, and one more. So
//     every upload since is seen, and the id proves that this is the account that
//     was listed. A row from far down that stands at the front was moved, and
//     proves nothing.
//   - It reads where what was read then ends, one row of it and what is behind.
//     Uploads push that down, which the front tells exactly; deletions pull it
//     up, so that it is looked for a page higher, and another one. Each page
//     overlaps the one before, so no row can lie between what was read then and
//     what is read now. Holes, which calls in flight may leave, are closed so too.
//   - The rest is read as in every listing.
//
// [Join] does the first two. When the front or an end cannot be found, or more is
// gone than a page or one row in a hundred of what was remembered, or after
// [PagesLast], the type is listed anew from its start ([ErrMoved]). So it is when
// the ids in the end are more than 1 % fewer than were counted.
//
// What is remembered may be gone by now, or have changed. As there is no gap,
// the count tells how many are gone: [Listing].Gone. Which ones, it does not;
// guards that take what is live as their base assume the worst. An id that only an
// earlier run saw ([Snapshot.Earlier]) is no licence to delete:
// [Snapshot.SeeAgain] reads the pages again that hold candidates. Where they stand
// now is told by the rows above and below that this run saw; what stands there
// takes the place of what was remembered. An id is taken for gone only when the
// page has rows from above it and from below (or ends with the list), and not it. One that is not found,
// since the list moves, stays remembered, and is left alone.
//
// A type that must be whole is never gone on with: an article that changed since
// might use anything. And a part of a listing is incomplete: it has a Problem like
// every other one, and is never taken for a listing.
//
// # A listing that is reused
//
// What an earlier run listed is built on ([Options].Remembered) instead of being
// listed anew, where that costs fewer calls and each step is safe:
//
//   - The rows that runs deleted since are taken out; the account is counted; and
//     the front, the last page and three pages between, chosen at random, are read.
//     Each row must be the one remembered there, with the same name and
//     update_time, and each page must tell the total that was counted. At the front
//     as many unknown rows may stand as the count grew by. Else the type is listed
//     anew, of which these are the first pages; so it is when it has to be whole.
//   - An id of the list is unforgeable, so pages that agree prove the account. That
//     is what the guard against a wrong account is for.
//   - What is remembered and was not read is no licence to delete, as after a
//     listing that took days: [Snapshot.Earlier], [Snapshot.SeeAgain]. So all that
//     is deleted was read by this run, on a page of this run, as it is now.
//   - What is remembered may have another name by now, and be kept for the old one:
//     it stays until the next full listing. An id that lifts a protection by being
//     live (resolved_uses, a cover's id beside its URL) counts only when it was seen.
//
// What such a probe can miss depends on the order of the list, which nobody
// documents ([orderOf] tells it by the times of what is remembered):
//
//   - Newest first, by creation: an upload stands at the front, and is seen. So the
//     count tells of every deletion, and no remembered id is gone. A rename on a
//     page that was not read is missed until its page is read.
//   - Newest first, by update_time: a renamed row moves to the front, and the type
//     is listed anew. Nothing is missed.
//   - Oldest first: an upload stands at the end, and does not fit; nothing else
//     differs. A list that grew is listed anew.
//   - In no order that the times show, or with one time for nearly all: an upload
//     may hide where nothing is read and make up for a deletion in the count. Then
//     the guards would take ids for live that are gone. It is always listed anew.
//
// And after [Remembered].Full plus the age that the caller allows, everything is
// listed anew, whatever the order.
//
// # A search that takes days
//
// Published articles are gone on with in the same way ([Resumer], [Scan]): they
// keep their place, and their pictures, and new ones come at the front. The
// joined scan counts as whole only when there is no gap, every page tells the
// same total, and just as many different rows were read, then or now: one more or
// less, and the box is read anew. Uses found stay found, whatever the rows are
// now.
//
// A draft box that was cut is not gone on with: a draft can be edited in its place
// at any time, and only reading it again tells, which costs what reading anew
// costs. With 20 drafts a call, a box that does not fit into a day has not been
// seen; one that was cut because others used up the quota is read wholly the next
// day.
//
// # A search that need not be made again
//
// A scan of drafts or publications that is whole can be built on by a later run,
// for as long as the caller says. That run reads the front, until rows come that
// stood there then, and the last page. There must be as many new rows at the front
// as the total grew by, and each row that is read again must be as it was, by id,
// update_time and a digest of what it says and uses, at the place where that puts
// it. Else the box is read wholly. So it is, in the end:
//
//   - whatever the order of the list, when the total is not that of the rows known
//     and the new ones: one is gone, or one came that does not stand at the front;
//   - in an order by update_time, when a row was edited, for that moves it to the
//     front;
//   - when an edited row stands on a page that is read.
//
// What does fit proves that nothing came to the front unseen. It does not prove
// that no row was edited where it stands, in any order but that by update_time;
// nor, where new rows come anywhere (an order by id), that not as many came as
// went. Either may use a material that looks free. So nothing may be deleted by
// such a search ([Search].Partly), and no grace counted from it: the caller asks
// for the rest first ([Resumer].Rest), which makes of it the search that is made
// without a scan, of the same calls, and decides again. That a remembered row is
// gone, or uses less by now, frees what it used: until then it is protected too long.
//
// This is so for publications, too, although they keep their place: the console
// lets small edits be made of what is published, and nobody says that these leave
// the pictures alone. Only where a day has not calls enough for all of them, they
// are not read again before a deletion: then the joined scan counts, as above, for
// the same time.
//
// A use that came by an edit in its place, and went, between two runs that read
// the box wholly is never seen; runs that always did might have seen it, and
// would have remembered it. It matters for a material that was listed to be kept
// all that time, and is not any more. Asking for a younger scan makes that time
// shorter, and asking for none leaves what is left between any two runs.
//
// # What a search proves
//
// A place is searched by a [Searcher]: those of the API are in package wechat,
// local files are searched by [Files]. A search has to be complete, for a use
// that is overlooked deletes a material: whatever cannot be read is an error.
//
// # Conditions
//
// The errors of the outside world are sorted into the few conditions that a
// caller acts on; see [ErrBusy] and its neighbours. Test for them with
// errors.Is.
package state
